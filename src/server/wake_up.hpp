// A wait that other code on the same loop thread ends.
#pragma once

#include <serval/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace serval::server_impl {

/// One coroutine waits, other code of its thread notifies. Used on one loop's thread only.
///
/// Built on a timer that never expires, so that the io_context owns what waits: it honours cancellation, is
/// completed through the executor and never inside `notify`, and is destroyed with the context.
class wake_up {
public:
    explicit wake_up(boost::asio::any_io_executor const& executor) : timer_{executor} {}

    /// Completes without error after `notify`, with operation_aborted on cancellation. One at a time; the
    /// wake_up must outlive it.
    task<boost::system::error_code> wait();
    /// Ends the wait if there is one; otherwise nothing is remembered.
    void notify() noexcept;
    bool waiting() const noexcept { return waiting_; }

private:
    boost::asio::steady_timer timer_;
    bool waiting_ = false;
    bool notified_ = false;
};

} // namespace serval::server_impl
