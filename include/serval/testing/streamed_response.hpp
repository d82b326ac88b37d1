// A response that a test_client reads while it comes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval {

/// A response that is read while it comes; from test_client::stream. As httpx's `client.stream(…)`.
///
/// Its body is read only when a call asks for it. What nobody has asked for waits, up to the window that
/// `stream` was given; then the server's writes wait, as for a client that reads slowly, and with them
/// whatever produces the response.
///
/// Calls that wait throw std::runtime_error when the connection ends before the body is complete or breaks
/// the protocol, after all pieces that came before; and when 30 s of real time pass, but then may be called
/// again. A manual clock with auto_advance moves while they wait.
///
/// Reaching the end leaves the connection for other requests. Destroying the response before disconnects.
/// One thread at a time; several responses may be read side by side. When the client is gone, they have
/// failed, unless they were complete.
class streamed_response {
public:
    /// Bytes that may wait unread, unless `stream` is told otherwise: 64 KiB.
    static constexpr std::size_t default_window = 64 * 1024;

    struct implementation;
    explicit streamed_response(std::unique_ptr<implementation> state);
    streamed_response(streamed_response&&) noexcept;
    streamed_response& operator=(streamed_response&&) noexcept;
    ~streamed_response();

    /// Waits for the head when it has not come yet; likewise the next two.
    int status() const;
    std::vector<std::pair<std::string, std::string>> const& headers() const;
    /// The value of the first field called `name`, in any case. Valid as long as this object.
    std::optional<std::string_view> header(std::string_view name) const;

    /// Waits for the next piece of the body; empty optional: the body is complete.
    ///
    /// A piece is one chunk as the server sent it. Of a body without the chunked coding it is what has
    /// arrived, at least one byte.
    std::optional<std::string> next();
    /// Waits for the next line of the body, without its line end (LF or CRLF); the last one may lack it.
    /// Empty optional: there are no more.
    std::optional<std::string> next_line();
    /// Waits for the end and gives the rest of the body. When it throws, the pieces stay for `next`.
    std::string read_all();

    /// The pieces that have arrived, without waiting for the server; empty when there are none. With a manual
    /// clock, `settle` or `advance` first.
    ///
    /// It takes them all at once: bytes that the server writes into the room come with the next call.
    std::vector<std::string> arrived();
    /// True when the body is complete and all of it was given: `next` would give nothing, at once.
    ///
    /// The end of a chunked body is a message of its own: only a call that finds it makes this true.
    bool ended() const;

    /// Leaves, as a client that goes away; what has arrived unread is lost, and calls that wait throw.
    /// Nothing after the end.
    void disconnect();
    /// Leaves abruptly: the server's next read or write fails with a reset connection.
    void reset();

private:
    std::unique_ptr<implementation> implementation_;
};

} // namespace serval
