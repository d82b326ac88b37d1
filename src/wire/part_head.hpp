// The head of one part of a multipart/form-data body (RFC 7578 section 4), and why a body is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval::wire {

/// Why a multipart body is refused; the status is 400 for each.
enum class multipart_error : unsigned char {
    none,
    malformed, ///< breaks the grammar of RFC 2046 section 5.1.1, of a field line or of a Content-Disposition
    part_without_name, ///< no Content-Disposition, or one without `name`
    part_header_too_large,
    too_many_part_fields,
    truncated, ///< ends before the closing delimiter; FastAPI takes what it has, serval does not
};

/// The `detail` of the answer, with FastAPI's texts; never contains bytes from the peer. Empty for `none`.
std::string_view message_of(multipart_error e) noexcept;

/// A field line of a part.
struct part_field {
    std::string_view name;  ///< in lower case
    std::string_view value; ///< raw, without white space at its ends; maybe not UTF-8
};

/// What stands before a part's data.
struct part_head {
    std::string name; ///< UTF-8, may be empty
    /// Set for a file, even when it is empty; see `form_disposition::filename`.
    std::optional<std::string> filename;
    std::string_view content_type;  ///< raw; empty when absent
    std::vector<part_field> fields; ///< all, in order
};

/// Reads `block`, field lines that each end with CRLF, into `head`, whose memory is reused.
///
/// Lower-cases the names in place; `head` then has views of `block`. Refused as malformed: a line without a
/// colon, a name that is no token (hence folded lines, and a space before the colon), NUL and other control
/// bytes, bare CR or LF, more than one Content-Disposition or Content-Type. After a failure `head` is
/// unspecified.
multipart_error parse_part_head(std::span<char> block, std::size_t max_fields, part_head& head);

} // namespace serval::wire
