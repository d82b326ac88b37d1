// A file of the disk that is sent to clients: what opening it finds.
#pragma once

#include "base/file_descriptor.hpp"

#include <cstdint>
#include <ctime>
#include <string>
#include <system_error>

namespace serval::base {

/// A regular file, open for reading, or why it is not.
struct served_file {
    std::error_code error = {}; ///< when set, the rest is empty
    file_descriptor file = {};
    std::uint64_t size = 0;
    std::time_t modified = 0; ///< whole seconds, as the Last-Modified field has them
    /// A strong entity tag with its quotes (RFC 9110 section 8.8.3): a hash of the times of the last change
    /// of content and of status in nanoseconds, of the size and of the inode, so that a file put in the place
    /// of another one with its time and size has another tag. Equal on one machine until the file changes;
    /// not on two that have copies. A file that is written to twice within a tick of the kernel's clock (4
    /// ms) and keeps its size keeps its tag.
    std::string etag = {};
};

/// Opens `path` without waiting for anybody, as opening a FIFO would.
///
/// What is not a regular file is an error: is_a_directory, or no_such_file_or_directory for devices, FIFOs
/// and sockets, and for a path with a NUL in it. Follows symbolic links. Blocks on the disk.
served_file open_served_file(std::string const& path);

} // namespace serval::base
