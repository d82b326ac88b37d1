// The byte stream under a connection: a socket, or memory in tests.
#pragma once

#include <serval/request.hpp>
#include <serval/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>

namespace serval::server_impl {

/// What a read or a write came to: an error code and the bytes moved. What `as_tuple(use_awaitable)` gives,
/// so that a socket's own awaitable is passed on without a coroutine in between.
using io_result = std::tuple<boost::system::error_code, std::size_t>;

using stream_socket = boost::asio::generic::stream_protocol::socket;

/// A bidirectional stream of bytes. Used on its loop's thread only.
///
/// At most one read or wait and one write are outstanding. All waiting operations honour terminal
/// cancellation (they complete with operation_aborted and have then moved no bytes). End of stream is
/// `boost::asio::error::eof` with 0 bytes.
class transport {
public:
    virtual ~transport() = default;

    virtual boost::asio::any_io_executor executor() = 0;
    /// Reads at least one byte.
    virtual task<io_result> read_some(boost::asio::mutable_buffer into) = 0;
    /// The socket that bytes are read from as they are, or null: whoever reads often may await
    /// `async_read_some` on it, which takes no coroutine of its own.
    virtual stream_socket* plain_socket() noexcept { return nullptr; }
    /// Completes when a read would not wait: what idle connections do, holding no buffer. Spurious wake-ups
    /// are allowed.
    virtual task<boost::system::error_code> wait_readable() = 0;
    /// Writes what fits now, without waiting; `would_block` with 0 bytes when nothing does.
    virtual io_result try_write(std::span<boost::asio::const_buffer const> buffers) noexcept = 0;
    /// Sends bytes of a file from `offset` on, as many of `count` as fit now, without copying them through
    /// this process where the system can; `would_block` as try_write. `eof` when the file ends at or before
    /// `offset`. May wait for the disk.
    virtual io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept = 0;
    /// Completes when try_write is worth another attempt.
    virtual task<boost::system::error_code> wait_writable() = 0;
    /// Bytes written that the peer has not acknowledged yet, as far as is known.
    virtual std::size_t unsent() noexcept { return 0; }
    /// From now on the system takes all that it has room for, however much of it is unsent: nobody waits for
    /// this peer any more. Whoever waits to write is woken.
    virtual void lift_unsent_bound() noexcept {}
    /// True when bytes have come that were not read yet. Does not wait.
    virtual bool has_unread() noexcept = 0;
    /// True when the peer has closed or reset its side, though bytes may still be unread. Does not wait.
    virtual bool peer_has_left() noexcept = 0;
    /// Ends the sending side: the peer reads end of stream after what was written.
    virtual void shutdown_send() noexcept = 0;
    /// Ends both sides and frees the descriptor; outstanding operations complete with operation_aborted.
    virtual void close() noexcept = 0;
    /// Closes so that the peer sees an error instead of the end of the stream; what it has not got yet is
    /// lost.
    virtual void reset() noexcept = 0;
    virtual client_address const& peer() const noexcept = 0;
};

} // namespace serval::server_impl
