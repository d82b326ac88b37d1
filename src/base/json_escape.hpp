// Writing a string as JSON (RFC 8259 section 7).
#pragma once

#include <string>
#include <string_view>

namespace serval::base {

/// Appends `text` as a JSON string, quotes included.
///
/// Escapes only `"`, `\` and control characters; what is no valid UTF-8 becomes U+FFFD, one for each maximal
/// subpart.
void append_json_string(std::string& out, std::string_view text);

} // namespace serval::base
