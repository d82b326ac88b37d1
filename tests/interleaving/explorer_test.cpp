#include "interleaving/explored_sync.hpp"
#include "interleaving/explorer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>

namespace serval::explored {
namespace {

constexpr limits everything{.preemptions = limits::unlimited, .random = 0};

// Both steps of two threads, in the order in which they came.
std::set<std::string> orders_with(std::size_t preemptions)
{
    std::set<std::string> orders;
    auto const found = search({.preemptions = preemptions, .random = 0}, [&orders] {
        std::string order;
        auto const steps = [&order](char name) {
            for (int i = 0; i != 2; ++i) {
                step();
                order += name;
            }
        };
        thread a{[&] { steps('a'); }};
        thread b{[&] { steps('b'); }};
        a.join();
        b.join();
        orders.insert(order);
    });
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(found.complete);
    return orders;
}

TEST(explorer, runs_two_threads_of_two_steps_in_every_order)
{
    EXPECT_EQ(orders_with(limits::unlimited),
              (std::set<std::string>{"aabb", "abab", "abba", "baab", "baba", "bbaa"}));
}

TEST(explorer, stops_no_thread_more_often_than_it_is_told)
{
    EXPECT_EQ(orders_with(0), (std::set<std::string>{"aabb", "bbaa"}));
    EXPECT_EQ(orders_with(1), (std::set<std::string>{"aabb", "abba", "baab", "bbaa"}));
}

TEST(explorer, runs_every_schedule_once)
{
    // Two threads of one step each and their end; what starts them does nothing in between but wait.
    std::set<std::string> seen;
    auto const found = search(everything, [&seen] {
        std::string order;
        thread a{[&] { order += 'a'; }};
        order += 's';
        thread b{[&] { order += 'b'; }};
        order += 'j';
        a.join();
        b.join();
        seen.insert(order);
    });
    EXPECT_EQ(seen, (std::set<std::string>{"asbj", "asjb", "sabj", "sajb", "sbaj", "sbja", "sjab", "sjba"}));
    EXPECT_TRUE(found.complete);
}

TEST(explorer, finds_a_wake_up_that_is_lost)
{
    auto const found = search({}, [] {
        mutex m;
        condition_variable ready;
        atomic<bool> set{false};
        thread setter{[&] {
            set = true; // without the lock: it may come between the look and the wait
            ready.notify_one();
        }};
        {
            std::unique_lock lock{m};
            if (!set) ready.wait(lock);
        }
        setter.join();
    });
    EXPECT_EQ(found.failure, "all wait: main waits for a condition");
    EXPECT_NE(found.steps.find("main: is about to wait #"), std::string::npos) << found.steps;
}

TEST(explorer, finds_nothing_where_the_wake_up_comes_with_the_lock)
{
    auto const found = search(everything, [] {
        mutex m;
        condition_variable ready;
        bool set = false;
        thread setter{[&] {
            std::lock_guard const lock{m};
            set = true;
            ready.notify_one();
        }};
        {
            std::unique_lock lock{m};
            ready.wait(lock, [&set] { return set; });
        }
        setter.join();
    });
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(found.complete);
    EXPECT_GT(found.schedules, 10U);
}

TEST(explorer, finds_locks_that_are_taken_in_two_orders)
{
    auto const found = search({.preemptions = 1}, [] {
        mutex first;
        mutex second;
        thread other{[&] {
            std::lock_guard const outer{second};
            std::lock_guard const inner{first};
        }};
        {
            std::lock_guard const outer{first};
            std::lock_guard const inner{second};
        }
        other.join();
    });
    EXPECT_EQ(found.failure, "all wait: main waits for a mutex, thread 2 waits for a mutex");
}

TEST(explorer, finds_an_update_that_is_lost)
{
    auto const found = search({.preemptions = 1}, [] {
        atomic<int> count{0};
        auto const add = [&count] { count = count + 1; };
        thread other{add};
        add();
        other.join();
        check(count == 2, "an update is lost");
    });
    EXPECT_EQ(found.failure, "an update is lost");
}

TEST(explorer, finds_a_mutex_that_is_used_after_its_end)
{
    auto const found = search({}, [] {
        std::optional<mutex> m{std::in_place};
        thread other{[&in_it = *m] { std::lock_guard const lock{in_it}; }};
        step();
        m.reset();
        other.join();
    });
    EXPECT_EQ(found.failure, "a mutex, a condition or an atomic is used after its end");
}

TEST(explorer, finds_a_loop_that_never_ends)
{
    auto const found = search({}, [] {
        atomic<bool> never{false};
        while (!never) {
        }
    });
    EXPECT_EQ(found.failure, "it does not end: main can go on");
}

TEST(explorer, wakes_an_idle_loop_only_when_another_thread_has_made_a_step)
{
    auto const found = search(everything, [] {
        atomic<bool> done{false};
        int looks = 0;
        thread loop{[&] {
            while (!done) {
                ++looks;
                idle();
            }
        }};
        done = true;
        loop.join();
        check(looks <= 4, "it looks again and again");
    });
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(found.complete);
}

TEST(explorer, lets_a_wait_with_a_limit_end_in_both_ways)
{
    std::set<bool> ended_in_time;
    auto const found = search({}, [&ended_in_time] {
        mutex m;
        condition_variable ready;
        bool set = false;
        thread setter{[&] {
            std::lock_guard const lock{m};
            set = true;
            ready.notify_all();
        }};
        {
            std::unique_lock lock{m};
            ended_in_time.insert(ready.wait_for(lock, std::chrono::hours{1}, [&set] { return set; }));
        }
        setter.join();
    });
    EXPECT_EQ(found.failure, "");
    EXPECT_EQ(ended_in_time.size(), 2U);
}

TEST(explorer, tries_every_thread_that_notify_one_may_wake)
{
    std::set<int> woken;
    auto const found = search({.preemptions = 0, .random = 0}, [&woken] {
        mutex m;
        condition_variable wake;
        int tokens = 0;
        int first = 0;
        auto const waiter = [&](int number) {
            std::unique_lock lock{m};
            wake.wait(lock, [&tokens] { return tokens != 0; });
            --tokens;
            if (first == 0) first = number;
        };
        thread one{[&] { waiter(1); }};
        thread two{[&] { waiter(2); }};
        for (int i = 0; i != 2; ++i) {
            std::lock_guard const lock{m};
            ++tokens;
            wake.notify_one();
        }
        one.join();
        two.join();
        woken.insert(first);
    });
    EXPECT_EQ(found.failure, "");
    EXPECT_EQ(woken, (std::set<int>{1, 2}));
}

TEST(explorer, reports_what_leaves_a_thread)
{
    auto const found = search({}, [] {
        thread failing{[] { throw std::runtime_error{"oops"}; }};
        failing.join();
    });
    EXPECT_EQ(found.failure, "an exception has left a thread: oops");
}

TEST(explorer, gives_no_more_threads_than_it_is_told)
{
    auto const found = search({.threads = 1}, [] {
        bool refused = false;
        try {
            thread other{[] {}};
            other.join();
        } catch (std::system_error const&) {
            refused = true;
        }
        check(refused, "there is a thread too many");
    });
    EXPECT_EQ(found.failure, "");
}

TEST(explorer, finds_more_at_random_than_within_few_preemptions)
{
    auto const body = [] {
        atomic<int> turns{0};
        thread other{[&turns] {
            for (int i = 0; i != 3; ++i) {
                if (turns == 2 * i + 1) ++turns;
            }
        }};
        for (int i = 0; i != 3; ++i) {
            if (turns == 2 * i) ++turns;
        }
        other.join();
        check(turns != 6, "all turns came");
    };
    EXPECT_EQ(search({.preemptions = 1, .random = 0}, body).failure, "");
    EXPECT_EQ(search({.preemptions = 1, .random = 5000}, body).failure, "all turns came");
}

TEST(explorer, prints_a_schedule_that_repeats_the_failure)
{
    auto const body = [] {
        atomic<int> count{0};
        auto const add = [&count] { count = count + 1; };
        thread other{add};
        add();
        other.join();
        check(count == 2, "an update is lost");
    };
    auto const found = search({}, body);
    auto const again = replay({}, body, found.schedule);
    EXPECT_EQ(again.failure, "an update is lost");
    EXPECT_EQ(again.schedule, found.schedule);
    EXPECT_EQ(again.steps, found.steps);
    EXPECT_EQ(replay({}, body, "0=0").failure, "");
    EXPECT_THROW(replay({}, body, "nonsense"), std::invalid_argument);
}

TEST(explorer, notices_code_that_does_not_depend_on_the_schedule_alone)
{
    int runs = 0;
    auto const found = search({}, [&runs] {
        bool const more = ++runs > 1;
        thread other{[] { step(); }};
        if (more) step();
        thread another{[] { step(); }};
        other.join();
        another.join();
    });
    EXPECT_NE(found.failure.find("something but the schedule differs"), std::string::npos) << found.failure;
}

} // namespace
} // namespace serval::explored
