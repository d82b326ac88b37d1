#include <serval/generator.hpp>
#include <serval/sleep.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace serval {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Runs a coroutine to its end; rethrows.
void run(task<void> work)
{
    asio::io_context context;
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) { thrown = error; });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
}

template <class T>
task<std::vector<T>> collect(generator<T> from)
{
    std::vector<T> all;
    for (;;) {
        std::optional<T> next = co_await from.next();
        if (!next) break;
        all.push_back(std::move(*next));
    }
    co_return all;
}

template <class T>
task<void> collect_into(std::vector<T>* all, generator<T> from)
{
    std::vector<T> got = co_await collect(std::move(from));
    *all = std::move(got);
}

template <class T>
std::vector<T> all_of(generator<T> from)
{
    std::vector<T> all;
    run(collect_into(&all, std::move(from)));
    return all;
}

generator<int> count(int n)
{
    for (int i = 0; i < n; ++i)
        co_yield std::move(i);
}

task<std::string> slow_word(std::string word)
{
    co_await sleep_for(1ms);
    co_return word;
}

generator<std::string> words()
{
    std::string const first = co_await slow_word("one");
    co_yield first;
    co_yield "two";
    std::string third = co_await slow_word("three");
    co_yield std::move(third);
    co_await sleep_for(1ms);
}

TEST(generator, gives_what_is_yielded_in_order)
{
    EXPECT_EQ(all_of(count(4)), (std::vector{0, 1, 2, 3}));
    EXPECT_EQ(all_of(count(0)), std::vector<int>{});
}

TEST(generator, awaits_tasks_between_its_values)
{
    EXPECT_EQ(all_of(words()), (std::vector<std::string>{"one", "two", "three"}));
}

generator<std::string> yields_a_variable_again_and_again()
{
    std::string text;
    for (int i = 0; i < 3; ++i) {
        text += 'x';
        co_yield text;
    }
}

TEST(generator, copies_a_variable_that_is_yielded)
{
    EXPECT_EQ(all_of(yields_a_variable_again_and_again()), (std::vector<std::string>{"x", "xx", "xxx"}));
}

generator<std::unique_ptr<int>> movable_only()
{
    co_yield std::make_unique<int>(7);
}

TEST(generator, yields_what_can_only_be_moved)
{
    auto const got = all_of(movable_only());
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(*got[0], 7);
}

generator<int> fails_after(int n)
{
    for (int i = 0; i < n; ++i)
        co_yield std::move(i);
    throw std::runtime_error("no more");
}

task<void> read_until_it_fails(std::vector<int>* seen)
{
    auto failing = fails_after(2);
    seen->push_back(*co_await failing.next());
    seen->push_back(*co_await failing.next());
    bool thrown = false;
    try {
        co_await failing.next();
    } catch (std::runtime_error const&) {
        thrown = true;
    }
    EXPECT_TRUE(thrown);
    std::optional<int> const after = co_await failing.next();
    EXPECT_EQ(after, std::nullopt) << "it has ended";
}

TEST(generator, passes_exceptions_to_whoever_asks_and_has_then_ended)
{
    std::vector<int> seen;
    run(read_until_it_fails(&seen));
    EXPECT_EQ(seen, (std::vector{0, 1}));
}

task<int> fails_slowly()
{
    co_await sleep_for(1ms);
    throw std::runtime_error("the task failed");
}

generator<std::string> catches_what_it_awaits()
{
    std::string caught;
    try {
        co_await fails_slowly();
    } catch (std::runtime_error const& error) {
        caught = error.what();
    }
    co_yield std::move(caught);
}

TEST(generator, may_catch_what_a_task_throws)
{
    EXPECT_EQ(all_of(catches_what_it_awaits()), std::vector<std::string>{"the task failed"});
}

generator<int> holds(std::shared_ptr<int> held)
{
    for (;;)
        co_yield int(*held);
}

task<void> read_one(generator<int> from)
{
    std::optional<int> const one = co_await from.next();
    EXPECT_EQ(one, 5);
}

TEST(generator, destroys_its_locals_when_it_is_dropped)
{
    auto const held = std::make_shared<int>(5);
    {
        auto const never_begun = holds(held);
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1);
    run(read_one(holds(held)));
    EXPECT_EQ(held.use_count(), 1);
}

generator<bool> compares_executors(asio::io_context* expected)
{
    auto const executor = co_await asio::this_coro::executor;
    co_yield &executor.context() == expected;
}

task<void> expect_own_executor(asio::io_context* context)
{
    auto comparing = compares_executors(context);
    std::optional<bool> const same = co_await comparing.next();
    EXPECT_EQ(same, true);
}

TEST(generator, knows_the_executor_that_it_runs_on)
{
    asio::io_context context;
    bool ended = false;
    asio::co_spawn(context, expect_own_executor(&context), [&](std::exception_ptr) { ended = true; });
    context.run();
    EXPECT_TRUE(ended);
}

} // namespace
} // namespace serval
