// Gives what HTTP/1.1 has to send to the transport, and watches how fast it goes.
#pragma once

#include "server/exchange.hpp"
#include "server/gauge_hold.hpp"
#include "server/http1_output.hpp"
#include "server/loop.hpp"
#include "server/transport.hpp"
#include "server/watch.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace serval::server_impl {

/// The writing side of a connection. Knows whether it is lost, that is nothing more can be read or written,
/// and counts answers as in flight until their last byte is with the kernel, or lost.
///
/// Whoever waits to write does so in the coroutine of its own, whose time is the client's then.
class http1_sender {
public:
    /// All must outlive it.
    http1_sender(loop& on, transport& stream, http1_output& from, exchange& of) noexcept
        : loop_{on},
          stream_{stream},
          out_{from},
          exchange_{of}
    {}
    http1_sender(http1_sender const&) = delete;
    http1_sender& operator=(http1_sender const&) = delete;

    bool lost() const noexcept { return lost_; }
    void lose() noexcept { lost_ = true; }

    /// Sends as much as goes without waiting. False: some is left. What cannot be sent any more is dropped.
    bool flush_now();
    /// Waits until all is sent, or lost. Throws operation_aborted when the exchange is cancelled, and then
    /// keeps what is left.
    task<void> flush();
    /// Waits until more goes; throws as `flush`.
    task<void> wait();
    bool waiting() const noexcept { return waits_ != 0; }
    io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept;

    /// For the tick: sends what did not fit at once.
    void sweep();
    /// While somebody waits. The system is asked only when that can matter: each tick looks at everybody who
    /// does.
    bool goes_too_slowly() noexcept;

    void answered(gauge_hold in_flight) noexcept;
    /// The connection ends.
    void end() noexcept { in_flight_.release(); }

private:
    class wait_scope;

    void on_wait(boost::system::error_code ec);

    loop& loop_;
    transport& stream_;
    http1_output& out_;
    exchange& exchange_;
    pace pace_;            // of what goes while somebody waits for that
    gauge_hold in_flight_; // of what is answered
    int waits_ = 0;        // a handler's, and the connection's
    bool lost_ = false;
};

} // namespace serval::server_impl
