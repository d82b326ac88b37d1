// A multipart form as a handler reads it by itself, part by part.
// layer: http
#pragma once

#include <serval/headers.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval {

namespace detail {
class multipart_reader_state; // src/http/multipart_reader.cpp
struct multipart_source;      // src/http/multipart_input.hpp
} // namespace detail

/// The current part of a multipart_reader; valid until the reader's next `next_part`.
class multipart_part {
public:
    explicit multipart_part(detail::multipart_reader_state& reader) noexcept : reader_{&reader} {}
    multipart_part(multipart_part const&) = delete;
    multipart_part& operator=(multipart_part const&) = delete;

    /// The field's name, UTF-8.
    std::string const& name() const noexcept;
    /// True when the part has a file name.
    bool is_file() const noexcept;
    /// A name that is safe to save the file under, as upload_file::filename(); empty for a part that is no
    /// file.
    std::string filename() const;
    /// The file name as sent, which may be hostile ("../../x"); nullopt for a part that is no file.
    std::optional<std::string> const& raw_filename() const noexcept;
    /// The part's Content-Type as sent; empty when it has none.
    std::string_view content_type() const noexcept;
    /// All header fields of the part, in the order sent, their names in lower case.
    std::vector<header_field> headers() const;

    /// Waits for the next bytes of the part's content; none at its end. The view is valid until the next call
    /// on the part or the reader. Throws as multipart_reader::next_part.
    task<std::string_view> read_some();
    /// The rest of the content. Throws http_error 413 beyond `max_bytes`, default 1 MiB.
    task<std::string> read_all(std::size_t max_bytes = std::size_t{1024} * 1024);

private:
    detail::multipart_reader_state* reader_;
};

/// The parts of a multipart/form-data body (RFC 7578), read while they arrive: nothing is kept in memory or
/// on disk, and a client is not read from faster than the handler takes.
///
/// A coroutine handler takes it as `serval::multipart_reader&`; it is valid until the response is sent. Such
/// a route has no other body parameter. Limits: `route::max_body`, default `limits::multipart_body`, and
/// those for the number of files and fields and the size of a file. Not thread-safe: for the handler's own
/// coroutine.
class multipart_reader {
public:
    explicit multipart_reader(detail::multipart_source const& source);
    ~multipart_reader();
    multipart_reader(multipart_reader const&) = delete;
    multipart_reader& operator=(multipart_reader const&) = delete;

    /// Waits for the next part and gives it; null when there is none. What was not read of the part before is
    /// skipped.
    ///
    /// Throws http_error: 400 for a body that is malformed, cut short or of too many parts; 413 beyond
    /// `max_body`; 408 when the client is too slow. Cancellation: terminal.
    task<multipart_part*> next_part();

private:
    std::unique_ptr<detail::multipart_reader_state> state_;
};

} // namespace serval
