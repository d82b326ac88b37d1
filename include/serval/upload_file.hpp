// A file of a multipart/form-data body.
#pragma once

#include <serval/headers.hpp>
#include <serval/if_exists.hpp>
#include <serval/storage_error.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace serval {

namespace detail {
struct upload_state; // src/http/upload_state.hpp
}

/// An uploaded file: what the client said of it, and its content; FastAPI's UploadFile.
///
/// A handle, cheap to copy. Copies share the content, which is never changed, and have positions of their
/// own. The content lives as long as any copy, so a background task may keep one; it is in memory up to a
/// limit, beyond in a file that has no name and vanishes with the last copy. Distinct copies may be used in
/// several threads at once.
///
/// The members that return a task are for coroutines on serval's loops: what touches the disk runs on the
/// pool for files (settings::file_threads), and this handle need not outlive the task. Those called
/// `…_blocking` do the same at once, for plain handlers. Cancellation: a call that has begun is waited for,
/// and saves completely; one that still waits for a thread is dropped.
///
/// Errors of reading and saving: storage_error, 507, 503 or 409, unless caught.
class upload_file {
public:
    /// An empty file called "file", without a type and headers: what tests and defaults may need.
    upload_file();
    explicit upload_file(std::shared_ptr<detail::upload_state const> state) noexcept;
    // Moving copies, so that no handle is ever without content.
    upload_file(upload_file const&) noexcept = default;
    upload_file& operator=(upload_file const&) noexcept = default;
    ~upload_file() = default;

    /// The client's name for the file, fit for a directory: one component, UTF-8, 1 to 255 bytes, never "."
    /// or "..", without control characters. "file" when nothing is left of it. Two uploads may have one name.
    std::string const& filename() const noexcept;
    /// The name as sent. Hostile: it may be a path ("../../etc/passwd"), hold control characters or bytes
    /// that are not UTF-8, or be empty. Never use it as a path.
    std::string const& raw_filename() const noexcept;
    /// The media type as sent, empty without one. The client's claim: nobody has looked at the content.
    std::string const& content_type() const noexcept;
    /// The header fields of the part, in the order sent, their names in lower case. Values are as sent.
    std::vector<header_field> const& headers() const noexcept;
    /// Bytes of the content.
    std::uint64_t size() const noexcept;

    /// Reads `n` bytes from the position; fewer at the end, and none there. What is in memory is given at
    /// once.
    ///
    /// The position moves when this is called, so reads may overlap; it has moved when one fails, too.
    task<std::string> read(std::size_t n);
    /// Reads from the position to the end, all into memory: prefer `read` in pieces for files of any size.
    task<std::string> read_all();
    std::string read_blocking(std::size_t n);
    std::string read_all_blocking();

    /// Sets the position, in bytes from the start. Beyond the end there is nothing to read.
    void seek(std::uint64_t position) noexcept { position_ = position; }
    std::uint64_t tell() const noexcept { return position_; }

    /// Saves the whole content as the file `path` and returns the path it was saved under, which differs with
    /// `if_exists::number`. Never make `path` of `raw_filename()`. A
    /// std::filesystem::path converts to a string, and <filesystem> would make every include slower.
    ///
    /// The name appears when the content is complete, and nothing is left behind on failure. A symbolic link
    /// in the place of the file is not followed; those in the directory's path are. The first time, a file
    /// that lies on the same file system is not copied but given the name: from then on this upload reads the
    /// saved file, so do not change that in place while you still read; other saves are independent copies.
    /// The mode is 0666 less the umask. No fsync: a power failure may lose the file.
    ///
    /// Errors: std::invalid_argument when the last component is empty, "." or "..", or longer than 255 bytes;
    /// storage_error 409 when the name is taken, with `if_exists::fail` or by a directory.
    task<std::string> save_to(std::string path, if_exists policy = if_exists::replace) const;
    std::string save_to_blocking(std::string const& path, if_exists policy = if_exists::replace) const;

    /// Saves in `directory`, which must exist, under `name`; empty: under `filename()`. Otherwise as
    /// `save_to`.
    ///
    /// Errors: std::invalid_argument when `name` is more than one component of a path, among others a '/'.
    task<std::string> save_in(std::string directory, std::string name = {},
                              if_exists policy = if_exists::number) const;
    std::string save_in_blocking(std::string const& directory, std::string name = {},
                                 if_exists policy = if_exists::number) const;

private:
    // Moves the position over at most `n` bytes; returns how many.
    std::size_t advance(std::uint64_t n) noexcept;

    std::shared_ptr<detail::upload_state const> state_;
    std::uint64_t position_ = 0;
};

} // namespace serval
