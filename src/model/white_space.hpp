// Removes Unicode white space around UTF-8 text, by Rust's and by Python's idea of it.
#pragma once

#include <string_view>

namespace serval::model {

/// `text` without the characters of Unicode's White_Space property at its ends (Rust's `str::trim`:
/// pydantic's numbers).
std::string_view trim_white_space(std::string_view text) noexcept;

/// `text` without what Python's `str.strip()` removes: the same and U+001C to U+001F.
std::string_view strip_python_space(std::string_view text) noexcept;

} // namespace serval::model
