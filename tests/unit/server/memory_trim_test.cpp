#include "server/memory_trim.hpp"
#include "support/process_facts.hpp"
#include "support/raw_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mebibyte = 1024 * 1024;
constexpr std::size_t base_size = 20 * mebibyte;

class trim_policy_test : public testing::Test {
protected:
    bool look(std::size_t resident, std::size_t load)
    {
        now_ += 250ms;
        return policy_.look(now_, resident, load);
    }

    trim_policy::time_point now_{1h};
    trim_policy policy_;
};

TEST_F(trim_policy_test, trims_when_the_load_that_made_the_process_grow_is_gone)
{
    EXPECT_FALSE(look(base_size, 0));
    EXPECT_FALSE(look(500 * mebibyte, 100));
    EXPECT_FALSE(look(900 * mebibyte, 100));
    EXPECT_FALSE(look(900 * mebibyte, 7)) << "some of it goes on";
    EXPECT_TRUE(policy_.grown());
    EXPECT_TRUE(look(900 * mebibyte, 6));
}

TEST_F(trim_policy_test, trims_beside_a_few_only_however_many_there_were)
{
    look(base_size, 0);
    look(900 * mebibyte, 10'000);
    EXPECT_FALSE(look(900 * mebibyte, 17));
    EXPECT_TRUE(look(900 * mebibyte, 16));
}

TEST_F(trim_policy_test, trims_nothing_for_little)
{
    look(base_size, 0);
    look(base_size + trim_policy::worthwhile - 1, 100);
    EXPECT_FALSE(look(base_size + trim_policy::worthwhile - 1, 0));
    EXPECT_FALSE(policy_.grown());
    EXPECT_TRUE(look(base_size + trim_policy::worthwhile, 0));
}

TEST_F(trim_policy_test, trims_again_for_each_such_fall_until_there_is_no_load)
{
    look(base_size, 0);
    look(900 * mebibyte, 1000);
    EXPECT_TRUE(look(900 * mebibyte, 16));
    policy_.done(now_, 400 * mebibyte); // which the sixteen use
    now_ += 1h;
    EXPECT_FALSE(look(400 * mebibyte, 2));
    EXPECT_TRUE(look(400 * mebibyte, 1)) << "though nobody has looked since there were sixteen";
    policy_.done(now_, 200 * mebibyte);
    EXPECT_TRUE(policy_.grown());
    now_ += 1h;
    EXPECT_FALSE(look(200 * mebibyte, 1));
    EXPECT_TRUE(look(200 * mebibyte, 0)) << "what the last ones have left";
}

TEST_F(trim_policy_test, trims_again_only_when_the_process_has_grown_again)
{
    look(base_size, 0);
    look(900 * mebibyte, 100);
    EXPECT_TRUE(look(900 * mebibyte, 0));
    policy_.done(now_, 800 * mebibyte); // the application has kept them
    EXPECT_FALSE(policy_.grown());
    now_ += 1h;
    EXPECT_FALSE(look(800 * mebibyte, 100));
    EXPECT_FALSE(look(800 * mebibyte, 0));
    EXPECT_FALSE(look(863 * mebibyte, 0));
    EXPECT_TRUE(look(864 * mebibyte, 0));
}

TEST_F(trim_policy_test, waits_longer_after_each_that_has_given_little)
{
    look(base_size, 0);
    auto expected = trim_policy::shortest_pause;
    for (int i = 0; i != 8; ++i) { // always somebody at work, and a cache of the application's
        look(900 * mebibyte, 100);
        ASSERT_TRUE(look(900 * mebibyte, 1)) << i;
        policy_.done(now_, 899 * mebibyte);
        expected = std::min(2 * expected, trim_policy::longest_pause);
        auto const next = now_ + expected;
        look(900 * mebibyte, 100);
        now_ = next - 500ms;
        EXPECT_FALSE(look(900 * mebibyte, 1)) << i;
    }
    look(900 * mebibyte, 100);
    EXPECT_TRUE(look(900 * mebibyte, 1));
    policy_.done(now_, 100 * mebibyte);
    now_ += trim_policy::shortest_pause;
    look(900 * mebibyte, 100);
    EXPECT_TRUE(look(900 * mebibyte, 1)) << "as short as before after one that has given much";
}

TEST_F(trim_policy_test, counts_growth_from_the_least_that_was)
{
    look(500 * mebibyte, 0); // what the start took
    look(base_size, 0);
    look(base_size + 70 * mebibyte, 8);
    EXPECT_TRUE(look(base_size + 70 * mebibyte, 0));
}

TEST_F(trim_policy_test, leaves_a_pause_between_two)
{
    look(base_size, 0);
    look(900 * mebibyte, 100);
    EXPECT_TRUE(look(900 * mebibyte, 0));
    policy_.done(now_, base_size);
    auto const done = now_;
    while (now_ + 250ms < done + trim_policy::shortest_pause)
        EXPECT_FALSE(look(900 * mebibyte, 0));
    EXPECT_TRUE(policy_.grown()) << "somebody must go on looking";
    EXPECT_TRUE(look(900 * mebibyte, 0));
}

TEST(memory_trim, gives_back_what_a_load_has_left_behind)
{
    if (test::under_sanitizer()) GTEST_SKIP() << "another allocator";
    memory_trim trim{true};
    memory_trim::part one;
    memory_trim::part other;
    auto const before = test::resident_bytes();
    std::vector<std::string> kept; // between what is freed, which stays therefore, but for a trim
    {
        std::vector<std::string> freed;
        for (int i = 0; i != 2'000; ++i)
            (i % 40 == 39 ? kept : freed).emplace_back(100'000, 'x');
        trim.look(one, 10);
        trim.look(other, 10);
    }
    auto const left = test::resident_bytes();
    ASSERT_GT(left, before + 100 * mebibyte);
    EXPECT_TRUE(trim.pending());
    trim.look(one, 0);
    EXPECT_TRUE(trim.pending()) << "the other loop is at work";
    EXPECT_GT(test::resident_bytes(), before + 100 * mebibyte);
    trim.look(other, 0);
    EXPECT_TRUE(test::eventually([&] { return !trim.pending(); }));
    EXPECT_LT(test::resident_bytes(), before + 30 * mebibyte);
}

// Not the test's: what is left behind outlives it.
std::atomic<bool> trim_begun{false};
std::atomic<bool> trim_may_end{false};

TEST(memory_trim, is_not_waited_for_longer_than_its_end_may_take)
{
    trim_begun = trim_may_end = false;
    {
        memory_trim trim{true, []() noexcept {
                             trim_begun = true;
                             trim_begun.notify_one();
                             trim_may_end.wait(false);
                         }};
        memory_trim::part one;
        std::vector<std::string> const held(100, std::string(mebibyte, 'x'));
        trim.look(one, 100);
        trim.look(one, 0);
        trim_begun.wait(false);
        trim.stop(1ms);
        EXPECT_TRUE(trim.pending());
    } // it is left behind, and ends later
    trim_may_end = true;
    trim_may_end.notify_one();
}

TEST(memory_trim, does_nothing_unless_it_is_wanted)
{
    memory_trim trim{false};
    memory_trim::part one;
    std::vector<std::string> const held(200, std::string(mebibyte, 'x'));
    trim.look(one, 10);
    trim.look(one, 0);
    EXPECT_FALSE(trim.pending());
}

} // namespace
} // namespace serval::server_impl
