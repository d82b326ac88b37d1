// Sums and products that end at the type's greatest value.
#pragma once

#include <concepts>
#include <limits>

namespace serval::base {

template <std::unsigned_integral T>
constexpr T saturating_add(T a, T b) noexcept
{
    T sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<T>::max() : sum;
}

template <std::unsigned_integral T>
constexpr T saturating_multiply(T a, T b) noexcept
{
    T product = 0;
    return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<T>::max() : product;
}

} // namespace serval::base
