#include "http/upload_spool.hpp"
#include "support/scratch.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace serval {
namespace {

using namespace std::chrono_literals;
using namespace serval::params;

/// What the handlers below share; one a test.
struct scene {
    int running = 0; // of the loop's thread
    int most_running = 0;
    std::atomic<int> cancelled{0};
    std::atomic<int> started{0};
};

/// Counts itself while it lives.
class guest {
public:
    explicit guest(scene& s) : scene_{s}
    {
        scene_.most_running = std::max(scene_.most_running, ++scene_.running);
        ++scene_.started;
    }
    ~guest()
    {
        --scene_.running;
        if (!finished) ++scene_.cancelled;
    }
    guest(guest const&) = delete;
    guest& operator=(guest const&) = delete;
    bool finished = false;

private:
    scene& scene_;
};

class test_client_test : public testing::Test {
protected:
    test_client_test()
    {
        application.get("/hello", []() -> task<std::string> { co_return "hello"; });
        application.get("/where", [](serval::request& r) -> task<std::string> {
            co_return r.client().host + " " + std::string{r.host()};
        });
        application
            .post("/echo",
                  [](serval::request& r) -> task<std::string> {
                      auto const type = r.header("content-type").value_or("none");
                      co_return std::string{type} + ": " + std::string{r.body()};
                  })
            .read_body();
        application.get("/sleep/{ms}", [this](path<"ms", int> ms) -> task<std::string> {
            guest here(shared);
            co_await sleep_for(std::chrono::milliseconds(*ms));
            here.finished = true;
            co_return "slept";
        });
        application.get("/plain", [] { return std::string{"from the pool"}; });
        application.get("/mixed", []() -> task<std::string> {
            co_await sleep_for(1min);
            auto const first = co_await run_in_threadpool([] { return 20; });
            co_await sleep_for(1min);
            auto const second = co_await run_in_threadpool([] { return 22; });
            co_return std::to_string(first + second);
        });
        application.get("/fails", []() -> task<std::string> {
            throw std::runtime_error("secret");
            co_return "";
        });
        application.get("/large", []() -> task<std::string> { co_return std::string(1'000'000, 'x'); });
    }

    static settings silent()
    {
        auto options = test_client::default_settings();
        options.level = log_level::off;
        return options;
    }

    scene shared;
    app application;
};

TEST_F(test_client_test, gets_and_posts)
{
    test_client client(application);
    auto const hello = client.get("/hello");
    EXPECT_EQ(hello.status, 200);
    EXPECT_EQ(hello.reason, "OK");
    EXPECT_EQ(hello.body, "hello");
    EXPECT_EQ(hello.header("Content-Length"), "5");
    EXPECT_EQ(hello.header("x-none"), std::nullopt);
    EXPECT_EQ(client.post("/echo", "some text", "text/plain").body, "text/plain: some text");
    EXPECT_EQ(client.post_json("/echo", "{}").body, "application/json: {}");
    EXPECT_EQ(client.get("/where").body, "testclient testserver");
    EXPECT_EQ(client.get("/where", {{"host", "elsewhere"}}).body, "testclient elsewhere");
    EXPECT_EQ(client.get("/none").status, 404);
    EXPECT_EQ(client.del("/hello").status, 405);
}

TEST_F(test_client_test, knows_that_a_response_to_head_has_no_body)
{
    test_client client(application);
    auto const head = client.head("/hello");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head.header("content-length"), "5");
    EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST_F(test_client_test, reads_responses_larger_than_the_stream_holds)
{
    test_client client(application);
    EXPECT_EQ(client.get("/large").body.size(), 1'000'000U);
    EXPECT_EQ(client.post("/echo", std::string(500'000, 'y'), "a/b").body.size(), 500'005U);
}

TEST_F(test_client_test, gives_500_for_an_unhandled_exception)
{
    test_client client(application, silent());
    auto const failed = client.get("/fails");
    EXPECT_EQ(failed.status, 500);
    EXPECT_EQ(failed.body.find("secret"), std::string::npos);
    EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(test_client_test, keeps_connections_and_replaces_closed_ones)
{
    // A connection that is kept answers both; each connection counts what it has served.
    std::vector<serval::client_address const*> seen;
    application.get("/peer", [&seen](serval::request& r) -> task<std::string> {
        seen.push_back(&r.client());
        co_return "";
    });
    manual_clock clock;
    test_client client(application, clock);
    client.get("/peer");
    client.get("/peer");
    EXPECT_EQ(seen.at(0), seen.at(1));
    EXPECT_EQ(client.get("/peer", {{"Connection", "close"}}).header("connection"), "close");
    EXPECT_EQ(client.get("/peer").status, 200);
    clock.advance(10min); // the server closes what is idle
    EXPECT_EQ(client.get("/peer").status, 200);
}

TEST_F(test_client_test, serves_several_threads_side_by_side)
{
    test_client client(application);
    std::vector<std::future<int>> results;
    for (int thread = 0; thread != 4; ++thread) {
        results.push_back(std::async(std::launch::async, [&client, thread] {
            int good = 0;
            for (int i = 0; i != 50; ++i) {
                auto const text = std::to_string(thread * 1000 + i);
                good += client.post("/echo", text, "a/b").body == "a/b: " + text;
                good += client.get("/plain").body == "from the pool";
            }
            return good;
        }));
    }
    for (auto& result : results)
        EXPECT_EQ(result.get(), 100);
}

TEST_F(test_client_test, sleeps_an_hour_in_no_time_when_the_clock_is_advanced)
{
    manual_clock clock;
    test_client client(application, clock);
    auto const begin = std::chrono::steady_clock::now();
    auto pending = client.start("GET", "/sleep/3600000");
    clock.advance(59min + 59s);
    EXPECT_FALSE(pending.ready());
    clock.advance(1s);
    EXPECT_TRUE(pending.ready());
    EXPECT_EQ(pending.get().body, "slept");
    EXPECT_EQ(clock.elapsed(), 1h);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST_F(test_client_test, sleeps_an_hour_in_no_time_when_the_clock_advances_by_itself)
{
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    EXPECT_EQ(client.get("/sleep/3600000").body, "slept");
    EXPECT_EQ(clock.elapsed(), 1h);
    EXPECT_EQ(client.get("/sleep/100").body, "slept");
    EXPECT_EQ(clock.elapsed(), 1h + 100ms);
}

TEST_F(test_client_test, moves_no_time_while_nobody_waits)
{
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    client.get("/hello");
    auto pending = client.start("GET", "/sleep/1000");
    clock.settle();
    clock.settle();
    EXPECT_EQ(clock.elapsed(), 0s);
    EXPECT_FALSE(pending.ready());
    pending.get();
    EXPECT_EQ(clock.elapsed(), 1s);
}

TEST_F(test_client_test, slows_the_clock_down_when_time_brings_nothing)
{
    std::promise<void> released;
    std::shared_future<void> const gate = released.get_future();
    application.get("/outside", [gate]() -> task<std::string> {
        // Not the loop's clock: stands for whatever happens outside.
        while (gate.wait_for(0s) != std::future_status::ready)
            co_await sleep_for(1ms);
        co_return "released";
    });
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    auto answer = std::async(std::launch::async, [&client] { return client.get("/outside").body; });
    while (clock.elapsed() < 100ms)
        std::this_thread::yield();
    released.set_value();
    EXPECT_EQ(answer.get(), "released");
    EXPECT_LT(clock.elapsed(), 60s);
}

TEST_F(test_client_test, runs_sleeping_handlers_concurrently)
{
    manual_clock clock;
    test_client client(application, clock);
    std::vector<pending_response> all;
    for (int i = 0; i != 5; ++i)
        all.push_back(client.start("GET", "/sleep/2000"));
    clock.settle();
    EXPECT_EQ(shared.started, 5);
    clock.advance(1999ms);
    EXPECT_TRUE(std::none_of(all.begin(), all.end(), [](auto const& one) { return one.ready(); }));
    clock.advance(1ms);
    EXPECT_TRUE(std::all_of(all.begin(), all.end(), [](auto const& one) { return one.ready(); }));
    EXPECT_EQ(shared.most_running, 5);
}

TEST_F(test_client_test, is_not_idle_while_a_file_is_written)
{
    test::temp_directory const directory;
    application.get("/spool", [&directory]() -> task<std::string> {
        http::upload_spool spool{directory.text(), 0};
        for (int i = 0; i != 20; ++i)
            co_await spool.append("0123456789");
        co_await spool.flush();
        auto upload = spool.finish("f", {}, {});
        co_return co_await upload.read_all();
    });
    manual_clock clock;
    test_client client(application, clock);
    auto pending = client.start("GET", "/spool");
    clock.settle();
    ASSERT_TRUE(pending.ready());
    EXPECT_EQ(pending.get().body.size(), 200U);
}

TEST_F(test_client_test, runs_pool_and_clock_together)
{
    manual_clock clock;
    test_client client(application, clock);
    EXPECT_EQ(client.get("/plain").body, "from the pool");
    auto pending = client.start("GET", "/mixed");
    clock.advance(2min);
    EXPECT_TRUE(pending.ready());
    EXPECT_EQ(pending.get().body, "42");
    clock.auto_advance(true);
    EXPECT_EQ(client.get("/mixed").body, "42");
    EXPECT_EQ(clock.elapsed(), 4min);
}

TEST_F(test_client_test, disconnects)
{
    manual_clock clock;
    test_client client(application, clock);
    auto pending = client.start("GET", "/sleep/3600000");
    clock.settle();
    EXPECT_EQ(shared.started, 1);
    pending.disconnect();
    clock.settle();
    EXPECT_TRUE(pending.ready());
    EXPECT_THROW(pending.get(), std::runtime_error);
    clock.advance(1s); // the tick notices
    EXPECT_EQ(shared.cancelled, 1);
    {
        auto const dropped = client.start("GET", "/sleep/3600000");
        clock.settle();
    }
    clock.advance(1s);
    EXPECT_EQ(shared.cancelled, 2);
}

TEST_F(test_client_test, leaves_a_connection_alone_that_serves_another_request)
{
    manual_clock clock;
    test_client client(application, clock);
    auto first = client.start("GET", "/hello");
    first.get();
    auto second = client.start("GET", "/sleep/1000");
    first.disconnect();
    clock.advance(1s);
    EXPECT_EQ(second.get().body, "slept");
}

TEST_F(test_client_test, sends_raw_bytes_in_pieces_and_gives_all_that_is_answered)
{
    test_client client(application);
    constexpr std::string_view two =
        "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n";
    auto const whole = client.raw(two);
    EXPECT_TRUE(whole.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(whole.find("HTTP/1.1 404 Not Found\r\n"), std::string::npos);
    for (std::size_t at = 0; at <= two.size(); at += 5) {
        auto const split = client.raw(two, {at, at + 1});
        EXPECT_EQ(split.size(), whole.size()) << at;
    }
    EXPECT_EQ(client.raw("GET /hello HTTP/1.1\r\nHo"), "") << "an unfinished request has no answer";
    EXPECT_TRUE(client.raw("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    EXPECT_GT(client.raw("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").size(), 1'000'000U);
}

TEST_F(test_client_test, waits_in_raw_for_a_handler_that_sleeps)
{
    constexpr std::string_view sleeper = "GET /sleep/50 HTTP/1.1\r\nHost: a\r\n\r\n";
    {
        test_client real(application);
        EXPECT_TRUE(real.raw(sleeper).ends_with("slept"));
    }
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    EXPECT_TRUE(client.raw(sleeper).ends_with("slept"));
    EXPECT_EQ(clock.elapsed(), 50ms);
}

TEST_F(test_client_test, runs_the_hooks)
{
    std::vector<std::string> events;
    auto const sleep_then_note = [&events](std::string what) -> task<void> {
        co_await sleep_for(1h);
        events.push_back(std::move(what));
    };
    application.on_startup([&events] { events.push_back("plain start"); });
    application.on_startup([&] { return sleep_then_note("start"); });
    application.on_shutdown([&] { return sleep_then_note("stop"); });
    manual_clock clock;
    {
        test_client client(application, clock);
        EXPECT_EQ(events, (std::vector<std::string>{"plain start", "start"}));
        EXPECT_EQ(clock.elapsed(), 1h) << "time passes for the hooks";
        EXPECT_EQ(client.get("/hello").status, 200);
    }
    EXPECT_EQ(events, (std::vector<std::string>{"plain start", "start", "stop"}));
}

TEST_F(test_client_test, throws_what_a_startup_hook_throws)
{
    application.on_startup([] { throw std::runtime_error("no database"); });
    EXPECT_THROW(test_client client(application), std::runtime_error);
}

TEST_F(test_client_test, cancels_what_is_in_flight_when_it_is_destroyed)
{
    manual_clock clock;
    auto client = std::make_unique<test_client>(application, clock);
    auto pending = client->start("GET", "/sleep/3600000");
    clock.settle();
    client.reset();
    EXPECT_EQ(shared.cancelled, 1);
    EXPECT_TRUE(pending.ready());
    EXPECT_THROW(pending.get(), std::runtime_error);
    pending.disconnect();
}

TEST_F(test_client_test, serves_one_app_from_several_clients)
{
    test_client first(application);
    test_client second(application);
    EXPECT_EQ(first.get("/hello").body, "hello");
    EXPECT_EQ(second.get("/hello").body, "hello");
}

TEST_F(test_client_test, gives_a_clock_to_one_client_at_a_time)
{
    manual_clock clock;
    {
        test_client client(application, clock);
        EXPECT_THROW(test_client second(application, clock), std::logic_error);
        EXPECT_EQ(client.get("/hello").status, 200);
    }
    test_client later(application, clock);
    EXPECT_EQ(later.get("/hello").status, 200);
}

TEST_F(test_client_test, refuses_to_wait_for_idleness_in_a_handler)
{
    manual_clock clock;
    application.get("/settle", [&clock]() -> task<std::string> {
        try {
            clock.settle();
        } catch (std::logic_error const&) {
            co_return "refused";
        }
        co_return "settled";
    });
    test_client client(application, clock);
    EXPECT_EQ(client.get("/settle").body, "refused");
}

} // namespace
} // namespace serval
