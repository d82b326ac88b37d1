#include "http/loop_services.hpp"

#include <serval/sleep.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace serval {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class recording_clock final : public http::clock {
public:
    time_point now() const noexcept override { return time_point{1000s}; }
    task<void> wait_until(time_point when) override
    {
        waited_until = when;
        co_return;
    }

    std::optional<time_point> waited_until;
};

class sleep_for_test : public testing::Test {
protected:
    template <class Duration>
    bool start(Duration duration, asio::cancellation_slot slot = {})
    {
        asio::co_spawn(context_, sleep_for(duration),
                       asio::bind_cancellation_slot(slot, [this](std::exception_ptr error) {
                           ended_ = true;
                           error_ = error;
                       }));
        context_.poll();
        context_.restart();
        return ended_;
    }

    asio::io_context context_;
    bool ended_ = false;
    std::exception_ptr error_;
};

TEST_F(sleep_for_test, goes_by_the_clock_of_its_loop)
{
    recording_clock clock;
    asio::make_service<http::loop_services>(context_).clock = &clock;
    EXPECT_TRUE(start(90min));
    EXPECT_EQ(clock.waited_until, http::clock::time_point{1000s + 90min});
}

TEST_F(sleep_for_test, takes_what_the_clock_cannot_hold_for_its_end)
{
    constexpr auto never = http::clock::time_point::max();
    recording_clock clock;
    asio::make_service<http::loop_services>(context_).clock = &clock;
    EXPECT_TRUE(start(std::chrono::nanoseconds::max()));
    EXPECT_EQ(clock.waited_until, never);
    EXPECT_TRUE(start(std::chrono::seconds::max()));
    EXPECT_EQ(clock.waited_until, never);
    EXPECT_TRUE(start(std::chrono::hours::max()));
    EXPECT_EQ(clock.waited_until, never);
    EXPECT_TRUE(start(9223372036s));
    EXPECT_EQ(clock.waited_until, never) << "beyond the clock's end, though not beyond the duration's";
    clock.waited_until.reset();
    EXPECT_TRUE(start(std::chrono::hours::min())) << "as any time that has passed";
    EXPECT_EQ(clock.waited_until, std::nullopt);
    EXPECT_TRUE(start(std::chrono::years{200}));
    EXPECT_EQ(clock.waited_until, http::clock::time_point{1000s} + std::chrono::years{200});
}

TEST_F(sleep_for_test, does_not_wait_for_zero_or_less)
{
    recording_clock clock;
    asio::make_service<http::loop_services>(context_).clock = &clock;
    EXPECT_TRUE(start(0ns));
    ended_ = false;
    EXPECT_TRUE(start(-1h));
    EXPECT_FALSE(clock.waited_until);
    EXPECT_FALSE(error_);
}

TEST_F(sleep_for_test, ends_no_later_than_time_itself)
{
    recording_clock clock;
    asio::make_service<http::loop_services>(context_).clock = &clock;
    EXPECT_TRUE(start(std::chrono::nanoseconds::max()));
    EXPECT_EQ(clock.waited_until, http::clock::time_point::max());
}

TEST_F(sleep_for_test, goes_by_the_real_clock_elsewhere)
{
    auto const begin = std::chrono::steady_clock::now();
    start(5ms);
    context_.run();
    EXPECT_TRUE(ended_);
    EXPECT_FALSE(error_);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
}

TEST_F(sleep_for_test, ends_with_operation_aborted_when_cancelled)
{
    for (auto const duration : {std::chrono::nanoseconds{1h}, std::chrono::nanoseconds::max()}) {
        asio::cancellation_signal signal;
        ended_ = false;
        EXPECT_FALSE(start(duration, signal.slot()));
        signal.emit(asio::cancellation_type::terminal);
        context_.run();
        context_.restart();
        ASSERT_TRUE(ended_);
        ASSERT_TRUE(error_);
        try {
            std::rethrow_exception(error_);
        } catch (boost::system::system_error const& e) {
            EXPECT_EQ(e.code(), asio::error::operation_aborted);
        }
    }
}

TEST(system_clock, is_monotonic_and_does_not_wait_for_the_past)
{
    http::system_clock clock;
    auto const before = clock.now();
    EXPECT_GE(clock.now(), before);
    asio::io_context context;
    bool ended = false;
    asio::co_spawn(context, clock.wait_until(before - 1h), [&](std::exception_ptr e) { ended = !e; });
    context.run();
    EXPECT_TRUE(ended);
}

} // namespace
} // namespace serval
