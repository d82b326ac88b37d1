// The request as a handler, a dependency or a middleware sees it.
#pragma once

#include <serval/method.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace serval {

namespace detail {
struct request_state; // src/http/request_state.hpp
}

/// The address of the peer: the socket's, never a header's. `host` is empty for a Unix socket.
class client_address {
public:
    client_address() = default;
    client_address(std::string h, std::uint16_t p) : host{std::move(h)}, port{p} {}

    std::string host;
    std::uint16_t port = 0;
};

/// One request. Handlers take it by reference; it lives until the response is written. Background tasks run
/// later: what they need of it is passed to them by value.
///
/// All views stay valid as long. Not thread-safe, but the request of a handler that runs on the thread pool
/// is not touched by anybody else meanwhile.
class request {
public:
    explicit request(detail::request_state& state) noexcept : state_{&state} {}
    request(request const&) = delete;
    request& operator=(request const&) = delete;

    serval::method method() const noexcept;
    /// The method as sent: also names that `serval::method` does not know.
    std::string_view method_name() const noexcept;
    /// The request target as sent: path and query, still percent-encoded.
    std::string_view target() const noexcept;
    /// The percent-decoded path: what was routed.
    std::string_view path() const noexcept;
    /// The query as sent, without '?'.
    std::string_view query_string() const noexcept;
    /// The last value of query parameter `name`, decoded.
    std::optional<std::string_view> query(std::string_view name) const;
    /// The path parameter `name` of the matched route, decoded.
    std::optional<std::string_view> path_param(std::string_view name) const noexcept;
    /// The first field called `name`, in any case; trailers are not among them.
    std::optional<std::string_view> header(std::string_view name) const noexcept;
    std::size_t header_count() const noexcept;
    /// Field `i` in the order sent; `i` < header_count().
    std::pair<std::string_view, std::string_view> header_at(std::size_t i) const noexcept;
    /// The cookie called `name`.
    std::optional<std::string> cookie(std::string_view name) const;
    /// The Host field, or the authority of an absolute-form target.
    std::string_view host() const noexcept;
    /// "1.1" or "1.0".
    std::string_view http_version() const noexcept;
    client_address const& client() const noexcept;

    /// The body, whole. It has been read when a handler with a `body<>` parameter runs, or one of a route
    /// with `.read_body()`, and may not have been in a dependency or a middleware: `body_read()` tells.
    ///
    /// Throws std::logic_error, which is answered with 500, when the request has a body that was not read
    /// whole.
    std::string_view body() const;
    /// True when `body()` has it: it was read, or the request has none.
    bool body_read() const noexcept;

    /// The pattern of the matched route ("/items/{id}"), empty when there is none: for metrics and logs.
    std::string_view route() const noexcept;

    /// Requested when the client has left, the handler's deadline has passed or the server drains past its
    /// own: long-running plain handlers should look at it. Coroutine handlers are cancelled instead.
    std::stop_token stop_token() const;

    /// True once the server has begun to drain: a readiness probe answers 503 then, and long work can come to
    /// a good end before the deadline. Thread-safe. With a test_client: once its destructor has begun.
    bool draining() const noexcept;

    detail::request_state& state() const noexcept { return *state_; }

private:
    detail::request_state* state_;
};

} // namespace serval
