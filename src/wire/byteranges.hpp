// Bodies of the type multipart/byteranges (RFC 9110 section 14.6): several ranges in one answer.
#pragma once

#include "wire/byte_range.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace serval::wire {

/// What stands around the ranges' bytes. Line breaks are CRLF.
///
/// The body is, for each range, `part_head(i)` and its bytes, and at last `end()`; it has exactly `size()`
/// bytes.
class byteranges {
public:
    /// `boundary` has 1 to 70 characters that need no quotes and is not in the content: choose it at random.
    /// `content_type` is the representation's, without control characters; empty: parts name none. `length`
    /// is the representation's, too. `ranges` are as select_ranges gives them.
    byteranges(std::string boundary, std::string content_type, std::vector<byte_range> ranges,
               std::uint64_t length);

    std::vector<byte_range> const& ranges() const noexcept { return ranges_; }

    /// The answer's own content type.
    std::string content_type() const;
    /// What stands before the bytes of range `i`.
    std::string part_head(std::size_t i) const;
    std::string end() const;
    /// Bytes of the whole body. Ranges that do not overlap keep it far from an overflow.
    std::uint64_t size() const;

private:
    std::string boundary_;
    std::string content_type_;
    std::vector<byte_range> ranges_;
    std::uint64_t length_;
};

} // namespace serval::wire
