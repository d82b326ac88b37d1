// UTF-8: validation, repair, counting and encoding (RFC 3629).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace serval::base {

/// True for well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. Fast for ASCII.
bool is_valid_utf8(std::string_view text) noexcept;

/// `text` with each maximal ill-formed subpart replaced by U+FFFD, as Python's `errors="replace"` does.
std::string replace_invalid_utf8(std::string_view text);

/// The number of code points of well-formed UTF-8 (Python's `len`).
std::size_t count_code_points(std::string_view text) noexcept;

/// Appends a code point. A surrogate or a value above U+10FFFF becomes U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

} // namespace serval::base
