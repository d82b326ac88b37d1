// Byte ranges of a representation: the Range and Content-Range fields (RFC 9110 section 14).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace serval::wire {

/// Bytes `first` to `last` of a representation, both included.
struct byte_range {
    std::uint64_t first;
    std::uint64_t last; ///< at least `first`

    std::uint64_t length() const noexcept { return last - first + 1; }
    friend bool operator==(byte_range const&, byte_range const&) = default;
};

enum class range_outcome {
    whole,         ///< the field is to be ignored: 200 with all bytes
    partial,       ///< 206
    unsatisfiable, ///< 416
};

struct range_selection {
    range_outcome outcome = range_outcome::whole;
    /// For `partial`: one or more, none of which overlap or touch, in the order asked for.
    std::vector<byte_range> ranges = {};
};

/// More ranges than this in one field are an attack or a mistake (RFC 9110 section 14.2).
inline constexpr std::size_t max_ranges = 16;

/// Reads the value of a Range field, e.g. `bytes=0-499, -200`, for a representation of `length` bytes.
///
/// Ignored are: another unit than bytes (any case), a value that breaks the grammar or has a range that ends
/// before it begins, more than `max_ranges` ranges, and any range of an empty representation, which no 206
/// can express. Ranges that cannot be satisfied are left out; when none is left the field is unsatisfiable.
/// Ranges that overlap or touch become one, at the place of the first of them, so that an answer never has
/// more bytes than the representation. Positions beyond 64 bits count as the largest. Linear in the field.
range_selection select_ranges(std::string_view field, std::uint64_t length);

/// `bytes 0-499/1234`, for a 206 or a part of one.
std::string content_range(byte_range range, std::uint64_t length);
/// `bytes */1234`, for a 416.
std::string unsatisfied_content_range(std::uint64_t length);

} // namespace serval::wire
