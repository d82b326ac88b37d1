// Accepts connections, and deals them to the loops.
#pragma once

#include "base/log_gate.hpp"
#include "http/remote_wake_up.hpp"
#include "server/address_quota.hpp"
#include "server/listening_socket.hpp"
#include "server/loop.hpp"
#include "server/vacancy.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace serval::server_impl {

/// Accepts at all sockets of a server, on the first loop; connections go to all loops in turn.
///
/// Used on the first loop's thread, but for `open` before it runs.
class listener {
public:
    /// The loops must outlive it.
    listener(std::vector<std::shared_ptr<loop>> const& loops, serval::settings const& settings);

    /// Binds and listens at all places of the settings, which it gives in their order with the bound ports.
    /// Throws std::system_error, whose text names the place; then nothing is left of any.
    std::vector<listen_address> open();
    /// How many sockets listen, once it is open.
    std::size_t sockets() const noexcept { return sockets_.size(); }

    /// Accepts at one of the sockets until `close`: what has connected, at most 16 sockets in a turn of the
    /// loop. At the limit of connections, sockets on their way to another loop included, the one that has
    /// been idle longest makes room; without one it waits until any ends. Backs off 100 ms when descriptors
    /// or memory run out.
    task<void> run(std::size_t socket);

    /// Takes what has connected already, then closes: nobody who got through is turned away.
    void close();

private:
    /// Accepts until nobody waits, `at_most` have come, or the limit is reached. The error is one that passes
    /// with time.
    boost::system::error_code accept_waiting(listening_socket& at, int at_most);
    void deal(newcomer accepted);
    std::size_t next_loop() noexcept;
    bool at_limit() const noexcept;
    void expect_vacancies();
    task<void> wait_for_room(http::remote_wake_up& room);
    void ask_for_room();
    task<void> pause();
    void complain(boost::system::error_code ec) noexcept;
    void refuse(newcomer const& one);
    loop& first() const noexcept { return *loops_.front(); }

    std::vector<std::shared_ptr<loop>> const& loops_;
    serval::settings const& settings_;
    std::vector<listening_socket> sockets_; // does not change once it is open
    std::size_t max_connections_;
    std::size_t next_ = 0;
    bool closing_ = false;
    std::shared_ptr<char const> const underway_ = std::make_shared<char const>(); // one user a socket
    vacancy::waiters rooms_; // one a socket: each waits for itself
    std::shared_ptr<vacancy> vacancy_;
    std::shared_ptr<address_quota> const quota_; // null: there is none
    base::log_gate complaints_;
    base::log_gate refusals_;
};

} // namespace serval::server_impl
