#include "base/byte_channel.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace serval::base {
namespace {

class counting_waker final : public channel_waker {
public:
    void wake() noexcept override { ++wakes; }
    int wakes = 0;
};

class byte_channel_test : public testing::Test {
protected:
    static std::string large(char c) { return std::string(byte_channel::enough, c); }

    counting_waker waker;
    byte_channel channel{waker};
};

TEST_F(byte_channel_test, keeps_a_large_piece_that_is_put_between_a_take_and_a_start)
{
    ASSERT_TRUE(channel.start());
    EXPECT_TRUE(channel.put("small"));
    EXPECT_EQ(channel.take().bytes, "small");
    auto const piece = large('a');
    EXPECT_FALSE(channel.put(piece)); // from here on the producer leaves
    channel.leave();
    EXPECT_FALSE(channel.start()); // what it offers must be taken first
    EXPECT_FALSE(channel.wait());
    EXPECT_EQ(channel.take().lent, piece);
    EXPECT_TRUE(channel.start());
}

TEST_F(byte_channel_test, gives_small_pieces_before_the_large_one_behind_them)
{
    ASSERT_TRUE(channel.start());
    auto const piece = large('b');
    channel.put("a");
    channel.put(piece);
    auto const got = channel.take();
    EXPECT_EQ(got.bytes + std::string{got.lent}, "a" + piece);
}

TEST_F(byte_channel_test, has_enough_when_its_small_pieces_make_a_large_one)
{
    ASSERT_TRUE(channel.start());
    EXPECT_TRUE(channel.put(std::string(byte_channel::enough - 1, 'a')));
    EXPECT_FALSE(channel.put("b"));
}

TEST_F(byte_channel_test, wakes_a_waiting_consumer_once_and_no_other)
{
    ASSERT_TRUE(channel.start());
    channel.put("unseen");
    EXPECT_EQ(waker.wakes, 0);
    channel.take();
    ASSERT_TRUE(channel.wait());
    channel.put("");
    EXPECT_EQ(waker.wakes, 0);
    channel.put("seen");
    channel.put("with it");
    channel.leave();
    EXPECT_EQ(waker.wakes, 1);
}

TEST_F(byte_channel_test, wakes_the_consumer_when_the_producer_rests_or_ends)
{
    ASSERT_TRUE(channel.start());
    ASSERT_TRUE(channel.wait());
    channel.leave();
    EXPECT_EQ(waker.wakes, 1);
    ASSERT_TRUE(channel.start());
    ASSERT_TRUE(channel.wait());
    channel.end(std::make_exception_ptr(std::runtime_error("broken")));
    channel.leave();
    EXPECT_EQ(waker.wakes, 2);
    auto const got = channel.take();
    EXPECT_TRUE(got.ended);
    EXPECT_THROW(std::rethrow_exception(got.error), std::runtime_error);
    EXPECT_FALSE(channel.start());
}

TEST_F(byte_channel_test, tells_a_producer_that_nothing_more_is_wanted)
{
    ASSERT_TRUE(channel.start());
    channel.stop();
    EXPECT_FALSE(channel.put("late"));
    ASSERT_TRUE(channel.wait_for_rest());
    channel.leave();
    EXPECT_EQ(waker.wakes, 1);
    EXPECT_FALSE(channel.wait_for_rest());
    EXPECT_FALSE(channel.start());
    channel.start_to_end();
    EXPECT_TRUE(channel.wait_for_rest());
}

} // namespace
} // namespace serval::base
