// The states of a server's life: every wait of its start and its end has an end of its own.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace serval::params;
using namespace std::chrono_literals;
using serval::test::eventually;
using serval::test::gate;
using serval::test::get;
using serval::test::opened_at_exit;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

/// What happened, in order; any thread.
class record {
public:
    void add(std::string what)
    {
        std::lock_guard const lock{mutex_};
        entries_.push_back(std::move(what));
    }
    std::vector<std::string> entries() const
    {
        std::lock_guard const lock{mutex_};
        return entries_;
    }
    bool has(std::string const& what) const
    {
        auto const all = entries();
        return std::find(all.begin(), all.end(), what) != all.end();
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> entries_;
};

using steps = std::vector<std::string>;

/// An io_context that a thread runs, until the end of the test.
class running_context {
public:
    running_context() : work_{asio::make_work_guard(context)}, thread_{[this] { context.run(); }} {}
    ~running_context() { end(); }
    running_context(running_context const&) = delete;
    running_context& operator=(running_context const&) = delete;

    void end()
    {
        work_.reset();
        if (thread_.joinable()) thread_.join();
    }

    asio::io_context context{1};

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

class lifecycle : public testing::Test {
protected:
    lifecycle()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/hog/{ms}", [](path<"ms", int> ms) -> serval::task<std::string> {
            std::this_thread::sleep_for(std::chrono::milliseconds(*ms)); // what a coroutine must not do
            co_return "";
        });
    }

    serval::settings options()
    {
        auto made = quiet_settings();
        made.log = log_;
        return made;
    }

    template <class F>
    static std::chrono::milliseconds time_of(F&& call)
    {
        auto const begin = clock::now();
        call();
        return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin);
    }

    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
    record record_;
    serval::app app_;
};

serval::task<void> sleeping_hook(record* into)
{
    into->add("start-up begins");
    try {
        co_await serval::sleep_for(1h);
    } catch (...) {
        into->add("start-up cancelled");
        throw;
    }
}

TEST_F(lifecycle, a_start_up_hook_that_outlasts_a_stop_is_cancelled_before_the_shutdown_hooks_run)
{
    app_.on_startup([this] { return sleeping_hook(&record_); });
    app_.on_shutdown([this]() -> serval::task<void> {
        record_.add("shutdown");
        co_return;
    });
    running_context loop;
    serval::server server{app_, loop.context, options()};
    server.start();
    ASSERT_TRUE(eventually([&] { return record_.has("start-up begins"); }));
    auto const report = server.stop(50ms);
    EXPECT_EQ(record_.entries(), (steps{"start-up begins", "start-up cancelled", "shutdown"}));
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.stuck, 0U);
}

TEST_F(lifecycle, a_stop_ends_a_start_that_waits_for_its_hooks)
{
    app_.on_startup([this] { return sleeping_hook(&record_); });
    serval::server server{app_, options()};
    auto starting = std::async(std::launch::async, [&] { server.start(); });
    ASSERT_TRUE(eventually([&] { return record_.has("start-up begins"); }));
    EXPECT_LT(time_of([&] { server.stop(50ms); }), 2s);
    EXPECT_THROW(starting.get(), std::runtime_error);
    EXPECT_TRUE(record_.has("start-up cancelled"));
}

TEST_F(lifecycle, a_second_start_is_refused_at_once_also_from_a_hook_of_the_first)
{
    std::unique_ptr<serval::server> server;
    app_.on_startup([&] {
        try {
            server->start();
        } catch (std::logic_error const&) {
            record_.add("refused");
        }
    });
    server = std::make_unique<serval::server>(app_, options());
    server->start();
    EXPECT_TRUE(record_.has("refused"));
    EXPECT_THROW(server->start(), std::logic_error);
    server->stop();
    EXPECT_THROW(server->start(), std::logic_error);
    EXPECT_TRUE(server->draining());
}

TEST_F(lifecycle, a_start_that_fails_does_not_wait_for_what_an_earlier_hook_has_left)
{
    app_.on_startup([]() -> serval::task<void> {
        asio::co_spawn(co_await asio::this_coro::executor, serval::sleep_for(1h), asio::detached);
    });
    app_.on_startup([] { throw std::runtime_error("no database"); });
    serval::server server{app_, options()};
    EXPECT_LT(time_of([&] { EXPECT_THROW(server.start(), std::runtime_error); }), 5s);
}

TEST_F(lifecycle, a_start_that_failed_may_be_tried_again)
{
    std::atomic<int> attempts{0};
    app_.on_startup([&] {
        if (++attempts == 1) throw std::runtime_error("not yet");
    });
    serval::server server{app_, options()};
    EXPECT_THROW(server.start(), std::runtime_error);
    server.start();
    EXPECT_EQ(status_of(raw_client{server.port()}.ask(get("/alive"))), 200);
}

TEST_F(lifecycle, a_stop_does_not_wait_for_a_loop_that_a_coroutine_blocks)
{
    auto with = options();
    with.threads = 2;
    auto const server = std::make_unique<serval::server>(app_, with);
    server->start();
    raw_client client{server->port()};
    ASSERT_TRUE(client.send(get("/hog/7000")));
    std::this_thread::sleep_for(100ms);
    serval::stop_report report;
    EXPECT_LT(time_of([&] { report = server->stop(50ms); }), 6500ms);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.stuck, 1U);
    EXPECT_TRUE(log_->contains("The time to stop is over")) << log_->all();
}

TEST_F(lifecycle, a_stop_without_a_deadline_waits_for_what_is_in_flight)
{
    app_.get("/slow", []() -> serval::task<std::string> {
        co_await serval::sleep_for(200ms);
        co_return "done";
    });
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/slow")));
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(server->stop(std::chrono::milliseconds::max()).clean);
    EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(lifecycle, a_shorter_stop_brings_a_longer_one_to_its_end)
{
    app_.get("/forever", []() -> serval::task<std::string> {
        co_await serval::sleep_for(1h);
        co_return "";
    });
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/forever")));
    std::this_thread::sleep_for(50ms);
    auto patient = std::async(std::launch::async, [&] { return server->stop(1h); });
    std::this_thread::sleep_for(50ms);
    EXPECT_LT(time_of([&] { EXPECT_EQ(server->stop(50ms).cancelled, 1U); }), 3s);
    EXPECT_EQ(patient.get().cancelled, 1U);
}

TEST_F(lifecycle, a_server_whose_context_never_ran_ends_and_lets_an_exception_pass)
{
    asio::io_context context{1};
    auto const fails = [&] {
        serval::server server{app_, context, options()};
        server.start();
        throw std::out_of_range("on its way");
    };
    EXPECT_LT(time_of([&] { EXPECT_THROW(fails(), std::out_of_range); }), 1s);
    context.run(); // what was posted does nothing any more
    serval::server another{app_, context, options()};
    another.start();
}

TEST_F(lifecycle, a_stop_outlives_a_context_that_is_stopped_meanwhile)
{
    app_.get("/slow", []() -> serval::task<std::string> {
        co_await serval::sleep_for(150ms);
        co_return "done";
    });
    running_context loop;
    serval::server server{app_, loop.context, options()};
    server.start();
    raw_client client{server.port()};
    ASSERT_TRUE(client.send(get("/slow")));
    std::this_thread::sleep_for(50ms);
    auto stopping = std::async(std::launch::async, [&] { return server.stop(5s); });
    std::this_thread::sleep_for(30ms);
    loop.context.stop();
    EXPECT_TRUE(stopping.get().clean);
    EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(lifecycle, a_thread_that_polls_its_context_may_stop_the_server_between_two_polls)
{
    app_.on_shutdown([this] { record_.add("shutdown"); });
    asio::io_context context{1};
    serval::server server{app_, context, options()};
    server.start();
    context.run_for(20ms);
    raw_client client{server.port()};
    ASSERT_TRUE(client.send(get("/alive")));
    context.run_for(50ms);
    EXPECT_TRUE(server.stop(2s).clean);
    EXPECT_TRUE(record_.has("shutdown"));
    EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(lifecycle, a_stop_runs_a_context_whose_thread_has_ended)
{
    app_.on_shutdown([this] { record_.add("shutdown"); });
    asio::io_context context{1};
    serval::server server{app_, context, options()};
    server.start();
    std::thread{[&] { context.run_for(50ms); }}.join();
    EXPECT_TRUE(server.stop(2s).clean);
    EXPECT_TRUE(record_.has("shutdown"));
}

TEST_F(lifecycle, a_second_stop_on_the_thread_that_polls_lets_its_context_run)
{
    app_.on_shutdown([this] { record_.add("shutdown"); });
    asio::io_context context{1};
    serval::server server{app_, context, options()};
    server.start();
    context.run_for(20ms);
    auto other = std::async(std::launch::async, [&] { return server.stop(3s); });
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(server.stop(3s).clean);
    EXPECT_TRUE(other.get().clean);
    EXPECT_TRUE(record_.has("shutdown"));
}

TEST_F(lifecycle, a_stop_that_cuts_a_drain_hook_off_is_not_clean)
{
    app_.on_drain([]() -> serval::task<void> { co_await serval::sleep_for(1h); });
    running_server server{app_, options()};
    auto const report = server->stop(50ms);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.stuck, 0U);
}

TEST_F(lifecycle, a_stop_within_a_handler_is_an_error_instead_of_a_deadlock)
{
    serval::server* it = nullptr;
    auto const stop = [&] {
        try {
            it->stop(1h);
        } catch (std::logic_error const& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    app_.get("/plain", stop);
    app_.get("/coroutine", [&]() -> serval::task<std::string> { co_return stop(); });
    running_server server{app_, options()};
    it = &*server.operator->();
    for (char const* const path : {"/plain", "/coroutine"}) {
        auto const answer = server.connect().ask(get(path));
        ASSERT_EQ(status_of(answer), 200);
        EXPECT_NE(answer->body.find("async_stop"), std::string::npos) << answer->body;
    }
    EXPECT_TRUE(server.alive());
}

TEST_F(lifecycle, a_coroutine_on_the_servers_own_context_stops_it)
{
    running_context loop;
    serval::server server{app_, loop.context, options()};
    server.start();
    EXPECT_EQ(status_of(raw_client{server.port()}.ask(get("/alive", "Connection: close\r\n"))), 200);
    auto const run = [&]() -> serval::task<bool> {
        auto const report = co_await server.async_stop(2s);
        co_return report.clean;
    };
    EXPECT_TRUE(asio::co_spawn(loop.context, run(), asio::use_future).get());
    EXPECT_TRUE(server.draining());
}

TEST_F(lifecycle, a_server_that_is_destroyed_in_a_handler_does_not_wait_for_itself)
{
    auto server = std::make_unique<serval::server>(app_, options());
    std::promise<void> gone;
    std::atomic<bool> once{false};
    app_.get("/destroy", [&]() -> serval::task<std::string> {
        if (!once.exchange(true)) server.reset();
        gone.set_value();
        co_return "";
    });
    server = std::make_unique<serval::server>(app_, options());
    server->start();
    raw_client client{server->port()};
    ASSERT_TRUE(client.send(get("/destroy")));
    EXPECT_EQ(gone.get_future().wait_for(5s), std::future_status::ready);
    EXPECT_TRUE(eventually([&] { return log_->contains("left behind"); }));
}

TEST_F(lifecycle, a_server_on_the_callers_context_may_be_destroyed_in_a_plain_handler)
{
    running_context loop;
    std::unique_ptr<serval::server> server;
    std::promise<void> gone;
    app_.get("/destroy", [&] {
        server.reset();
        gone.set_value();
        return std::string{};
    });
    server = std::make_unique<serval::server>(app_, loop.context, options());
    server->start();
    raw_client other{server->port()};
    ASSERT_TRUE(other.send("GET / HT")); // a connection that its loop works with meanwhile
    raw_client client{server->port()};
    ASSERT_TRUE(client.send(get("/destroy")));
    EXPECT_EQ(gone.get_future().wait_for(5s), std::future_status::ready);
    EXPECT_NE(other.wait_for_end(), raw_client::ending::open);
    EXPECT_TRUE(log_->contains("left behind")) << log_->all();
}

TEST_F(lifecycle, a_stop_of_an_idle_server_has_nothing_to_complain_of)
{
    {
        running_server const server{app_, options()};
    }
    EXPECT_FALSE(log_->contains("The time to stop is over")) << log_->all();
}

TEST_F(lifecycle, a_shutdown_hook_that_ends_by_its_cancellation_is_not_stuck)
{
    app_.on_shutdown([this]() -> serval::task<void> {
        try {
            co_await serval::sleep_for(1h);
        } catch (...) {
            record_.add("cancelled");
        }
    });
    running_server server{app_, options()};
    auto const report = server->stop(0ms);
    EXPECT_EQ(report.stuck, 0U);
    EXPECT_FALSE(report.clean);
    EXPECT_TRUE(record_.has("cancelled"));
}

TEST_F(lifecycle, hooks_are_not_refused_by_a_full_pool)
{
    gate block;
    opened_at_exit const opens(block);
    app_.get("/block", [&] {
        block.wait();
        return std::string{};
    });
    app_.on_shutdown([this] { record_.add("shutdown"); });
    auto with = options();
    with.pool_threads = 2;
    with.pool_queue = 0;
    running_server server{app_, with};
    auto first = server.connect();
    auto second = server.connect();
    ASSERT_TRUE(first.send(get("/block")) && second.send(get("/block")));
    ASSERT_TRUE(eventually([&] { return block.waited() == 2; }));
    auto stopping = std::async(std::launch::async, [&] { return server->stop(2s); });
    std::this_thread::sleep_for(50ms);
    block.open();
    EXPECT_TRUE(stopping.get().clean);
    EXPECT_TRUE(record_.has("shutdown"));
}

TEST_F(lifecycle, what_is_stuck_keeps_the_app_and_is_not_resumed)
{
    gate block;
    opened_at_exit const opens(block);
    auto const resumed = std::make_shared<std::atomic<int>>(0);
    {
        serval::app app;
        auto const kept = std::make_shared<std::string>("what a handler has captured");
        app.middleware(
            [kept, resumed](serval::request& r, serval::next next) -> serval::task<serval::response> {
                auto answer = co_await next(r);
                *resumed += static_cast<int>(kept->size());
                co_return answer;
            });
        app.get("/block", [kept, &block] {
            block.wait();
            return *kept;
        });
        serval::server server{app, options()};
        server.start();
        raw_client client{server.port()};
        client.send(get("/block"));
        ASSERT_TRUE(eventually([&] { return block.waited() == 1; }));
        EXPECT_EQ(server.stop(0ms).stuck, 1U);
    } // server and app are gone
    block.open();
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(*resumed, 0);
}

TEST_F(lifecycle, two_servers_of_one_app_may_start_at_a_time)
{
    for (int round = 0; round != 10; ++round) {
        serval::app app;
        app.get("/", [](query<"n", int, def(1)> n) { return std::vector<int>{*n}; });
        serval::server one{app, options()};
        serval::server two{app, options()};
        std::thread other{[&] { two.start(); }};
        one.start();
        other.join();
        EXPECT_EQ(status_of(raw_client{one.port()}.ask(get("/openapi.json"))), 200);
        EXPECT_EQ(status_of(raw_client{two.port()}.ask(get("/openapi.json"))), 200);
    }
}

TEST_F(lifecycle, a_context_that_goes_on_may_sleep_while_its_server_ends)
{
    running_context loop;
    std::atomic<bool> end{false};
    auto const sleeper = [&]() -> serval::task<void> {
        while (!end)
            co_await serval::sleep_for(100us);
    };
    auto slept = asio::co_spawn(loop.context, sleeper(), asio::use_future);
    for (int round = 0; round != 20; ++round) {
        serval::server server{app_, loop.context, options()};
        server.start();
        std::this_thread::sleep_for(1ms);
    }
    end = true;
    slept.get();
}

} // namespace
