// Time limits under an automatic clock: what waits for the system has real time, what waits for the clock has
// none.
#include "support/running_server.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace serval {
namespace {

using namespace std::chrono_literals;

/// Stands for a socket, a database, a child process: nothing that the loop's clock knows.
task<void> wait_for_the_system(std::chrono::milliseconds duration)
{
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

class clock_limits : public testing::Test {
protected:
    clock_limits() { clock_.auto_advance(true); }

    settings options() const
    {
        auto made = test_client::default_settings();
        made.log = log_;
        return made;
    }

    std::shared_ptr<test::recording_log> const log_ = std::make_shared<test::recording_log>();
    app app_;
    manual_clock clock_;
};

TEST_F(clock_limits, do_not_pass_while_a_task_waits_for_the_system)
{
    std::atomic<int> done{0};
    app_.get("/", [&done](background_tasks& tasks) -> task<int> {
        tasks.add(
            task_options{}.time_limit(1s),
            [](std::atomic<int>* count) -> task<void> {
                for (int i = 0; i != 3; ++i)
                    co_await wait_for_the_system(20ms);
                ++*count;
            },
            &done);
        co_return 1;
    });
    test_client client{app_, clock_, options()};
    EXPECT_EQ(client.get("/").status, 200);
    client.wait_background();
    EXPECT_EQ(done, 1) << log_->all();
    EXPECT_EQ(log_->all(), "");
}

TEST_F(clock_limits, do_not_pass_while_a_handler_waits_for_the_system_and_another_sleeps)
{
    app_.get("/system",
             []() -> task<std::string> {
                 co_await wait_for_the_system(60ms);
                 co_return "arrived";
             })
        .timeout(1s);
    app_.get("/sleep", []() -> task<std::string> {
        co_await sleep_for(1h);
        co_return "slept";
    });
    test_client client{app_, clock_, options()};
    auto sleeping = client.start("GET", "/sleep");
    EXPECT_EQ(client.get("/system").body, "arrived");
    EXPECT_EQ(sleeping.get().body, "slept");
}

TEST_F(clock_limits, pass_at_once_for_those_who_sleep_by_the_clock)
{
    app_.get("/",
             []() -> task<std::string> {
                 co_await sleep_for(1h);
                 co_return "slept";
             })
        .timeout(10min);
    test_client client{app_, clock_, options()};
    auto const begin = std::chrono::steady_clock::now();
    EXPECT_EQ(client.get("/").status, 503);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
}

TEST_F(clock_limits, pass_in_the_end_for_what_never_comes)
{
    app_.get("/",
             []() -> task<std::string> {
                 co_await wait_for_the_system(1h);
                 co_return "never";
             })
        .timeout(10s);
    test_client client{app_, clock_, options()};
    EXPECT_EQ(client.get("/").status, 503);
    EXPECT_GE(clock_.elapsed(), 10s);
}

} // namespace
} // namespace serval
