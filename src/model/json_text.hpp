// The characters under JSON: fast scanning for what needs an escape, and the encodings that json.loads
// detects.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace serval::model {

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

/// The text in `bytes` as valid UTF-8 without a byte order mark; nullopt when it cannot be decoded.
///
/// The encoding is told from the mark or the zero bytes, as Python's json.detect_encoding does (RFC 4627
/// section 3). UTF-8 is viewed in place; UTF-16 and UTF-32 are transcoded into `storage`. Unpaired surrogates
/// are not accepted.
std::optional<std::string_view> decode_json_bytes(std::string_view bytes, std::string& storage);

} // namespace serval::model
