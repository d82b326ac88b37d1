// Whose turn it is when several want more of a loop than a turn has.
#include "server/turn_budget.hpp"
#include "support/allocation_count.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

namespace serval::server_impl {
namespace {

class turn_budget_test : public testing::Test {
protected:
    /// Spends `cost` at a time, for as long as it may.
    task<void> work(char name, std::int64_t cost)
    {
        while (!over_) {
            if (budget().spent()) co_await budget().next_turn();
            order_ += name;
            budget().spend(cost);
        }
    }
    task<void> wait_once(char name)
    {
        co_await budget().next_turn();
        order_ += name;
    }
    task<void> wait_and_spend(char name, std::int64_t cost)
    {
        co_await budget().next_turn();
        order_ += name;
        budget().spend(cost);
    }
    /// B waits behind so many who each spend a turn, and is cancelled; C behind B goes on.
    void cancel_one_behind(std::size_t before)
    {
        budget().spend(turn_budget::a_turn);
        boost::asio::cancellation_signal cancel;
        for (std::size_t i = 0; i != before; ++i)
            spawn(wait_and_spend('l', turn_budget::a_turn));
        boost::asio::co_spawn(context_, wait_once('B'),
                              boost::asio::bind_cancellation_slot(cancel.slot(), boost::asio::detached));
        spawn(wait_once('C'));
        run(static_cast<int>(before) + 2); // all of them wait
        cancel.emit(boost::asio::cancellation_type::terminal);
        run(500);
        EXPECT_EQ(count('l'), before);
        EXPECT_EQ(count('B'), 0U);
        EXPECT_EQ(count('C'), 1U);
    }
    void spawn(task<void> what) { boost::asio::co_spawn(context_, std::move(what), boost::asio::detached); }
    std::size_t count(char name) const
    {
        return static_cast<std::size_t>(std::count(order_.begin(), order_.end(), name));
    }
    void run(int steps)
    {
        context_.restart();
        for (int i = 0; i != steps; ++i)
            context_.poll_one();
    }
    turn_budget& budget() { return budget_; }

    boost::asio::io_context context_{1};
    turn_budget budget_{context_};
    std::string order_;
    bool over_ = false;
};

TEST_F(turn_budget_test, gives_who_spends_all_no_more_than_the_others)
{
    spawn(work('A', turn_budget::a_turn));
    spawn(work('B', turn_budget::a_turn));
    spawn(work('t', 2)); // as the tick, which has many to look at
    run(1000);
    over_ = true;
    EXPECT_GT(count('A'), 50U);
    EXPECT_NEAR(static_cast<double>(count('A')), static_cast<double>(count('B')), 3);
    EXPECT_NE(order_.find(std::string(turn_budget::a_turn / 2, 't')), std::string::npos)
        << "no turn of its own: " << count('t');
    EXPECT_GE(count('t') / (turn_budget::a_turn / 2) + 2, count('A'));
    run(10);
}

TEST_F(turn_budget_test, goes_in_the_order_of_the_calls)
{
    budget().spend(turn_budget::a_turn);
    for (char const name : {'1', '2', '3', '4'})
        spawn(wait_once(name));
    run(20);
    EXPECT_EQ(order_, "1234");
    EXPECT_EQ(budget().turns(), 1U) << "all that wait have their share of one turn";
}

TEST_F(turn_budget_test, costs_a_crowd_that_waits_nothing)
{
    constexpr std::size_t crowd = 2000;
    budget().spend(turn_budget::a_turn);
    for (std::size_t i = 0; i != crowd; ++i)
        spawn(wait_and_spend('w', turn_budget::ending));
    context_.restart();
    std::size_t steps = 0;
    while (context_.poll_one() != 0)
        ++steps;
    EXPECT_EQ(count('w'), crowd);
    EXPECT_GE(budget().turns(), crowd * turn_budget::ending / turn_budget::a_turn - 1);
    EXPECT_LT(steps, crowd * 6) << "each that waits looked at each of " << budget().turns() << " turns";
}

TEST_F(turn_budget_test, waits_for_nobody_who_was_cancelled)
{
    cancel_one_behind(2);
}

TEST_F(turn_budget_test, wakes_the_next_when_one_that_sleeps_was_cancelled)
{
    cancel_one_behind(16); // who look at each turn
}

TEST_F(turn_budget_test, waits_for_nobody_whose_coroutine_was_destroyed)
{
    std::size_t lost = 0;
    for (int n = 0; n != 40; ++n) { // an operation without memory destroys the coroutine that waits for it
        order_.clear();
        budget().spend(turn_budget::a_turn);
        test::fail_one_allocation_after(n);
        for (char const name : {'1', '2', '3'}) {
            try {
                spawn(wait_once(name));
            } catch (std::bad_alloc const&) {
            }
        }
        context_.restart();
        for (int i = 0; i != 20; ++i) {
            try {
                context_.poll_one();
            } catch (std::bad_alloc const&) {
            }
        }
        test::allow_allocations();
        run(50);
        EXPECT_GE(order_.size(), 2U) << n;
        lost += 3 - order_.size();
    }
    EXPECT_GT(lost, 0U);
}

} // namespace
} // namespace serval::server_impl
