// Percent-encoding (RFC 3986 section 2.1).
#include "base/percent.hpp"

#include "base/ascii.hpp"

#include <array>
#include <cstddef>

namespace serval::base {

namespace {

// Letters, digits and `others`.
constexpr std::array<bool, 256> make_table(std::string_view others) noexcept
{
    std::array<bool, 256> table{};
    for (std::string_view const some : {std::string_view{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
                                        std::string_view{"abcdefghijklmnopqrstuvwxyz"}, others}) {
        for (char const c : some)
            table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}

constexpr auto path_table = make_table("-._~!$&'()*+,;=:@/"); // pchar and '/' (RFC 3986 section 3.3)
constexpr auto unreserved_table = make_table("-._~");

void append_escape(std::string& out, unsigned char byte)
{
    constexpr char digits[] = "0123456789ABCDEF";
    char const escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
    out.append(escape, sizeof escape);
}

} // namespace

bool has_escape(std::string_view text) noexcept
{
    return text.find('%') != std::string_view::npos;
}

void percent_decode_append(std::string& out, std::string_view text)
{
    for (;;) {
        std::size_t const at = text.find('%');
        out.append(text.substr(0, at));
        if (at == std::string_view::npos) return;
        text.remove_prefix(at);
        if (text.size() >= 3 && is_hex(text[1]) && is_hex(text[2])) {
            out.push_back(static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2])));
            text.remove_prefix(3);
        } else {
            out.push_back('%');
            text.remove_prefix(1);
        }
    }
}

std::string percent_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    percent_decode_append(out, text);
    return out;
}

std::string percent_encode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (unreserved_table[byte]) {
            out.push_back(c);
        } else {
            append_escape(out, byte);
        }
    }
    return out;
}

std::string percent_encode_path(std::string_view path)
{
    std::string out;
    out.reserve(path.size());
    for (std::size_t i = 0; i != path.size(); ++i) {
        auto const byte = static_cast<unsigned char>(path[i]);
        bool const names_a_host = i == 1 && path[0] == '/' && byte == '/';
        if (path_table[byte] && !names_a_host) {
            out.push_back(path[i]);
        } else {
            append_escape(out, byte);
        }
    }
    return out;
}

} // namespace serval::base
