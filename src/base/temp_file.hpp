// A file without a name: nobody else can open it, and it is gone with its descriptor.
#pragma once

#include "base/file_descriptor.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace serval::base {

/// What of the system to use; tests turn off what cannot be made to fail on demand.
struct file_methods {
    bool unnamed = true;    ///< O_TMPFILE
    bool link = true;       ///< linkat of /proc/self/fd/N
    bool copy_range = true; ///< copy_file_range
    bool no_replace = true; ///< renameat2 with RENAME_NOREPLACE
    bool umask = true;      ///< that /proc/self/status tells it
};

/// Opens a file without a name in `directory`, for this process alone (0600).
///
/// By O_TMPFILE, or, where the file system has none, by a name that is removed at once. Reading and writing
/// may go on in several threads at different offsets. All block. Errors: std::system_error.
class temp_file {
public:
    explicit temp_file(std::string const& directory, file_methods const& methods = {});

    int descriptor() const noexcept { return file_.number(); }

    /// Writes all of `bytes`.
    void write_at(std::uint64_t offset, std::string_view bytes);
    /// Reads `size` bytes to `to`; fewer only where the file ends. Returns how many.
    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const;

    /// True for the first caller, if the file can be given a name: that is possible once, since with a second
    /// name changes of one file would change the other.
    bool claim_link() const noexcept { return linkable_ && !linked_.exchange(true); }
    /// Gives the claim back when the file has got no name.
    void release_link() const noexcept { linked_ = false; }

private:
    file_descriptor file_;
    bool linkable_ = false;
    mutable std::atomic<bool> linked_{false};
};

/// pwrite until all is written.
std::error_code write_all_at(int file, std::uint64_t offset, std::string_view bytes) noexcept;

struct read_result {
    std::size_t size; ///< bytes read; fewer than asked for only where the file ends, or with an error
    std::error_code error;
};

/// pread until `size` bytes are there or the file ends.
read_result read_all_at(int file, std::uint64_t offset, char* to, std::size_t size) noexcept;

} // namespace serval::base
