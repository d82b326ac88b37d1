// Walks over the code points of UTF-8 text.
#pragma once

#include <cstddef>
#include <string_view>

namespace serval::model {

/// A code point and the bytes it is written with.
struct code_point {
    char32_t value = 0;
    std::string_view bytes;
};

/// How many bytes the sequence of this first byte has; 0: none begins with it.
constexpr std::size_t sequence_length(unsigned char lead) noexcept
{
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// The code point that starts at `at`, which must be in `text`. Each byte of what is malformed is a U+FFFD:
/// also of an overlong form, a surrogate and what is above U+10FFFF, as of base::is_valid_utf8().
constexpr code_point code_point_at(std::string_view text, std::size_t at) noexcept
{
    code_point const malformed{0xFFFD, text.substr(at, 1)};
    auto const lead = static_cast<unsigned char>(text[at]);
    std::size_t const length = sequence_length(lead);
    if (length == 1) return {lead, text.substr(at, 1)};
    if (length == 0 || text.size() - at < length) return malformed;
    auto value = static_cast<char32_t>(lead & (0x7F >> length));
    for (std::size_t i = 1; i != length; ++i) {
        auto const next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xC0) != 0x80) return malformed;
        value = value << 6 | (next & 0x3FU);
    }
    bool const is_overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    bool const is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (is_overlong || is_surrogate || value > 0x10FFFF) return malformed;
    return {value, text.substr(at, length)};
}

/// Calls `visit(code_point)` for each in order.
template <class Visit>
constexpr void for_each_code_point(std::string_view text, Visit visit)
{
    for (std::size_t at = 0; at != text.size();) {
        code_point const point = code_point_at(text, at);
        at += point.bytes.size();
        visit(point);
    }
}

} // namespace serval::model
