#include "testing/manual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace serval {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A clock by itself: the test runs the context.
class manual_clock_test : public testing::Test {
protected:
    manual_clock clock;
    std::optional<asio::io_context> context{std::in_place};
    std::vector<std::string> events;

    http::clock& as_clock() { return clock.impl(); }

    task<void> wait(std::string name, http::clock::time_point when)
    {
        co_await as_clock().wait_until(when);
        events.push_back(std::move(name));
    }

    void start(std::string name, std::chrono::nanoseconds after, asio::cancellation_signal* cancel = nullptr)
    {
        auto ended = [this, name](std::exception_ptr thrown) {
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (boost::system::system_error const& error) {
                EXPECT_EQ(error.code(), asio::error::operation_aborted);
                events.push_back(name + " aborted");
            }
        };
        auto waiting = wait(name, as_clock().now() + after);
        asio::cancellation_slot slot;
        if (cancel != nullptr) slot = cancel->slot();
        asio::co_spawn(*context, std::move(waiting), asio::bind_cancellation_slot(slot, ended));
        settle();
    }

    void settle()
    {
        context->restart();
        context->poll();
    }

    void advance(std::chrono::nanoseconds duration)
    {
        clock.advance(duration);
        settle();
    }

    using names = std::vector<std::string>;
};

TEST_F(manual_clock_test, stands_still_until_it_is_advanced)
{
    auto const before = as_clock().now();
    EXPECT_EQ(clock.elapsed(), 0s);
    clock.advance(90s);
    EXPECT_EQ(clock.elapsed(), 90s);
    EXPECT_EQ(as_clock().now() - before, 90s);
}

TEST_F(manual_clock_test, does_not_go_back)
{
    EXPECT_THROW(clock.advance(-1ns), std::invalid_argument);
}

TEST_F(manual_clock_test, fires_timers_in_order_of_time_then_of_registration)
{
    start("late", 3s);
    start("early", 1s);
    start("late, too", 3s);
    start("middle", 2s);
    advance(10s);
    EXPECT_EQ(events, (names{"early", "middle", "late", "late, too"}));
}

TEST_F(manual_clock_test, fires_only_what_is_due)
{
    start("now due", 2s);
    start("not yet", 2s + 1ns);
    advance(2s);
    EXPECT_EQ(events, names{"now due"});
    advance(1ns);
    EXPECT_EQ(events, (names{"now due", "not yet"}));
}

TEST_F(manual_clock_test, completes_a_wait_for_the_past_or_the_present_at_once)
{
    start("past", -1s);
    start("present", 0s);
    EXPECT_EQ(events, (names{"past", "present"}));
}

TEST_F(manual_clock_test, tells_which_timers_there_are)
{
    EXPECT_FALSE(clock.impl().next_timer());
    auto const begin = as_clock().now();
    start("b", 2s);
    start("a", 1s);
    EXPECT_EQ(clock.impl().next_timer(), begin + 1s);
    EXPECT_EQ(clock.impl().last_timer(), begin + 2s);
    clock.impl().fire_next();
    EXPECT_EQ(as_clock().now(), begin + 1s);
    EXPECT_EQ(clock.impl().next_timer(), begin + 2s);
}

TEST_F(manual_clock_test, aborts_a_cancelled_wait)
{
    asio::cancellation_signal cancel;
    start("cancelled", 1s, &cancel);
    start("other", 1s);
    cancel.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_EQ(events, names{"cancelled aborted"});
    advance(1s);
    EXPECT_EQ(events, (names{"cancelled aborted", "other"}));
}

TEST_F(manual_clock_test, forgets_the_timers_of_a_context_that_ends)
{
    start("never", 1s);
    EXPECT_TRUE(clock.impl().next_timer());
    context.reset();
    EXPECT_FALSE(clock.impl().next_timer());
    clock.advance(2s);
    EXPECT_TRUE(events.empty());
}

TEST_F(manual_clock_test, waits_for_the_end_of_time_without_overflow)
{
    auto ended = [](std::exception_ptr) {};
    asio::co_spawn(*context, wait("never", http::clock::time_point::max()), ended);
    settle();
    advance(1000h);
    EXPECT_TRUE(events.empty());
}

TEST_F(manual_clock_test, does_not_come_to_what_waits_for_ever)
{
    auto ended = [](std::exception_ptr) {};
    asio::co_spawn(*context, wait("never", http::clock::time_point::max()), ended);
    settle();
    EXPECT_FALSE(clock.impl().next_timer());
    EXPECT_FALSE(clock.impl().last_timer());
    start("soon", 1s);
    EXPECT_EQ(clock.impl().last_timer(), as_clock().now() + 1s);
    advance(std::chrono::nanoseconds::max());
    EXPECT_EQ(events, names{"soon"});
    advance(std::chrono::nanoseconds::max());
    EXPECT_GE(http::clock::time_point::max() - as_clock().now(), 24h * 365) << "there is room for time-outs";
    EXPECT_EQ(events, names{"soon"});
}

TEST_F(manual_clock_test, settles_and_takes_orders_without_a_client)
{
    clock.settle();
    clock.auto_advance(true);
    EXPECT_EQ(clock.elapsed(), 0s);
}

} // namespace
} // namespace serval
