// Rounding as Python does it.
#pragma once

#include <array>
#include <charconv>

namespace async_operations {

/// Python's `round(value, digits)`: to the nearest decimal, judged by the exact binary value, ties to even.
///
/// `std::round(value * 100) / 100` is not that: the product is rounded before it is looked at (2.675 is less
/// than it looks).
inline double rounded(double value, int digits)
{
    std::array<char, 400> text; // the longest double in fixed form, a sign and the fraction
    auto const written =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits);
    double result = value;
    std::from_chars(text.data(), written.ptr, result);
    return result;
}

} // namespace async_operations
