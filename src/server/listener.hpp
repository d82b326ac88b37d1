// The listening socket: accepts connections and deals them to the loops.
#pragma once

#include "base/file_descriptor.hpp"
#include "base/log_gate.hpp"
#include "http/remote_wake_up.hpp"
#include "server/address_quota.hpp"
#include "server/loop.hpp"
#include "server/socket_transport.hpp"
#include "server/vacancy.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace serval::server_impl {

/// The listening sockets, one Unix or one for each address of a host, on the first loop; connections go to
/// all loops in turn.
///
/// No child of the process inherits the socket, or those that it accepts. The file of a Unix socket is
/// removed by the listener that made it, before it closes, and never when another has taken its place.
///
/// Used on the first loop's thread, but for `open` before it runs.
class listener {
public:
    /// The loops must outlive it.
    listener(std::vector<std::shared_ptr<loop>> const& loops, serval::settings const& settings);
    ~listener();

    /// Binds and listens. Throws std::system_error, whose text names the address.
    void open();
    std::uint16_t port() const noexcept { return port_; }
    /// How many sockets listen, once it is open.
    std::size_t places() const noexcept { return acceptors_.size(); }

    /// Accepts at one of the places until `close`: what has connected, at most 16 sockets in a turn of the
    /// loop. At the limit of connections, sockets on their way to another loop included, the one that has
    /// been idle longest makes room; without one it waits until any ends. Backs off 100 ms when descriptors
    /// or memory run out.
    task<void> run(std::size_t place);

    /// Takes what has connected already, then closes: nobody who got through is turned away.
    void close();

private:
    using protocol = boost::asio::generic::stream_protocol;
    using acceptor = boost::asio::basic_socket_acceptor<protocol>;

    /// Which file it was, whatever is found at its path later.
    class socket_file {
    public:
        explicit socket_file(struct stat const& found) noexcept : device_{found.st_dev}, inode_{found.st_ino}
        {}
        /// Removes it from `path`, if that still names it.
        void remove(std::string const& path) const noexcept;

    private:
        dev_t device_;
        ino_t inode_;
    };

    using endpoints = std::vector<protocol::endpoint>;

    endpoints tcp_endpoints() const;
    protocol::endpoint unix_endpoint() const;
    void open_sockets();
    void open_unix();
    void open_all(endpoints const& places);
    acceptor bound_to(protocol::endpoint const& place, bool alone) const;
    void give_mode() const;
    /// Accepts until nobody waits, `at_most` have come, or the limit is reached. The error is one that passes
    /// with time.
    boost::system::error_code accept_waiting(acceptor& at, int at_most);
    void deal(base::file_descriptor accepted, protocol::endpoint const& peer);
    void remove_file() noexcept;
    std::size_t next_loop() noexcept;
    bool at_limit() const noexcept;
    void expect_vacancies();
    task<void> wait_for_room(http::remote_wake_up& room);
    void ask_for_room();
    task<void> pause();
    void complain(boost::system::error_code ec) noexcept;
    void refuse(client_address const& peer);
    loop& first() const noexcept { return *loops_.front(); }

    std::vector<std::shared_ptr<loop>> const& loops_;
    serval::settings const& settings_;
    std::vector<acceptor> acceptors_; // does not change once it is open
    std::size_t max_connections_;
    std::size_t next_ = 0;
    std::uint16_t port_ = 0;
    std::optional<socket_file> file_;
    bool closing_ = false;
    std::shared_ptr<char const> const underway_ = std::make_shared<char const>(); // one user a socket
    vacancy::waiters rooms_; // one an acceptor: each waits for itself
    std::shared_ptr<vacancy> vacancy_;
    std::shared_ptr<address_quota> const quota_; // null: there is none
    base::log_gate complaints_;
    base::log_gate refusals_;
};

} // namespace serval::server_impl
