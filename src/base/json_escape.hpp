// Writing a string as JSON (RFC 8259 section 7).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace serval::base {

/// Finds the first byte in [at, end) that may not stand in a JSON string as it is; `end` when there is none.
///
/// Looks at eight bytes at a time: `(x - 0x01…) & ~x & 0x80…` marks the zero bytes of x. A borrow can only
/// mark bytes above a true match, so the lowest mark is always right.
inline char const* find_escape(char const* at, char const* end) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t tops = 0x8080808080808080U;
    while (end - at >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        std::uint64_t const quote = word ^ (ones * '"');
        std::uint64_t const backslash = word ^ (ones * '\\');
        std::uint64_t const marks =
            (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((word - ones * 0x20) & ~word)) &
            tops;
        if (marks != 0) {
            if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(marks) / 8;
            break; // the byte loop below finds it
        }
        at += 8;
    }
    for (; at != end; ++at) {
        auto const byte = static_cast<unsigned char>(*at);
        if (byte < 0x20 || byte == '"' || byte == '\\') break;
    }
    return at;
}

/// Appends `text` as a JSON string, quotes included.
///
/// Escapes only `"`, `\` and control characters; what is no valid UTF-8 becomes U+FFFD, one for each maximal
/// subpart.
void append_json_string(std::string& out, std::string_view text);

/// The same for text that is known to be valid UTF-8, which is not checked again.
void append_valid_json_string(std::string& out, std::string_view text);

} // namespace serval::base
