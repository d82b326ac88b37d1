// UTF-8: validation, repair, counting and encoding (RFC 3629).
#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <bit>
#include <emmintrin.h>
#endif

namespace serval::base {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// The length of the ASCII prefix, sixteen bytes at a time where the processor can, and then eight.
std::size_t ascii_prefix(std::string_view text) noexcept
{
    std::size_t at = 0;
#ifdef __SSE2__
    for (; text.size() - at >= 16; at += 16) {
        __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(text.data() + at));
        auto const marks = static_cast<unsigned>(_mm_movemask_epi8(bytes));
        if (marks != 0) return at + static_cast<std::size_t>(std::countr_zero(marks));
    }
#endif
    for (; text.size() - at >= 8; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & 0x8080808080808080U) != 0) break;
    }
    while (at != text.size() && static_cast<unsigned char>(text[at]) < 0x80)
        ++at;
    return at;
}

struct sequence {
    std::size_t length; // of the character, or of the maximal ill-formed subpart (Unicode 15, section 3.9)
    bool valid;
};

struct lead {
    std::size_t length; // 0: not a lead byte
    unsigned char low;  // bounds of the second byte: they exclude overlong forms, surrogates and > U+10FFFF
    unsigned char high;
};

constexpr lead lead_of(unsigned char byte) noexcept
{
    if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF};
    if (byte == 0xE0) return {3, 0xA0, 0xBF};
    if (byte == 0xED) return {3, 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF};
    if (byte == 0xF0) return {4, 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF};
    if (byte == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

// Reads the sequence at the front of `text`, whose first byte is not ASCII.
sequence read_sequence(std::string_view text) noexcept
{
    lead const first = lead_of(static_cast<unsigned char>(text[0]));
    if (first.length == 0) return {1, false};
    for (std::size_t i = 1; i != first.length; ++i) {
        if (i == text.size()) return {i, false};
        auto const byte = static_cast<unsigned char>(text[i]);
        unsigned char const low = i == 1 ? first.low : 0x80;
        unsigned char const high = i == 1 ? first.high : 0xBF;
        if (byte < low || byte > high) return {i, false};
    }
    return {first.length, true};
}

} // namespace

bool is_valid_utf8(std::string_view text) noexcept
{
    for (;;) {
        text.remove_prefix(ascii_prefix(text));
        if (text.empty()) return true;
        sequence const next = read_sequence(text);
        if (!next.valid) return false;
        text.remove_prefix(next.length);
    }
}

std::string replace_invalid_utf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (;;) {
        std::size_t const plain = ascii_prefix(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return out;
        sequence const next = read_sequence(text);
        out.append(next.valid ? text.substr(0, next.length) : replacement);
        text.remove_prefix(next.length);
    }
}

std::size_t count_code_points(std::string_view text) noexcept
{
    std::size_t count = 0;
    for (char const c : text) {
        count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; // continuation bytes do not count
    }
    return count;
}

void append_utf8(std::string& out, char32_t code_point)
{
    auto const put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    std::uint32_t const c = code_point;
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        out.append(replacement);
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

} // namespace serval::base
