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

/// The code point that starts at `at`, which must be in `text`. A malformed byte is U+FFFD.
constexpr code_point code_point_at(std::string_view text, std::size_t at) noexcept
{
    auto const lead = static_cast<unsigned char>(text[at]);
    std::size_t const length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (length == 1) return {lead, text.substr(at, 1)};
    if (length == 0 || text.size() - at < length) return {0xFFFD, text.substr(at, 1)};
    auto value = static_cast<char32_t>(lead & (0x7F >> length));
    for (std::size_t i = 1; i != length; ++i) {
        auto const next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xC0) != 0x80) return {0xFFFD, text.substr(at, 1)};
        value = value << 6 | (next & 0x3FU);
    }
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
