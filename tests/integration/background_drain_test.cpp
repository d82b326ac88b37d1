// The end of a server that has background tasks.
#include "integration/background_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::background_server;
using serval::test::eventually;
using serval::test::gate;
using serval::test::get;
using serval::test::opened_at_exit;
using serval::test::running_server;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

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
