#include "model/white_space.hpp"

#include <cstddef>

namespace serval::model {

namespace {

constexpr bool is_ascii_space(unsigned char c, bool with_separators) noexcept
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || (with_separators && c >= 0x1C && c <= 0x1F);
}

// U+0085, U+00A0
constexpr bool is_two_byte_space(unsigned char a, unsigned char b) noexcept
{
    return a == 0xC2 && (b == 0x85 || b == 0xA0);
}

// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000
constexpr bool is_three_byte_space(unsigned char a, unsigned char b, unsigned char c) noexcept
{
    if (a == 0xE2 && b == 0x80) return (c >= 0x80 && c <= 0x8A) || c == 0xA8 || c == 0xA9 || c == 0xAF;
    return (a == 0xE1 && b == 0x9A && c == 0x80) || (a == 0xE2 && b == 0x81 && c == 0x9F) ||
           (a == 0xE3 && b == 0x80 && c == 0x80);
}

/// The length of the white space character that starts `text` at `at`, or 0.
std::size_t space_at(std::string_view text, std::size_t at, bool with_separators) noexcept
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    std::size_t const left = text.size() - at;
    if (is_ascii_space(byte(0), with_separators)) return 1;
    if (left >= 2 && is_two_byte_space(byte(0), byte(1))) return 2;
    if (left >= 3 && is_three_byte_space(byte(0), byte(1), byte(2))) return 3;
    return 0;
}

std::string_view trim(std::string_view text, bool with_separators) noexcept
{
    while (!text.empty()) {
        std::size_t const length = space_at(text, 0, with_separators);
        if (length == 0) break;
        text.remove_prefix(length);
    }
    while (!text.empty()) {
        std::size_t length = 0;
        for (std::size_t tried = 1; tried <= 3 && tried <= text.size() && length == 0; ++tried) {
            if (space_at(text, text.size() - tried, with_separators) == tried) length = tried;
        }
        if (length == 0) break;
        text.remove_suffix(length);
    }
    return text;
}

} // namespace

std::string_view trim_white_space(std::string_view text) noexcept
{
    return trim(text, false);
}

std::string_view strip_python_space(std::string_view text) noexcept
{
    return trim(text, true);
}

} // namespace serval::model
