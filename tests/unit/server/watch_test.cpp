#include "server/watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

// A watch.

TEST(watch_test, has_no_deadline_at_first_and_is_never_over)
{
    watch const fresh;
    EXPECT_EQ(fresh.deadline(), 0);
    EXPECT_FALSE(fresh.is_over(0));
    EXPECT_FALSE(fresh.is_over(std::numeric_limits<watch::ticks>::max()));
}

TEST(watch_test, is_over_at_its_deadline_and_not_before)
{
    watch one;
    one.begin(100, 350);
    EXPECT_FALSE(one.is_over(100));
    EXPECT_FALSE(one.is_over(349));
    EXPECT_TRUE(one.is_over(350));
    EXPECT_TRUE(one.is_over(1'000'000));
}

TEST(watch_test, tells_since_when_it_waits)
{
    watch one;
    one.begin(100, 350);
    EXPECT_EQ(one.waited(100), 0);
    EXPECT_EQ(one.waited(175), 75);
}

TEST(watch_test, keeps_its_deadline_when_something_else_is_waited_for)
{
    watch one;
    one.begin(100, 350);
    one.restart(300);
    EXPECT_EQ(one.waited(310), 10);
    EXPECT_TRUE(one.is_over(350));
}

TEST(watch_test, takes_a_deadline_or_none_while_it_waits)
{
    watch one;
    one.begin(100, 350);
    one.until(500);
    EXPECT_EQ(one.waited(400), 300);
    EXPECT_FALSE(one.is_over(400));
    EXPECT_TRUE(one.is_over(500));
    one.until(0);
    EXPECT_FALSE(one.is_over(1'000'000));
}

// A pace: 100 bytes a second, judged each 2 s, so that a window of 2 001 ms needs 200.

limits slow_limits()
{
    limits made;
    made.minimum_rate = 100;
    made.rate_grace = 2s;
    return made;
}

class pace_test : public testing::Test {
protected:
    bool is_too_slow(pace::ticks now, std::uint64_t unsent = 0) { return one_.is_too_slow(now, by_, unsent); }

    limits by_ = slow_limits();
    pace one_;
};

TEST_F(pace_test, is_judged_only_when_the_window_is_over)
{
    one_.begin(1000, 0);
    EXPECT_FALSE(one_.is_due(3000, by_));
    EXPECT_FALSE(is_too_slow(3000));
    EXPECT_TRUE(one_.is_due(3001, by_));
    EXPECT_TRUE(is_too_slow(3001));
}

TEST_F(pace_test, needs_as_many_bytes_as_the_rate_asks_of_the_window_and_not_one_less)
{
    one_.begin(0, 0);
    one_.moved(100);
    one_.moved(100);
    EXPECT_FALSE(is_too_slow(2001));
    one_.begin(0, 0);
    one_.moved(199);
    EXPECT_TRUE(is_too_slow(2001));
}

TEST_F(pace_test, asks_for_more_of_a_window_that_is_judged_late)
{
    one_.begin(0, 0);
    one_.moved(200);
    EXPECT_TRUE(is_too_slow(2500));
    one_.begin(0, 0);
    one_.moved(250);
    EXPECT_FALSE(is_too_slow(2500));
}

TEST_F(pace_test, does_not_let_a_quick_start_buy_silence)
{
    one_.begin(0, 0);
    one_.moved(1'000'000);
    EXPECT_FALSE(is_too_slow(2001));
    EXPECT_FALSE(is_too_slow(4001)); // this window is not over yet
    EXPECT_TRUE(is_too_slow(4002));
}

TEST_F(pace_test, forgives_a_slow_window_to_whoever_is_not_ended_for_it)
{
    one_.begin(0, 0);
    EXPECT_TRUE(is_too_slow(2001));
    EXPECT_FALSE(is_too_slow(2002));
    one_.moved(200);
    EXPECT_FALSE(is_too_slow(4002));
}

TEST_F(pace_test, does_not_count_what_the_peer_has_not_acknowledged)
{
    one_.begin(0, 0);
    one_.moved(1'000'000);
    EXPECT_TRUE(is_too_slow(2001, 1'000'000));
}

TEST_F(pace_test, counts_what_was_acknowledged_of_bytes_written_before)
{
    one_.begin(0, 5000);
    EXPECT_FALSE(is_too_slow(2001, 4800));
    EXPECT_TRUE(is_too_slow(4002, 4601));  // from 4 800
    EXPECT_FALSE(is_too_slow(6003, 4400)); // each window begins with what is unsent then
}

TEST_F(pace_test, takes_a_queue_that_has_grown_by_itself_for_no_progress)
{
    one_.begin(0, 100);
    EXPECT_TRUE(is_too_slow(2001, 101));
}

TEST_F(pace_test, counts_only_the_waits_of_a_window_that_has_pauses)
{
    one_.resume(0);
    one_.pause(1500);
    one_.resume(100'000);
    EXPECT_FALSE(one_.is_due(100'500, by_));
    EXPECT_TRUE(one_.is_due(100'501, by_));
    one_.moved(200);
    EXPECT_FALSE(is_too_slow(100'501));
    one_.pause(100'601);
    one_.resume(200'000); // with 100 ms of the next window
    EXPECT_FALSE(one_.is_due(201'900, by_));
    EXPECT_TRUE(one_.is_due(201'901, by_));
}

TEST_F(pace_test, begins_anew_after_a_reset)
{
    one_.resume(0);
    one_.moved(1'000'000);
    one_.pause(2000);
    one_.reset();
    one_.resume(5000);
    EXPECT_FALSE(one_.is_due(7000, by_));
    EXPECT_TRUE(is_too_slow(7001));
}

TEST_F(pace_test, lets_everybody_be_as_slow_as_they_like_at_a_rate_of_0)
{
    by_.minimum_rate = 0;
    one_.begin(0, 0);
    EXPECT_FALSE(is_too_slow(1'000'000));
}

TEST_F(pace_test, does_not_wrap_at_the_greatest_rate)
{
    by_.minimum_rate = std::numeric_limits<std::size_t>::max();
    one_.begin(0, 0);
    one_.moved(1'000'000);
    EXPECT_TRUE(is_too_slow(2002)); // 2 002 times that rate would wrap
}

} // namespace
} // namespace serval::server_impl
