// The tick of a loop: it runs exactly as long as something needs it, in whatever order that comes and goes.
#include "handler/task_account.hpp"
#include "server/loop.hpp"
#include "server/memory_transport.hpp"
#include "server/task_intake.hpp"
#include "server/task_registry.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/sleep.hpp>
#include <serval/testing/manual_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

class loop_tick : public testing::Test {
protected:
    loop_tick()
    {
        on_->attach();
        intake_.add(*on_);
        intake_.open();
    }
    ~loop_tick() override
    {
        on_->stop_ticking();
        context_.poll();
    }

    settings options() const
    {
        settings made;
        made.log = log_;
        return made;
    }

    void add_task(task_options with, task<void> (*function)())
    {
        auto made = std::make_unique<handler::background_task>(detail::make_background_call(function),
                                                               std::move(with), 0);
        ASSERT_TRUE(intake_.run(made));
        run();
    }
    memory_client connect()
    {
        auto made = make_memory_stream(context_.get_executor(), client_address{"a", 1});
        on_->serve(std::move(made.server));
        run();
        return std::move(made.client);
    }
    void run()
    {
        context_.restart();
        context_.poll();
    }
    void pass(std::chrono::milliseconds duration)
    {
        for (auto left = duration; left > 0ms; left -= 50ms) {
            clock_.advance(50ms);
            run();
        }
    }
    std::size_t tasks() const { return account_->now().unfinished(); }

    std::shared_ptr<test::recording_log> log_ = std::make_shared<test::recording_log>();
    manual_clock clock_;
    boost::asio::io_context context_{1};
    std::shared_ptr<environment> shared_ = std::make_shared<environment>(options(), nullptr);
    std::shared_ptr<handler::task_account> account_ = shared_->tasks;
    std::shared_ptr<loop> on_ = std::make_shared<loop>(context_, shared_, &clock_.impl());
    task_intake intake_{account_};
};

task<void> sleep_an_hour()
{
    co_await sleep_for(1h);
}

task<void> end_at_once()
{
    co_return;
}

task<void> fail_at_once()
{
    throw std::runtime_error("always");
    co_return;
}

TEST_F(loop_tick, stands_while_nothing_needs_it)
{
    EXPECT_FALSE(on_->ticking());
    pass(1s);
    EXPECT_FALSE(on_->ticking());
}

TEST_F(loop_tick, begins_with_a_limited_task_though_no_connection_is_open)
{
    add_task(task_options{}.time_limit(2s), sleep_an_hour);
    EXPECT_TRUE(on_->ticking());
    pass(3s);
    EXPECT_EQ(tasks(), 0U);
    EXPECT_TRUE(log_->contains("took longer than 2000 ms")) << log_->all();
    pass(1s);
    EXPECT_FALSE(on_->ticking());
}

TEST_F(loop_tick, begins_anew_with_each_attempt_of_a_limited_task)
{
    add_task(task_options{}.time_limit(2s).retries(2, 5s), sleep_an_hour);
    pass(8s); // the first attempt is over, and the tick with it; the second has begun
    EXPECT_EQ(log_->count("took longer than 2000 ms"), 1U);
    EXPECT_TRUE(on_->ticking());
    pass(30s);
    EXPECT_EQ(tasks(), 0U);
    EXPECT_EQ(log_->count("took longer than 2000 ms"), 3U) << log_->all();
}

TEST_F(loop_tick, is_not_left_on_by_a_limited_task_that_ends_at_once)
{
    add_task(task_options{}.time_limit(2s), end_at_once);
    pass(1s);
    EXPECT_FALSE(on_->ticking());
    add_task(task_options{}.time_limit(2s), sleep_an_hour);
    pass(3s);
    EXPECT_EQ(tasks(), 0U);
}

TEST_F(loop_tick, outlives_a_connection_that_goes_while_a_limited_task_runs)
{
    auto client = connect();
    add_task(task_options{}.time_limit(2s), sleep_an_hour);
    client.close();
    pass(1s);
    EXPECT_EQ(on_->connection_count(), 0U);
    EXPECT_TRUE(on_->ticking());
    pass(2s);
    EXPECT_EQ(tasks(), 0U);
}

TEST_F(loop_tick, outlives_a_limited_task_that_ends_while_a_connection_is_open)
{
    auto const client = connect();
    add_task(task_options{}.time_limit(1s), sleep_an_hour);
    pass(2s);
    EXPECT_EQ(tasks(), 0U);
    EXPECT_TRUE(on_->ticking());
    pass(80s); // the keep-alive time ends the connection
    EXPECT_EQ(on_->connection_count(), 0U);
    EXPECT_FALSE(on_->ticking());
}

TEST_F(loop_tick, begins_again_for_a_connection_that_comes_after_all_was_over)
{
    for (int round = 0; round != 3; ++round) {
        auto client = connect();
        EXPECT_TRUE(on_->ticking());
        client.close();
        pass(1s);
        EXPECT_FALSE(on_->ticking());
        add_task(task_options{}.time_limit(1s), sleep_an_hour);
        EXPECT_TRUE(on_->ticking());
        pass(2s);
        EXPECT_FALSE(on_->ticking());
    }
}

TEST_F(loop_tick, tells_the_first_limit_on_the_clock_though_its_own_time_has_stood_still)
{
    clock_.advance(1h); // nothing ticks, so little of it counts
    EXPECT_FALSE(on_->next_limit());
    add_task(task_options{}.time_limit(2s), sleep_an_hour);
    ASSERT_TRUE(on_->next_limit());
    auto const left = *on_->next_limit() - clock_.impl().now();
    EXPECT_GE(left, 2s);
    EXPECT_LE(left, 2500ms);
}

TEST_F(loop_tick, stops_when_told_and_for_good)
{
    auto const client = connect();
    on_->stop_ticking();
    run();
    EXPECT_FALSE(on_->ticking());
    add_task(task_options{}.time_limit(1s), sleep_an_hour);
    EXPECT_FALSE(on_->ticking());
}

TEST_F(loop_tick, keeps_the_date_field_moving_while_a_head_is_waited_for)
{
    auto client = connect();
    client.write("GET / HT");
    run();
    pass(15s); // limits::head_timeout is 10 s
    EXPECT_NE(client.read().find("408"), std::string::npos);
}

using loop_room = loop_tick;

TEST_F(loop_room, is_made_by_the_connection_that_has_been_idle_longest)
{
    EXPECT_EQ(on_->idle_since(), idle_list::nobody);
    auto const first = connect();
    pass(1s);
    auto const since = on_->idle_since();
    auto const second = connect();
    pass(1s);
    EXPECT_EQ(on_->idle_since(), since);
    EXPECT_TRUE(on_->ask_for_room());
    run();
    EXPECT_TRUE(first.at_end());
    EXPECT_FALSE(second.at_end());
    EXPECT_GT(on_->idle_since(), since);
    EXPECT_TRUE(on_->ask_for_room());
    run();
    EXPECT_TRUE(second.at_end());
    EXPECT_EQ(on_->connection_count(), 0U);
    EXPECT_EQ(on_->idle_since(), idle_list::nobody);
}

TEST_F(loop_room, is_not_made_by_who_was_at_work_a_moment_ago_or_has_begun_a_request)
{
    auto client = connect();
    on_->ask_for_room();
    run();
    EXPECT_FALSE(client.at_end()) << "it may be just about to ask for something";
    pass(1s);
    client.write("GET / HT");
    run();
    on_->ask_for_room();
    run();
    EXPECT_FALSE(client.at_end());
    EXPECT_EQ(on_->idle_since(), idle_list::nobody);
}

TEST_F(loop_room, is_not_made_by_whose_request_has_come_and_was_not_read_yet)
{
    auto client = connect();
    auto const other = connect();
    pass(1s);
    for (int i = 0; i != 2; ++i) {
        client.write("G"); // whichever of the two is first
        on_->ask_for_room();
    }
    run();
    EXPECT_FALSE(client.at_end());
    EXPECT_TRUE(other.at_end());
}

TEST_F(loop_room, is_asked_for_once_at_a_time)
{
    std::vector<memory_client> clients;
    for (int i = 0; i != 3; ++i)
        clients.push_back(connect());
    pass(1s);
    EXPECT_TRUE(on_->ask_for_room());
    EXPECT_FALSE(on_->ask_for_room()) << "the loop has not come to it yet";
    run();
    EXPECT_EQ(on_->connection_count(), 2U);
}

TEST_F(loop_tick, has_its_turn_beside_a_task_that_is_repeated_without_a_pause)
{
    auto made = std::make_unique<handler::background_task>(detail::make_background_call(fail_at_once),
                                                           task_options{}.retries(1'000'000, 0ms), 0);
    ASSERT_TRUE(intake_.run(made));
    int turns = 0;
    context_.restart();
    for (int i = 0; i != 1000 && turns != 10; ++i) {
        boost::asio::post(context_, [&turns] { ++turns; });
        context_.run_one();
        context_.run_one();
    }
    EXPECT_EQ(turns, 10);
    EXPECT_EQ(tasks(), 1U);
    boost::asio::post(context_, [this] { on_->tasks().give_up(); });
    for (int i = 0; i != 100 && tasks() != 0; ++i)
        context_.run_one();
    EXPECT_EQ(tasks(), 0U);
}

} // namespace
} // namespace serval::server_impl
