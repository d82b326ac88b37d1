// Comparing and hashing short texts without a call: most names and pieces of paths have less than 16 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace serval::base {

/// The bytes from `at` on as one number, in the machine's order.
template <class Number>
Number load(char const* at) noexcept
{
    Number loaded;
    std::memcpy(&loaded, at, sizeof loaded);
    return loaded;
}

namespace detail {

/// Of `sizeof(Number)` to twice as many bytes: two that overlap.
template <class Number>
bool overlapping_equal(char const* a, char const* b, std::size_t size) noexcept
{
    std::size_t const second = size - sizeof(Number);
    return ((load<Number>(a) ^ load<Number>(b)) | (load<Number>(a + second) ^ load<Number>(b + second))) == 0;
}

} // namespace detail

/// As memcmp == 0.
inline bool equal_bytes(char const* a, char const* b, std::size_t size) noexcept
{
    if (size > 16) return std::memcmp(a, b, size) == 0;
    if (size >= 8) return detail::overlapping_equal<std::uint64_t>(a, b, size);
    if (size >= 4) return detail::overlapping_equal<std::uint32_t>(a, b, size);
    if (size >= 2) return detail::overlapping_equal<std::uint16_t>(a, b, size);
    return size == 0 || *a == *b;
}

/// A hash of trusted texts, and of what is looked up among them: whoever knows it can make texts that
/// collide.
inline std::uint64_t hash_bytes(char const* at, std::size_t size) noexcept
{
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15; // odd, and about half of its bits are set
    std::uint64_t hash = size * factor;
    auto const take = [&hash](std::uint64_t word) {
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    };
    if (size >= 8) {
        char const* const last = at + size - 8;
        for (; at < last; at += 8)
            take(load<std::uint64_t>(at));
        take(load<std::uint64_t>(last)); // which may overlap
    } else if (size >= 4) {
        take(load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32);
    } else if (size != 0) {
        auto const byte = [at](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
        take(byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16);
    }
    return hash;
}

} // namespace serval::base
