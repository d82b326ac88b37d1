// Why a message was refused on the wire, and the status that says so.
#pragma once

#include <string_view>

namespace serval::wire {

/// Every way in which a request's bytes can be refused before a handler sees them.
///
/// After each of them the connection is closed: the position of the next request is no longer certain
/// (RFC 9112 section 2.2), or the client is not one to go on with.
enum class error : unsigned char {
    none,
    bad_request_line, ///< 400: method, target or version break the grammar
    bad_version,      ///< 505: an HTTP version other than 1.0 and 1.1
    bad_target,  ///< 400: a target with a fragment, raw control, space or non-ASCII bytes, or of a wrong form
    bad_field,   ///< 400: a field line breaks the grammar (includes obs-fold and bare CR or LF)
    bad_host,    ///< 400: Host is missing in HTTP/1.1, repeated, or malformed (RFC 9112 section 3.2)
    bad_framing, ///< 400: Content-Length and Transfer-Encoding that are malformed or contradict each other
    unknown_coding,  ///< 501: a transfer coding other than a single, final `chunked`
    bad_chunk,       ///< 400: chunk size, extension, terminator or trailer breaks the grammar or its cap
    bad_expectation, ///< 417: an Expect other than `100-continue`
    request_line_too_long, ///< 414
    fields_too_large,      ///< 431: the header block or its number of fields
    body_too_large,        ///< 413
    timeout,               ///< 408
};

/// The status code that answers `e`; 0 for `none`.
int status_of(error e) noexcept;

/// A short fixed English text for logs and the `detail` of the answer; never contains bytes from the peer.
std::string_view message_of(error e) noexcept;

} // namespace serval::wire
