// Putting content under a name in a directory, whole or not at all.
#pragma once

#include "base/temp_file.hpp"

#include <serval/if_exists.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace serval::base {

/// What to save: `bytes`, or the first `size` bytes of `file` when there is one.
struct file_content {
    std::string_view bytes{};
    temp_file const* file = nullptr;
    std::uint64_t size = 0;
};

/// Saves under `name` in `directory` and returns the name taken. Thread-safe: of savers that want one name,
/// in whatever processes, each gets its own with `if_exists::number`: one that is free, found in a number of
/// steps that grows with the logarithm of how many are taken.
///
/// The name appears when the content is complete. Nothing is left behind on failure, but a file
/// ".serval-<random>" when the process is killed in between. A `file` on the same file system is given the
/// name, without a copy, the first time; later it is copied, so that the files are independent, as it is when
/// /proc does not tell the umask: the mode is 0666 less that. Nothing is forced to the disk (no fsync): after
/// a power failure the file may be empty or missing.
///
/// Errors: std::invalid_argument for a name that is not one component of a path (`is_file_name`) or a
/// directory with a NUL; std::system_error, EEXIST among them. Blocks.
std::string save_file(std::string const& directory, std::string_view name, if_exists policy,
                      file_content const& content, file_methods const& methods = {});

} // namespace serval::base
