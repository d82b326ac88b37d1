// Media types of files by the extension of their names.
#pragma once

#include <string_view>

namespace serval::wire {

/// The Content-Type of the file called `name`, which may have directories before it: by its last extension,
/// in any case; "application/octet-stream" when it has none or an unknown one.
///
/// Types of text/ come with "; charset=utf-8". A compressed file is that, whatever is in it: `a.tar.gz` is
/// application/gzip. The table is serval's own and constant: the system's is not read.
std::string_view media_type_by_name(std::string_view name) noexcept;

} // namespace serval::wire
