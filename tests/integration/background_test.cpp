// Background tasks of a real server: what clients see of them.
#include "integration/background_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::background_server;
using serval::test::eventually;
using serval::test::field;
using serval::test::get;
using serval::test::opened_at_exit;
using serval::test::running_server;
using serval::test::status_of;

TEST_F(background_server, serves_the_next_request_of_a_connection_while_a_task_runs)
{
    running_server one{app_};
    auto client = one.connect();
    EXPECT_EQ(status_of(client.ask(get("/sleep/1000"))), 200);
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
    EXPECT_EQ(ended_, 0);
    EXPECT_TRUE(eventually([&] { return ended_ == 1; }));
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
}

TEST_F(background_server, keeps_the_connection_of_a_request_whose_task_failed)
{
    app_.get("/fail", [this](serval::background_tasks& tasks) {
        tasks.add([]() -> serval::task<void> {
            throw std::runtime_error("broken");
            co_return;
        });
        tasks.add([this] { ++ended_; });
        return "";
    });
    running_server one{app_, settings()};
    auto client = one.connect();
    EXPECT_EQ(status_of(client.ask(get("/fail"))), 200);
    EXPECT_TRUE(eventually([&] { return ended_ == 1; }));
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
    EXPECT_EQ(log_->count("Background task #1 of GET /fail failed: broken"), 1U);
    auto const stats = one->stats().background;
    EXPECT_EQ(stats.failed, 1U);
    EXPECT_EQ(stats.done, 1U);
}

TEST_F(background_server, starts_the_tasks_of_pipelined_requests_when_their_answers_are_sent)
{
    running_server one{app_};
    auto client = one.connect();
    client.send(get("/sleep/100") + get("/alive") + get("/sleep/100") + get("/alive"));
    for (int i = 0; i != 4; ++i)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_TRUE(eventually([&] { return ended_ == 2; }));
}

TEST_F(background_server, sends_an_answer_with_tasks_before_a_pipelined_request_that_takes_long)
{
    app_.get("/long", []() -> serval::task<std::string> {
        co_await serval::sleep_for(1s);
        co_return "";
    });
    running_server one{app_};
    auto client = one.connect();
    client.send(get("/sleep/1") + get("/long"));
    EXPECT_TRUE(eventually([&] { return ended_ == 1; }, 900ms));
    EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(background_server, runs_the_tasks_of_a_client_that_left_in_the_middle_of_its_response)
{
    running_server one{app_};
    auto client = one.connect(4096);
    client.send(get("/large"));
    client.read_until("\r\n\r\n");
    EXPECT_EQ(ended_, 0); // the kernel cannot have taken 64 MiB
    client.reset();
    EXPECT_TRUE(eventually([&] { return ended_ == 1; }));
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }));
}

TEST_F(background_server, starts_tasks_only_when_a_slow_client_has_read_the_response)
{
    running_server one{app_};
    auto client = one.connect(4096);
    client.send(get("/large", "Connection: close\r\n"));
    client.read_until("\r\n\r\n");
    EXPECT_EQ(one->stats().background.queued + one->stats().background.running + one->stats().background.done,
              0U);
    client.wait_for_end();
    EXPECT_TRUE(eventually([&] { return ended_ == 1; }));
}

TEST_F(background_server, runs_tasks_of_a_connection_that_closes)
{
    running_server one{app_};
    auto client = one.connect();
    EXPECT_EQ(status_of(client.ask(get("/sleep/1", "Connection: close\r\n"))), 200);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return ended_ == 1; }));
}

TEST_F(background_server, makes_a_connection_wait_for_its_tasks_beyond_the_bound)
{
    auto options = settings();
    options.limits.background_tasks = 1;
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    auto within = one.connect();
    EXPECT_EQ(status_of(within.ask(get("/hold"))), 200);
    EXPECT_EQ(status_of(within.ask(get("/alive"))), 200);
    auto beyond = one.connect();
    EXPECT_EQ(status_of(beyond.ask(get("/hold"))), 200);
    beyond.send(get("/alive"));
    EXPECT_TRUE(beyond.silent(200ms));
    EXPECT_EQ(one->stats().background.queued + one->stats().background.running, 2U);
    gate_.open();
    EXPECT_EQ(status_of(beyond.read_answer()), 200);
    EXPECT_TRUE(eventually([&] { return ended_ == 2; })); // the first one is not waited for
    EXPECT_TRUE(no_tasks(one));
}

TEST_F(background_server, keeps_a_connection_that_closes_open_for_its_tasks_beyond_the_bound)
{
    auto options = settings();
    options.limits.background_tasks = 0;
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    auto client = one.connect();
    EXPECT_EQ(status_of(client.ask(get("/hold", "Connection: close\r\n"))), 200);
    EXPECT_TRUE(client.silent(100ms));
    gate_.open();
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(ended_, 1);
}

TEST_F(background_server, refuses_tasks_beyond_the_bound_where_that_is_the_policy)
{
    auto options = settings();
    options.limits.background_tasks = 1;
    options.limits.background_overflow = serval::background_overflow::refuse;
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    auto client = one.connect();
    EXPECT_EQ(status_of(client.ask(get("/hold"))), 200);
    auto const refused = client.ask(get("/hold"));
    ASSERT_TRUE(refused) << client.problem();
    EXPECT_EQ(refused->status, 503);
    EXPECT_EQ(field(*refused, "retry-after"), "1");
    gate_.open();
    EXPECT_TRUE(no_tasks(one));
    EXPECT_EQ(status_of(client.ask(get("/hold"))), 200);
    EXPECT_TRUE(eventually([&] { return ended_ == 2; }));
}

TEST_F(background_server, never_has_more_tasks_than_its_bound_however_many_handlers_add)
{
    std::atomic<int> accepted{0};
    app_.get("/add", [&](serval::background_tasks& tasks) {
        tasks.add([this] { gate_.wait(); });
        ++accepted;
        return "";
    });
    auto options = settings();
    options.limits.background_tasks = 5;
    options.limits.background_overflow = serval::background_overflow::refuse;
    options.threads = 2;
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    std::vector<std::future<int>> answers;
    for (int i = 0; i != 20; ++i)
        answers.push_back(
            std::async(std::launch::async, [&] { return status_of(one.connect().ask(get("/add"))); }));
    int refused = 0;
    for (auto& answer : answers)
        refused += answer.get() == 503 ? 1 : 0;
    EXPECT_EQ(refused, 15);
    EXPECT_EQ(accepted, 5);
}

TEST_F(background_server, serves_plain_handlers_while_plain_tasks_hold_their_half_of_the_pool)
{
    app_.get("/plain", [] { return "plain"; });
    auto options = settings();
    options.pool_threads = 2;
    options.pool_queue = 2; // a handler's thread may still be on its way back when the next one comes
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    auto client = one.connect();
    for (int i = 0; i != 50; ++i)
        EXPECT_EQ(status_of(client.ask(get("/hold"))), 200);
    EXPECT_TRUE(eventually([&] { return gate_.waited() == 1; }));
    EXPECT_EQ(status_of(client.ask(get("/plain"))), 200);
    EXPECT_TRUE(eventually([&] { return one->stats().pool_running == 1; }));
    EXPECT_EQ(one->stats().pool_queued, 49U);
    gate_.open();
    EXPECT_TRUE(eventually([&] { return ended_ == 50; }));
}

TEST_F(background_server, shows_its_tasks_in_its_stats)
{
    app_.get("/two", [this](serval::background_tasks& tasks) {
        tasks.add([this] { gate_.wait(); });
        tasks.add([this] { ++ended_; });
        return "";
    });
    running_server one{app_, settings()};
    opened_at_exit const opened{gate_};
    EXPECT_EQ(status_of(one.connect().ask(get("/two"))), 200);
    ASSERT_TRUE(eventually([&] { return one->stats().background.running == 1; }));
    EXPECT_EQ(one->stats().background.queued, 1U);
    EXPECT_TRUE(eventually([&] { return one->stats().background.oldest > 20ms; }));
    gate_.open();
    EXPECT_TRUE(no_tasks(one));
    EXPECT_EQ(one->stats().background.done, 2U);
    EXPECT_EQ(one->stats().background.failed, 0U);
    EXPECT_EQ(one->stats().background.oldest, 0ms);
}

TEST_F(background_server, says_that_a_plain_task_has_passed_its_time_limit)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.name("slow").time_limit(50ms), [this] { gate_.wait(); });
        return "";
    });
    running_server one{app_, settings()};
    opened_at_exit const opened{gate_};
    EXPECT_EQ(status_of(one.connect().ask(get("/", "Connection: close\r\n"))), 200);
    EXPECT_TRUE(eventually(
        [&] { return log_->contains("Background task slow of GET / has passed its time limit"); }));
    EXPECT_EQ(one->stats().background.running, 1U);
    gate_.open();
    EXPECT_TRUE(no_tasks(one));
    EXPECT_EQ(one->stats().background.done, 1U);
}

TEST_F(background_server, runs_tasks_of_the_application_on_all_its_loops)
{
    std::mutex mutex;
    std::vector<std::thread::id> threads;
    auto options = settings();
    options.threads = 2;
    running_server one{app_, options};
    for (int i = 0; i != 4; ++i) {
        app_.background().add([&]() -> serval::task<void> {
            std::lock_guard const lock{mutex};
            threads.push_back(std::this_thread::get_id());
            co_return;
        });
    }
    ASSERT_TRUE(no_tasks(one));
    ASSERT_EQ(threads.size(), 4U);
    std::sort(threads.begin(), threads.end());
    EXPECT_EQ(std::unique(threads.begin(), threads.end()) - threads.begin(), 2);
}

} // namespace
