// A response whose body is a file of the disk.
#pragma once

#include <serval/response.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace serval {

/// How a file is presented to the client.
class file_options {
public:
    file_options() = default;

    /// The content type; default: that of the extension of `filename()`, else of the path's, else
    /// `application/octet-stream`. `text/…` without a charset gets `; charset=utf-8`.
    file_options& media_type(std::string type)
    {
        media_type_ = std::move(type);
        return *this;
    }
    std::string const& media_type() const noexcept { return media_type_; }

    /// The name under which clients save the file: sends `content-disposition: attachment; filename="…"`.
    ///
    /// Directories and control characters in it are left out. Default: empty, no content-disposition.
    file_options& filename(std::string name)
    {
        filename_ = std::move(name);
        return *this;
    }
    std::string const& filename() const noexcept { return filename_; }

    /// Sends `inline` in the place of `attachment`: browsers show the file when they can, and `filename` is
    /// what they propose for saving it.
    file_options& show_inline(bool on = true) noexcept
    {
        inline_ = on;
        return *this;
    }
    bool show_inline() const noexcept { return inline_; }

private:
    std::string media_type_;
    std::string filename_;
    bool inline_ = false;
};

/// A response with the content of the regular file at `path`; FastAPI's FileResponse.
///
/// The path is the application's. Never build it from what a client has sent without checking: `..`, absolute
/// paths and symbolic links are followed wherever they lead.
///
/// The file is opened after the handler and the middleware, on the pool for files. One that is not there, or
/// is a directory, a device, a socket or a FIFO, is answered with 404; one that may not be read with 403;
/// both in the form of `http_error`, without the fields that describe the file. Other failures of opening are
/// logged, and a 500.
///
/// Sent are `content-length`, `last-modified`, a strong `etag` and `accept-ranges`; fields that the
/// application has set stay. GET and HEAD with `if-match`, `if-none-match`, `if-modified-since` or
/// `if-unmodified-since` may get 304 or 412 (RFC 9110 section 13), and GET with `range` and `if-range` 206 or
/// 416 (section 14): at most 16 ranges, overlapping ones joined, several as multipart/byteranges. All that
/// only while the response's status is 200. The tag is a hash of the file's times, size and inode: two
/// servers with copies of a file have different ones, unless the application sets its own.
///
/// The body goes from the disk to the socket without passing through this process, 1 MiB at a time, so that
/// other connections have their turn; what is not in memory is read by the pool for files first. A file that
/// grows meanwhile is sent as long as it was; one that shrinks ends the connection, so that the client sees
/// the truncation, and is logged. The descriptor is closed when the response is done, however it ends.
///
/// Throws `std::invalid_argument` when the media type has a control character.
response file_response(std::string path, file_options const& options = {});

} // namespace serval
