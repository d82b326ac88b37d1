// Waiting without blocking the loop.
#include "http/loop_services.hpp"

#include <serval/sleep.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace serval {

task<void> sleep_for(std::chrono::nanoseconds duration)
{
    if (duration <= std::chrono::nanoseconds::zero()) {
        co_await boost::asio::post(boost::asio::use_awaitable);
        co_return;
    }
    auto const executor = co_await boost::asio::this_coro::executor;
    auto* const services = http::loop_services::find(executor);
    if (services != nullptr && services->clock != nullptr) {
        co_await services->clock->wait_until(http::later(services->clock->now(), duration));
    } else {
        http::system_clock clock;
        co_await clock.wait_until(http::later(clock.now(), duration));
    }
}

} // namespace serval
