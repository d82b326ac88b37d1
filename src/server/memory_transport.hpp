// A byte stream in memory: a transport for the server, a handle for the client of a test.
#pragma once

#include "server/transport.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace serval::server_impl {

/// The client's end. Thread-safe, and movable only; destroying it closes it.
///
/// Each `write` reaches the server as a read of its own, however large its buffer. What the server writes
/// waits here until it is taken, `window` bytes at most: beyond them the server's try_write gives
/// would_block. Nothing is lost but what `close` and `reset` say. Safe to use when the server's end is gone
/// already.
class memory_client {
public:
    struct shared_state;

    explicit memory_client(std::shared_ptr<shared_state> state) noexcept;
    ~memory_client();
    memory_client(memory_client&&) noexcept = default;
    memory_client& operator=(memory_client&&) = delete;

    /// Sends `bytes`; never waits. Dropped when the server has closed or this side was ended.
    void write(std::string bytes);
    /// Ends the sending side; the server reads end of stream after what was written.
    void shutdown_send();
    /// Leaves: the server reads end of stream after what was written, and its writes fail with broken_pipe.
    void close();
    /// Leaves abruptly: the server's reads and writes fail with connection_reset; what it has not read is
    /// lost.
    void reset();

    /// Takes what has arrived, `max_bytes` at most; empty when nothing has. Does not wait.
    std::string read(std::size_t max_bytes = static_cast<std::size_t>(-1));
    /// Shows `reader` what has arrived, perhaps nothing, and takes as many bytes as it returns: for a client
    /// that leaves the rest where it blocks the server. `reader` must not use this stream.
    void consume(std::function<std::size_t(std::string_view)> const& reader);
    /// Waits until `read` would give something or the server has ended its side. False: `limit` has passed.
    bool wait_readable(std::chrono::milliseconds limit);
    /// True when the server has ended its side and everything was read.
    bool at_end() const;
    /// True when the server has reset the connection, or closed without reading all that was sent, which
    /// makes a socket send a reset.
    bool was_reset() const;
    /// Bytes that were sent and not read by the server; also those that it never read before closing.
    std::size_t unread_by_server() const;
    /// True while the server waits to read and there is nothing.
    bool server_waits() const;

    /// Bytes that may wait to be read; 0: the client has stopped reading. Bytes that wait already stay.
    void set_window(std::size_t bytes);

    /// Has `callback` called on the loop's thread after bytes or the end have arrived, as a handler of its
    /// own. Once for what arrives together. Set on the loop's thread.
    void on_arrival(std::function<void()> callback);

private:
    std::shared_ptr<shared_state> state_;
};

/// Both ends of a new stream.
struct memory_stream {
    std::unique_ptr<transport> server;
    memory_client client;
};

inline constexpr std::size_t default_memory_window = 64 * 1024;

/// Connects two ends. The server's completes on `executor`, which one thread runs.
memory_stream make_memory_stream(boost::asio::any_io_executor executor, client_address peer,
                                 std::size_t window = default_memory_window);

} // namespace serval::server_impl
