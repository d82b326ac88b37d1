// A loop's tasks when things end in unusual orders: given up before they begin, or destroyed with their loop.
#include "server/loop.hpp"
#include "server/task_batch.hpp"
#include "server/task_intake.hpp"
#include "server/task_registry.hpp"
#include "support/running_server.hpp"

#include <serval/sleep.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

class task_batch_test : public testing::Test {
protected:
    task_batch_test()
    {
        on = std::make_shared<loop>(*context, shared);
        on->attach();
        intake.add(*on);
        intake.open();
    }

    serval::settings options() const
    {
        serval::settings made;
        made.log = log;
        made.pool_threads = 1;
        return made;
    }

    template <class F, class... A>
    void start(F function, A... arguments)
    {
        auto made = std::make_unique<handler::background_task>(
            detail::make_background_call(std::move(function), std::move(arguments)...), task_options{}, 0);
        ASSERT_TRUE(intake.run(made));
    }

    std::shared_ptr<test::recording_log> log = std::make_shared<test::recording_log>();
    std::shared_ptr<environment> shared = std::make_shared<environment>(options(), nullptr);
    std::shared_ptr<handler::task_account> account = shared->tasks;
    task_intake intake{account};
    std::optional<boost::asio::io_context> context{std::in_place, 1};
    std::shared_ptr<loop> on;
    std::shared_ptr<int> held = std::make_shared<int>(1);
};

task<void> sleep_with(std::shared_ptr<int>)
{
    co_await sleep_for(1h);
}

TEST_F(task_batch_test, gives_up_a_task_that_has_not_begun)
{
    start(sleep_with, held);
    context->poll_one(); // launched, and not begun
    EXPECT_EQ(account->now().unfinished(), 1u);
    on->tasks().give_up();
    context->run();
    EXPECT_EQ(account->now().unfinished(), 0u);
    EXPECT_EQ(account->now().given_up, 1u);
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(log->count("Background task #1 of the application was given up"), 1u);
}

TEST_F(task_batch_test, gives_up_a_task_that_comes_too_late)
{
    on->tasks().give_up();
    start(sleep_with, held);
    context->run();
    EXPECT_EQ(account->now().given_up, 1u);
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(task_batch_test, releases_a_task_whose_context_is_destroyed)
{
    start(sleep_with, held);
    context->poll();
    EXPECT_EQ(account->now().running, 1u);
    on.reset();
    context.reset();
    EXPECT_EQ(account->now().unfinished(), 0u);
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(task_batch_test, releases_a_task_that_waits_to_be_launched_when_its_context_is_destroyed)
{
    start(sleep_with, held);
    on.reset();
    context.reset();
    EXPECT_EQ(account->now().unfinished(), 0u);
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(task_batch_test, starts_no_task_on_a_context_whose_loop_has_gone)
{
    start(sleep_with, held);
    on.reset();
    context->run();
    EXPECT_EQ(account->now().given_up, 1u);
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(task_batch_test, lets_a_task_end_on_a_context_whose_loop_has_gone)
{
    start([](std::shared_ptr<int>) -> task<void> { co_await sleep_for(1ms); }, held);
    context->poll();
    on.reset();
    context->run();
    EXPECT_EQ(account->now().done, 1u);
    EXPECT_EQ(held.use_count(), 1);
}

} // namespace
} // namespace serval::server_impl
