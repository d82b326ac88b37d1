// Making text that a client controls safe for a log line.
#include "base/log_escape.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace serval::base {

namespace {

bool is_printable_ascii(char c) noexcept
{
    return c >= 0x20 && c < 0x7F;
}

void append_bytes(std::string& out, std::string_view bytes)
{
    constexpr std::string_view hex = "0123456789abcdef";
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

// The length of the well-formed character at the front of `text`, whose first byte is not ASCII, or 0.
std::size_t character_length(std::string_view text) noexcept
{
    for (std::size_t n = 2; n <= std::min<std::size_t>(4, text.size()); ++n) {
        if (is_valid_utf8(text.substr(0, n))) return n;
    }
    return 0;
}

struct code_range {
    char32_t first;
    char32_t last;
};

// What is not seen, beyond ASCII: Unicode's categories Cc, Cf, Zl and Zp, and the
// Default_Ignorable_Code_Points, among them fillers, variation selectors and tags.
constexpr code_range unseen[] = {
    {0x0080, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x0600, 0x0605},   {0x061C, 0x061C},
    {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

char32_t decode(std::string_view character) noexcept
{
    auto value = static_cast<char32_t>(static_cast<unsigned char>(character[0]) & (0x7F >> character.size()));
    for (char const c : character.substr(1))
        value = value << 6 | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

// True for well-formed characters, not of ASCII, that act on the line instead of showing.
bool is_unseen(std::string_view character) noexcept
{
    char32_t const c = decode(character);
    auto const* const range = std::ranges::lower_bound(unseen, c, {}, &code_range::last);
    return range != std::end(unseen) && c >= range->first;
}

void append(std::string& out, std::string_view text, bool escape_quotes)
{
    auto const stays = [escape_quotes](char c) {
        return is_printable_ascii(c) && !(escape_quotes && (c == '"' || c == '\\'));
    };
    while (!text.empty()) {
        auto const plain = static_cast<std::size_t>(std::ranges::find_if_not(text, stays) - text.begin());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;
        bool const ascii = static_cast<unsigned char>(text[0]) < 0x80;
        std::size_t const length = ascii ? 0 : character_length(text);
        auto const next = text.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0 || is_unseen(next)) {
            append_bytes(out, next);
        } else {
            out.append(next);
        }
        text.remove_prefix(next.size());
    }
}

} // namespace

void append_log_escaped(std::string& out, std::string_view text)
{
    append(out, text, true);
}

void append_log_printable(std::string& out, std::string_view text)
{
    append(out, text, false);
}

bool is_plain_log_text(std::string_view text) noexcept
{
    return std::ranges::all_of(text, is_printable_ascii);
}

} // namespace serval::base
