// The byte stream under a connection: a socket, or memory in tests.
#pragma once

#include <serval/request.hpp>
#include <serval/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace serval::server_impl {

/// What a read or a write came to. A constructor, so that g++ 12 may have it as a temporary beside a
/// co_await.
struct io_result {
    io_result() = default;
    io_result(boost::system::error_code e, std::size_t n) noexcept : ec{e}, bytes{n} {}

    boost::system::error_code ec{};
    std::size_t bytes = 0;
};

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
    /// Completes when a read would not wait: what idle connections do, holding no buffer. Spurious wake-ups
    /// are allowed.
    virtual task<boost::system::error_code> wait_readable() = 0;
    /// Writes what fits now, without waiting; `would_block` with 0 bytes when nothing does.
    virtual io_result try_write(std::span<boost::asio::const_buffer const> buffers) noexcept = 0;
    /// Completes when try_write is worth another attempt.
    virtual task<boost::system::error_code> wait_writable() = 0;
    /// True when the peer has closed or reset its side, though bytes may still be unread. Does not wait.
    virtual bool peer_has_left() noexcept = 0;
    /// Ends the sending side: the peer reads end of stream after what was written.
    virtual void shutdown_send() noexcept = 0;
    /// Ends both sides and frees the descriptor; outstanding operations complete with operation_aborted.
    virtual void close() noexcept = 0;
    virtual client_address const& peer() const noexcept = 0;
};

} // namespace serval::server_impl
