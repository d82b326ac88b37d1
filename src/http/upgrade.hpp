// What goes on over a connection after 101 Switching Protocols (RFC 9110 section 7.8).
#pragma once

#include <serval/response.hpp>
#include <serval/task.hpp>

#include <memory>
#include <string_view>

namespace serval::http {

/// The bytes of a connection that has changed its protocol, beginning with those that came with the request.
/// Used on the loop's thread; one reader and one writer at a time may wait.
class upgraded_stream {
public:
    /// Waits for bytes; empty: the peer sends no more. The view is valid until the next call. Throws
    /// operation_aborted when it is cancelled, another system_error when the connection is lost.
    virtual task<std::string_view> read() = 0;
    /// Completes when the kernel has all of `bytes`, which must live until then. A peer that takes too little
    /// (`limits::minimum_rate`) is reset. Throws as `read`.
    virtual task<void> write(std::string_view bytes) = 0;

protected:
    ~upgraded_stream() = default;
};

/// Takes a connection over. The request, and what its dependencies gave, live until `run` has ended; the
/// connection closes then. There is no time limit but the route's own.
class upgrade {
public:
    virtual ~upgrade() = default;

    /// The token of the protocol, for the `upgrade` field: "websocket".
    virtual std::string_view protocol() const noexcept = 0;
    /// Once, after the answer's head was sent. What it throws resets the connection.
    virtual task<void> run(upgraded_stream& over) = 0;
    /// The server drains: it should come to an end soon. At the drain's deadline it is cancelled. Called more
    /// than once.
    virtual void drain() noexcept {}
};

/// Makes `answer` a 101 whose connection `taken` takes over. Its fields are sent, and `connection` and
/// `upgrade` with them. To a client that does not speak HTTP/1.1, or whose request has a body that was not
/// read, 400 is answered in its place.
void switch_protocols(response& answer, std::shared_ptr<upgrade> taken);

} // namespace serval::http
