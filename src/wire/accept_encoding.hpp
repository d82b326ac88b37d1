// The codings that a client takes for a response: Accept-Encoding (RFC 9110 section 12.5.3).
#pragma once

#include <string_view>

namespace serval::wire {

/// True when the client of a request with this Accept-Encoding takes gzip, and likes it no less than the
/// plain content.
///
/// Understands `x-gzip`, `*`, weights, and lists with empty elements; an element that is none is passed over.
/// Empty: the field was not sent, or names nothing; such a client gets the plain content.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

} // namespace serval::wire
