// Percent-encoding (RFC 3986 section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace serval::base {

/// True when `text` has a '%', so that decoding may change it.
bool has_escape(std::string_view text) noexcept;

/// Appends `text` with every %XX decoded; a malformed escape stays as it is (as Python's unquote).
void percent_decode_append(std::string& out, std::string_view text);
std::string percent_decode(std::string_view text);

/// Encodes all but unreserved characters (RFC 3986 section 2.3), as Python's quote with `safe=""`.
std::string percent_encode(std::string_view text);

/// Encodes a *decoded* path for a Location field: what may not stand raw in a path, '%' included, becomes
/// %XX.
///
/// The second of two leading slashes is encoded too: "//host/x" would name another host (RFC 3986
/// section 4.2).
std::string percent_encode_path(std::string_view path);

} // namespace serval::base
