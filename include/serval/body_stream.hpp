// The request body as a handler reads it by itself, piece by piece.
// layer: http
#pragma once

#include <serval/task.hpp>

#include <cstddef>
#include <string_view>

namespace serval {

namespace http {
class body_source;
}

/// The raw body of the current request, read while it arrives: nothing is gathered, and a client is not read
/// from faster than the handler takes.
///
/// A coroutine handler (or dependency) takes it as `serval::body_stream&`; it is valid until the response is
/// sent. Such a route has no other body parameter. The limit is `route::max_body`, default
/// `limits::raw_body`. What the handler leaves unread is dropped, or the connection closes. Not thread-safe:
/// for the handler's own coroutine.
class body_stream {
public:
    body_stream(http::body_source& source, std::size_t max_bytes) noexcept
        : source_{&source},
          max_bytes_{max_bytes}
    {}
    body_stream(body_stream const&) = delete;
    body_stream& operator=(body_stream const&) = delete;

    /// Waits for the next piece of the body: some bytes, or none at its end. The view is valid until the next
    /// call.
    ///
    /// Throws http_error: 413 beyond the limit, at once when Content-Length says so; 400 for bad framing; 408
    /// when the client is slower than `limits::minimum_rate`. Cancellation: terminal.
    task<std::string_view> read_some();

private:
    http::body_source* source_;
    std::size_t max_bytes_;
};

} // namespace serval
