// Writing a string as JSON (RFC 8259 section 7).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace serval::base {

namespace json_blocks {

/// Looks at the bytes of a word at once: `(x - 0x01…) & ~x & 0x80…` marks the zero bytes of x. A borrow can
/// only mark bytes above a true match, so the lowest mark is always right, and no mark is.
template <class Word>
struct word_block {
    using type = Word;
    static constexpr Word ones = static_cast<Word>(0x0101010101010101U);
    static constexpr Word tops = static_cast<Word>(0x8080808080808080U);

    static Word load(char const* at) noexcept
    {
        Word word;
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    static void store(char* at, Word word) noexcept { std::memcpy(at, &word, sizeof word); }
    /// Marks at `"`, `\` and control characters.
    static Word escapes(Word word) noexcept
    {
        Word const quote = word ^ (ones * '"');
        Word const backslash = word ^ (ones * '\\');
        return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                ((word - ones * 0x20) & ~word)) &
               tops;
    }
    static Word beyond_ascii(Word word) noexcept { return word & tops; }
    static bool any(Word marks) noexcept { return marks != 0; }
    static Word both(Word a, Word b) noexcept { return a | b; }
};

#ifdef __SSE2__
struct vector_block {
    using type = __m128i;

    static type load(char const* at) noexcept
    {
        return _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
    }
    static void store(char* at, type bytes) noexcept
    {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(at), bytes);
    }
    static type escapes(type bytes) noexcept
    {
        type const quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        type const backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        // Unsigned: the smaller of a control character and 0x1f is itself.
        type const control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        return _mm_or_si128(_mm_or_si128(quote, backslash), control);
    }
    static type beyond_ascii(type bytes) noexcept { return bytes; } // the top bit is what movemask reads
    static bool any(type marks) noexcept { return _mm_movemask_epi8(marks) != 0; }
    static type both(type a, type b) noexcept { return _mm_or_si128(a, b); }
};
using widest_block = vector_block;
#else
using widest_block = word_block<std::uint64_t>;
#endif

/// copy_plain() of at least a block; the last one overlaps the one before.
template <class Block>
bool copy_plain(char* to, char const* from, std::size_t n) noexcept
{
    constexpr std::size_t size = sizeof(typename Block::type);
    typename Block::type seen{};
    auto const copy = [&](std::size_t at) {
        auto const block = Block::load(from + at);
        Block::store(to + at, block);
        seen = Block::both(seen, Block::both(Block::escapes(block), Block::beyond_ascii(block)));
    };
    for (std::size_t at = 0; at + size < n; at += size)
        copy(at);
    copy(n - size);
    return !Block::any(seen);
}

} // namespace json_blocks

/// True for a byte that may not stand in a JSON string as it is.
constexpr bool needs_escape(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Finds the first byte in [at, end) that may not stand in a JSON string as it is; `end` when there is none.
inline char const* find_escape(char const* at, char const* end) noexcept
{
#ifdef __SSE2__
    while (end - at >= 16) {
        using block = json_blocks::vector_block;
        auto const marks = static_cast<unsigned>(_mm_movemask_epi8(block::escapes(block::load(at))));
        if (marks != 0) return at + std::countr_zero(marks);
        at += 16;
    }
#endif
    while (end - at >= 8) {
        using block = json_blocks::word_block<std::uint64_t>;
        std::uint64_t const marks = block::escapes(block::load(at));
        if (marks != 0) {
            if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(marks) / 8;
            break; // the byte loop below finds it
        }
        at += 8;
    }
    while (at != end && !needs_escape(*at))
        ++at;
    return at;
}

/// Copies `n` bytes, and says whether all of them are ASCII that stands in a JSON string as it is, as nearly
/// all strings are. What was copied of others is of no use.
inline bool copy_plain(char* to, char const* from, std::size_t n) noexcept
{
    if (n >= sizeof(json_blocks::widest_block::type))
        return json_blocks::copy_plain<json_blocks::widest_block>(to, from, n);
    if (n >= 8) return json_blocks::copy_plain<json_blocks::word_block<std::uint64_t>>(to, from, n);
    if (n >= 4) return json_blocks::copy_plain<json_blocks::word_block<std::uint32_t>>(to, from, n);
    if (n == 0) return true;
    // One to three bytes as a word of four: the first, the middle one and the last, which may be the same.
    using block = json_blocks::word_block<std::uint32_t>;
    char const bytes[] = {from[0], from[n / 2], from[n - 1], ' '};
    to[0] = bytes[0];
    to[n / 2] = bytes[1];
    to[n - 1] = bytes[2];
    auto const word = block::load(bytes);
    return !block::any(block::both(block::escapes(word), block::beyond_ascii(word)));
}

/// Appends `text` as a JSON string, quotes included.
///
/// Escapes only `"`, `\` and control characters; what is no valid UTF-8 becomes U+FFFD, one for each maximal
/// subpart.
void append_json_string(std::string& out, std::string_view text);

/// The same for text that is known to be valid UTF-8, which is not checked again.
void append_valid_json_string(std::string& out, std::string_view text);

} // namespace serval::base
