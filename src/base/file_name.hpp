// File names that clients send, made fit for a directory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace serval::base {

/// Bytes of the longest file name that Linux file systems take.
inline constexpr std::size_t max_file_name = 255;

/// A file name made of `raw`, which may be hostile: never empty, at most 255 bytes, never "." or "..".
///
/// The last component after any '/' or '\', as UTF-8 with ill-formed bytes replaced by U+FFFD; without
/// control characters (C0, DEL, C1), line separators, invisible spaces and bidirectional controls, which make
/// a terminal or a browser show another name than it is; without spaces around it and dots at its end. What
/// is too long is cut between code points, before the extension. "file" when nothing is left.
std::string safe_file_name(std::string_view raw);

/// True for one component of a path: not empty, "." or "..", no '/' or NUL, at most 255 bytes.
bool is_file_name(std::string_view name) noexcept;

/// "photo (2).jpg" for "photo.jpg" and 2, cut to 255 bytes like `safe_file_name`.
std::string numbered_file_name(std::string_view name, unsigned number);

} // namespace serval::base
