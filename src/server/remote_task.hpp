// A coroutine on a loop that another thread starts, cancels and sees the end of.
#pragma once

#include <serval/task.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>

namespace serval::server_impl {

/// Runs once. Any thread starts and cancels it, and polls for its end; in between it belongs to the loop,
/// which keeps it alive. It ends when its coroutine does, or could not be begun; not when the context is
/// destroyed first.
class remote_task : public std::enable_shared_from_this<remote_task> {
public:
    /// Calls `make` on the loop, and awaits there what that gives; keeps it meanwhile. `after` is called
    /// there at the end, with what was thrown, and may throw in turn.
    remote_task(boost::asio::io_context& context, std::function<task<void>()> make,
                std::function<void(std::exception_ptr)> after = {})
        : context_{context},
          make_{std::move(make)},
          after_{std::move(after)}
    {}

    /// Has it begin, on the loop. Once.
    void start();
    /// The same, called on the loop.
    void begin();
    /// Cancels the coroutine (terminal cancellation), soon; harmless after its end.
    void cancel();
    bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
    /// Once it has ended: what it has thrown.
    std::exception_ptr const& error() const noexcept { return error_; }

private:
    void end(std::exception_ptr thrown);

    boost::asio::io_context& context_;
    std::function<task<void>()> make_;
    std::function<void(std::exception_ptr)> after_;
    boost::asio::cancellation_signal cancel_; // of the loop
    std::exception_ptr error_;                // of the loop until `ended_`
    std::atomic<bool> cancelled_{false};      // then it does not begin
    std::atomic<bool> ended_{false};
};

} // namespace serval::server_impl
