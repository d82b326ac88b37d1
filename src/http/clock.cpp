// The clock of a loop: what deadlines and sleep_for go by.
#include "http/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace serval::http {

task<void> system_clock::wait_until(time_point when)
{
    auto const executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, when);
    co_await timer.async_wait(boost::asio::use_awaitable); // throws operation_aborted on cancellation
}

} // namespace serval::http
