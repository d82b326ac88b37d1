// The listening socket: accepts connections and deals them to the loops.
#pragma once

#include "server/loop.hpp"
#include "server/socket_transport.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace serval::server_impl {

/// One listening socket, TCP or Unix, on the first loop; connections go to all loops in turn (design.md
/// section 3.6).
///
/// Used on the first loop's thread, but for `open` before it runs.
class listener {
public:
    /// The loops must outlive it.
    listener(std::vector<std::unique_ptr<loop>> const& loops, serval::settings const& settings);
    ~listener();

    /// Binds and listens. Throws std::system_error, whose text names the address.
    void open();
    std::uint16_t port() const noexcept { return port_; }

    /// Accepts until `close`. Pauses at the limit of connections; backs off 100 ms when descriptors run out.
    task<void> run();

    /// Takes what has connected already, then closes: nobody who got through is turned away.
    void close();

private:
    using protocol = boost::asio::generic::stream_protocol;
    using acceptor = boost::asio::basic_socket_acceptor<protocol>;

    protocol::endpoint tcp_endpoint() const;
    protocol::endpoint unix_endpoint() const;
    void deal(std::size_t to, protocol::socket accepted, protocol::endpoint const& peer);
    std::size_t next_loop() noexcept;
    bool at_limit() const noexcept;
    task<void> pause();
    void complain(boost::system::error_code ec);
    loop& first() const noexcept { return *loops_.front(); }

    std::vector<std::unique_ptr<loop>> const& loops_;
    serval::settings const& settings_;
    acceptor acceptor_;
    std::size_t max_connections_;
    std::size_t next_ = 0;
    std::uint16_t port_ = 0;
    bool remove_file_ = false;
    bool closing_ = false;
    std::int64_t complained_ = 0; // when: one line a second is enough
};

} // namespace serval::server_impl
