// Background tasks of a real server: what clients see of them, and its end.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::field;
using serval::test::gate;
using serval::test::get;
using serval::test::opened_at_exit;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

class background_server : public testing::Test {
public:
    background_server()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/sleep/{ms}", [this](path<"ms", int> ms, serval::background_tasks& tasks) {
            tasks.add(serval::task_options{}.name("sleeper"), &background_server::sleep, this, *ms);
            return "accepted";
        });
        app_.get("/hold", [this](serval::background_tasks& tasks) {
            tasks.add(serval::task_options{}.name("holder"), [this] {
                gate_.wait();
                ++ended_;
            });
            return "accepted";
        });
        app_.get("/large", [this](serval::background_tasks& tasks) {
            tasks.add([this] { ++ended_; });
            return std::string(64 << 20, 'x');
        });
    }

    serval::task<void> sleep(int ms)
    {
        ++begun_;
        co_await serval::sleep_for(std::chrono::milliseconds(ms));
        ++ended_;
    }

    serval::settings settings() const
    {
        auto made = quiet_settings();
        made.log = log_;
        return made;
    }

    static bool no_tasks(running_server& one)
    {
        return eventually([&] {
            auto const now = one->stats().background;
            return now.queued == 0 && now.running == 0;
        });
    }

    std::atomic<int> begun_{0};
    std::atomic<int> ended_{0};
    gate gate_;
    serval::app app_;
    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
};

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
    EXPECT_EQ(ended_, 2);
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
    options.pool_queue = 0;
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    auto client = one.connect();
    for (int i = 0; i != 50; ++i)
        EXPECT_EQ(status_of(client.ask(get("/hold"))), 200);
    EXPECT_TRUE(eventually([&] { return gate_.waited() == 1; }));
    EXPECT_EQ(status_of(client.ask(get("/plain"))), 200);
    EXPECT_EQ(one->stats().pool_running, 1U);
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

// The end

TEST_F(background_server, waits_for_its_tasks_when_it_stops)
{
    running_server one{app_, settings()};
    EXPECT_EQ(status_of(one.connect().ask(get("/sleep/300"))), 200);
    auto const report = one->stop(10s);
    EXPECT_EQ(ended_, 1);
    EXPECT_TRUE(report.clean);
    EXPECT_EQ(report.tasks_given_up, 0U);
}

TEST_F(background_server, waits_for_a_hundred_tasks_when_it_stops)
{
    running_server one{app_, settings()};
    auto client = one.connect();
    std::string requests;
    for (int i = 0; i != 100; ++i)
        requests += get("/sleep/" + std::to_string(i * 5));
    client.send(requests);
    for (int i = 0; i != 100; ++i)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    auto const report = one->stop(10s);
    EXPECT_EQ(ended_, 100);
    EXPECT_TRUE(report.clean);
    EXPECT_EQ(one->stats().background.queued + one->stats().background.running, 0U);
}

TEST_F(background_server, waits_for_tasks_that_are_added_while_it_stops)
{
    app_.get("/chain", [this](serval::background_tasks& tasks) {
        tasks.add([this]() -> serval::task<void> {
            co_await serval::sleep_for(200ms);
            app_.background().add(&background_server::sleep, this, 200);
        });
        return "";
    });
    running_server one{app_, settings()};
    EXPECT_EQ(status_of(one.connect().ask(get("/chain", "Connection: close\r\n"))), 200);
    EXPECT_TRUE(one->stop(10s).clean);
    EXPECT_EQ(ended_, 1);
    EXPECT_THROW(app_.background().add([] {}), std::logic_error);
}

TEST_F(background_server, gives_up_tasks_at_the_deadline_and_logs_each)
{
    app_.get("/three", [this](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.name("first"), &background_server::sleep, this, 60'000);
        tasks.add(serval::task_options{}.name("second"), [this] { ++ended_; });
        tasks.add([this] { ++ended_; });
        return "";
    });
    running_server one{app_, settings()};
    EXPECT_EQ(status_of(one.connect().ask(get("/three?a=b"))), 200);
    EXPECT_TRUE(eventually([&] { return begun_ == 1; }));
    auto const begin = clock::now();
    auto const report = one->stop(100ms);
    EXPECT_LT(clock::now() - begin, 2s);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.tasks_given_up, 3U);
    EXPECT_EQ(report.cancelled, 0U);
    EXPECT_EQ(report.stuck, 0U);
    EXPECT_EQ(ended_, 0);
    for (std::string const name : {"first", "second", "#3"})
        EXPECT_EQ(log_->count("Background task " + name + " of GET /three?a=b was given up"), 1U)
            << log_->all();
}

TEST_F(background_server, gives_up_a_plain_task_that_waits_for_a_thread)
{
    auto options = settings();
    options.pool_threads = 1;
    running_server one{app_, options};
    opened_at_exit const opened{gate_};
    app_.background().add([this] { gate_.wait(); });
    ASSERT_TRUE(eventually([&] { return gate_.waited() == 1; }));
    app_.background().add(serval::task_options{}.name("queued"), [this] { ++ended_; });
    auto report = std::async(std::launch::async, [&] { return one->stop(50ms); });
    EXPECT_TRUE(
        eventually([&] { return log_->contains("Background task queued of the application was given up"); }));
    gate_.open();
    EXPECT_EQ(report.get().tasks_given_up, 1U);
    EXPECT_EQ(ended_, 0);
}

TEST_F(background_server, gives_up_a_task_between_two_attempts)
{
    app_.get("/", [](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.name("flaky").retries(3, 60s),
                  [] { throw std::runtime_error("no"); });
        return "";
    });
    running_server one{app_, settings()};
    EXPECT_EQ(status_of(one.connect().ask(get("/"))), 200);
    ASSERT_TRUE(eventually([&] { return log_->contains("will be tried again"); }));
    EXPECT_EQ(one->stop(50ms).tasks_given_up, 1U);
    EXPECT_TRUE(log_->contains("Background task flaky of GET / was given up"));
}

TEST_F(background_server, gives_up_the_tasks_of_a_handler_that_ends_too_late)
{
    app_.get("/late", [this](serval::request& r, serval::background_tasks& tasks) {
        tasks.add([this] { ++ended_; });
        while (!r.stop_token().stop_requested())
            std::this_thread::sleep_for(1ms);
        return "";
    });
    running_server one{app_, settings()};
    auto client = one.connect();
    client.send(get("/late"));
    ASSERT_TRUE(eventually([&] { return one->stats().pool_running == 1; }));
    auto const report = one->stop(50ms);
    EXPECT_EQ(report.tasks_given_up, 1U);
    EXPECT_EQ(ended_, 0);
    EXPECT_TRUE(log_->contains("Background task #1 of GET /late was given up"));
}

TEST_F(background_server, waits_for_a_connection_that_waits_for_its_tasks)
{
    auto options = settings();
    options.limits.background_tasks = 0;
    running_server one{app_, options};
    auto client = one.connect();
    EXPECT_EQ(status_of(client.ask(get("/sleep/300"))), 200);
    EXPECT_TRUE(one->stop(10s).clean);
    EXPECT_EQ(ended_, 1);
}

TEST_F(background_server, ends_tasks_at_once_when_it_is_aborted)
{
    running_server one{app_, settings()};
    EXPECT_EQ(status_of(one.connect().ask(get("/sleep/60000"))), 200);
    auto report = std::async(std::launch::async, [&] { return one->stop(30s); });
    ASSERT_TRUE(eventually([&] { return one->draining(); }));
    one->abort();
    ASSERT_EQ(report.wait_for(5s), std::future_status::ready);
    EXPECT_EQ(report.get().tasks_given_up, 1U);
}

TEST_F(background_server, reports_a_plain_task_that_does_not_end_as_stuck)
{
    auto const held = std::make_shared<gate>(); // shared with a thread that the server leaves behind
    auto const ended = std::make_shared<std::atomic<bool>>(false);
    serval::stop_report report;
    {
        running_server one{app_, settings()};
        app_.background().add(serval::task_options{}.name("stone"), [held, ended] {
            held->wait();
            *ended = true;
        });
        ASSERT_TRUE(eventually([&] { return held->waited() == 1; }));
        report = one->stop(50ms);
    }
    EXPECT_EQ(report.stuck, 1U);
    EXPECT_FALSE(report.clean);
    EXPECT_TRUE(log_->contains("Background task stone of the application still runs"));
    held->open();
    EXPECT_TRUE(eventually([&] { return ended->load(); }));
}

TEST_F(background_server, ends_the_tasks_of_a_start_up_hook_when_the_start_fails)
{
    app_.on_startup([this]() -> serval::task<void> {
        app_.background().add(&background_server::sleep, this, 60'000);
        throw std::runtime_error("no");
        co_return;
    });
    serval::server one{app_, settings()};
    auto const begin = clock::now();
    EXPECT_THROW(one.start(), std::runtime_error);
    EXPECT_LT(clock::now() - begin, 5s);
    EXPECT_THROW(app_.background().add([] {}), std::logic_error);
}

} // namespace
