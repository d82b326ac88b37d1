// A wait on a loop that any thread ends.
#pragma once

#include "base/byte_channel.hpp"
#include "http/loop_services.hpp"
#include "http/trip_memory.hpp"

#include <serval/task.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>

namespace serval::http {

/// Wakes one coroutine on its loop.
///
/// A `wake` is remembered until a `wait` has taken it, so that their order does not matter; several are one.
/// On its way to the loop it is posted at most once, in memory of its own: it cannot fail. When the loop's
/// context is destroyed, what is on its way goes with it, and later wakes do nothing. Hold it by shared_ptr:
/// whoever wakes keeps it alive.
class remote_wake_up final : public base::channel_waker, public std::enable_shared_from_this<remote_wake_up> {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// On the loop.
    explicit remote_wake_up(loop_services& services)
        : loop_{services.io_context().get_executor()},
          gate_{services.gate()}
    {}

    /// On the loop; one at a time. Completes when it was woken since the last one, or at `until`. Throws
    /// operation_aborted on cancellation.
    task<void> wait(time_point until = time_point::max());
    /// On the loop: a wake-up that has come to it and was not taken is none any more.
    void forget() noexcept { woken_ = false; }
    /// Any thread.
    void wake() noexcept override;

private:
    void arrive() noexcept;

    boost::asio::io_context::executor_type const loop_;
    std::shared_ptr<return_gate> const gate_; // its mutex guards the next
    bool on_its_way_ = false;
    trip_memory memory_; // of what is

    // Of the loop.
    boost::asio::steady_timer* timer_ = nullptr; // while one waits; in its frame, which dies with the context
    bool woken_ = false;
};

} // namespace serval::http
