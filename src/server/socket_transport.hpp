// A TCP or Unix socket as a transport.
#pragma once

#include "server/address_quota.hpp"
#include "server/transport.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

namespace serval::server_impl {

/// A connected stream socket, non-blocking.
///
/// Its end reaches the peer at once, also while a child process holds a copy of the descriptor.
class socket_transport final : public transport {
public:
    using socket = stream_socket;

    /// Sets TCP_NODELAY on a TCP socket: small responses would else wait for the client's delayed
    /// acknowledgement (40 ms). Bounds what the system holds for a peer that does not read (192 KiB).
    socket_transport(socket connected, client_address peer, address_quota::place place = {});
    ~socket_transport() override;

    boost::asio::any_io_executor executor() override { return socket_.get_executor(); }
    task<io_result> read_some(boost::asio::mutable_buffer into) override;
    stream_socket* plain_socket() noexcept override { return &socket_; }
    task<boost::system::error_code> wait_readable() override;
    io_result try_write(std::span<boost::asio::const_buffer const> buffers) noexcept override;
    io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept override;
    task<boost::system::error_code> wait_writable() override;
    std::size_t unsent() noexcept override;
    void lift_unsent_bound() noexcept override;
    bool has_unread() noexcept override;
    bool peer_has_left() noexcept override;
    void shutdown_send() noexcept override;
    void close() noexcept override;
    void reset() noexcept override;
    client_address const& peer() const noexcept override { return peer_; }

private:
    void disconnect() noexcept;
    void close_socket() noexcept;

    socket socket_;
    client_address peer_;
    address_quota::place place_; // until the socket is closed
    bool is_tcp_ = false;
};

} // namespace serval::server_impl
