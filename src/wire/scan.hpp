// Finds the end of what a grammar allows, sixteen bytes at a time where the processor can.
#pragma once

#include "base/ascii.hpp"

#include <array>
#include <cstddef>

#ifdef __SSE2__
#include <bit>
#include <emmintrin.h>
#endif

namespace serval::wire {

/// The first byte from `at` on that `allowed` says false of, or `end`. Four at a time: names are short.
inline char const* skip_allowed(std::array<bool, 256> const& allowed, char const* at,
                                char const* end) noexcept
{
    auto const is_good = [&](char const* c) { return allowed[static_cast<unsigned char>(*c)]; };
    while (end - at >= 4 && (is_good(at) & is_good(at + 1) & is_good(at + 2) & is_good(at + 3)))
        at += 4;
    while (at != end && is_good(at))
        ++at;
    return at;
}

/// The first byte from `at` on that no token has (RFC 9110 section 5.6.2), or `end`.
inline char const* skip_token(char const* at, char const* end) noexcept
{
    return skip_allowed(base::detail::token_table, at, end);
}

/// True for what a field's value is made of: visible bytes, those from 0x80, SP and HTAB (RFC 9110
/// section 5.5).
constexpr bool is_field_text(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

/// True for what a target is made of as far as a line is concerned: visible ASCII without '#'.
constexpr bool is_target_text(char c) noexcept
{
    return c > ' ' && c < '\x7f' && c != '#';
}

namespace detail {

#ifdef __SSE2__

constexpr std::ptrdiff_t lanes = 16;

/// A bit for each of 16 bytes that is no field text, but for HTAB, which is told, too.
inline unsigned field_ends(char const* at) noexcept
{
    __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
    // Unsigned: the larger of a byte and 0x1f is 0x1f.
    __m128i const low = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x1f)), _mm_set1_epi8(0x1f));
    __m128i const del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, del)));
}

/// A bit for each of 16 bytes that is no target text, or a '?'.
inline unsigned target_ends(char const* at) noexcept
{
    __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
    __m128i const text = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' ')); // signed: bytes from 0x80 are less
    __m128i const del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    __m128i const hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
    __m128i const mark = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('?'));
    __m128i const stops = _mm_or_si128(_mm_or_si128(del, hash), mark);
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(text, _mm_set1_epi8(-1)), stops)));
}

#endif

} // namespace detail

/// The first byte from `at` on that is no field text, or `end`.
inline char const* skip_field_text(char const* at, char const* end) noexcept
{
#ifdef __SSE2__
    while (end - at >= detail::lanes) {
        unsigned const stops = detail::field_ends(at);
        if (stops == 0) {
            at += detail::lanes;
            continue;
        }
        at += std::countr_zero(stops);
        if (*at != '\t') return at;
        ++at;
    }
#endif
    while (at != end && is_field_text(*at))
        ++at;
    return at;
}

/// The first byte from `at` on that is no target text or a '?', or `end`.
inline char const* skip_path_text(char const* at, char const* end) noexcept
{
#ifdef __SSE2__
    while (end - at >= detail::lanes) {
        unsigned const stops = detail::target_ends(at);
        if (stops != 0) return at + std::countr_zero(stops);
        at += detail::lanes;
    }
#endif
    while (at != end && is_target_text(*at) && *at != '?')
        ++at;
    return at;
}

} // namespace serval::wire
