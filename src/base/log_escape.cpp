// Making text that a client controls safe for a log line.
#include "base/log_escape.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstddef>

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

// True for well-formed characters that act on the line instead of showing.
bool is_control(std::string_view character) noexcept
{
    auto const byte = [character](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0; // C1, U+0080 to U+009F
    if (character.size() != 3 || byte(0) != 0xE2) return false;
    if (byte(1) == 0x80) return byte(2) >= 0xA8 && byte(2) <= 0xAE; // U+2028 to U+202E
    return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;   // U+2066 to U+2069
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
        if (length == 0 || is_control(next)) {
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
