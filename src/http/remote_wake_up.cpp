#include "http/remote_wake_up.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <mutex>
#include <utility>

namespace serval::http {

namespace asio = boost::asio;

namespace {

/// Points to a timer while its scope lasts.
class timer_scope {
public:
    timer_scope(asio::steady_timer*& shown, asio::steady_timer& timer) noexcept : shown_{shown}
    {
        shown_ = &timer;
    }
    ~timer_scope() { shown_ = nullptr; }
    timer_scope(timer_scope const&) = delete;
    timer_scope& operator=(timer_scope const&) = delete;

private:
    asio::steady_timer*& shown_;
};

} // namespace

task<void> remote_wake_up::wait(time_point until)
{
    if (std::exchange(woken_, false)) co_return;
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, until);
    timer_scope const shown(timer_, timer);
    auto const [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!std::exchange(woken_, false) && ec) throw boost::system::system_error(ec);
}

void remote_wake_up::wake() noexcept
{
    std::lock_guard const lock{gate_->mutex};
    if (!gate_->open || std::exchange(on_its_way_, true)) return;
    asio::require(loop_, asio::execution::blocking.never,
                  asio::execution::allocator(trip_allocator<void>{memory_}))
        .execute([self = shared_from_this()] { self->arrive(); });
}

void remote_wake_up::arrive() noexcept
{
    {
        std::lock_guard const lock{gate_->mutex};
        on_its_way_ = false; // before the waiter looks: what comes from now on is another one
    }
    woken_ = true;
    if (timer_ != nullptr) timer_->cancel();
}

} // namespace serval::http
