// When the head of a stream leaves that waits before its first element.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace serval {
namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using strings = std::vector<std::string>;
using milliseconds = query<"ms", int>;

struct row {
    int id = 0;
};

/// What an application does that streams what a query finds.
template <class T>
generator<T> found_after(std::chrono::milliseconds pause, T first)
{
    co_await sleep_for(pause);
    if (pause == 30ms) throw http_error(404, "No such table");
    if (pause == 31ms) throw std::runtime_error("the database is gone");
    co_yield std::move(first);
    co_await sleep_for(1s);
    co_yield std::move(first);
}

class held_head_test : public testing::Test {
protected:
    held_head_test()
    {
        options.log = log;
        options.level = log_level::info;
        options.access_log = true;
        application.get("/text", [](milliseconds ms) { return found_after<std::string>(after(ms), "a"); });
        application.get("/events", [](milliseconds ms) { return found_after(after(ms), sse_event("a")); });
        application.get("/lines", [](milliseconds ms) { return found_after(after(ms), json("a")); });
        application.get("/hello", []() -> task<std::string> { co_return "hello"; });
    }

    static std::chrono::milliseconds after(milliseconds const& ms) { return std::chrono::milliseconds(*ms); }

    app application;
    manual_clock clock;
    std::shared_ptr<test::recording_log> log = std::make_shared<test::recording_log>();
    settings options = test_client::default_settings();
};

constexpr char const* all_kinds[] = {"/text", "/events", "/lines"};

TEST_F(held_head_test, waits_for_a_failure_which_is_answered_as_any_other)
{
    test_client client(application, clock, options);
    for (std::string const kind : all_kinds) {
        auto missing = client.start("GET", kind + "?ms=30");
        clock.advance(30ms);
        auto const answer = missing.get();
        EXPECT_EQ(answer.status, 404) << kind;
        EXPECT_EQ(answer.body, R"({"detail":"No such table"})") << kind;
        auto failing = client.start("GET", kind + "?ms=31");
        clock.advance(31ms);
        EXPECT_EQ(failing.get().status, 500) << kind;
        EXPECT_TRUE(log->contains("Exception in GET " + kind + "?ms=31: the database is gone")) << log->all();
        EXPECT_EQ(log->count(R"("GET )" + kind + R"(?ms=31 HTTP/1.1" 500)"), 1U) << log->all();
    }
}

TEST_F(held_head_test, waits_for_what_an_exceptions_own_handler_answers)
{
    application.exception_handler<std::runtime_error>(
        [](request&, std::runtime_error const&) { return response(418, "sorry"); });
    test_client client(application, clock, options);
    auto failing = client.start("GET", "/lines?ms=31");
    clock.advance(31ms);
    EXPECT_EQ(failing.get().status, 418);
}

TEST_F(held_head_test, waits_for_a_failure_of_an_http_1_0_request)
{
    clock.auto_advance(true);
    test_client client(application, clock, options);
    auto const answer = client.raw("GET /text?ms=30 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 Not Found\r\n")) << answer;
    EXPECT_NE(answer.find("content-length: 26\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("connection: keep-alive\r\n"), std::string::npos) << answer;
    EXPECT_EQ(client.head("/text?ms=30").status, 200) << "which asks for no element";
}

TEST_F(held_head_test, leaves_after_50_ms_without_an_element)
{
    test_client client(application, clock, options);
    auto pending = client.start("GET", "/hello");
    EXPECT_EQ(pending.get().status, 200);
    auto stream = client.stream("GET", "/events?ms=1000");
    clock.advance(49ms);
    EXPECT_FALSE(log->contains("/events"));
    clock.advance(1ms);
    EXPECT_EQ(stream.status(), 200);
    EXPECT_EQ(log->count("/events"), 1U) << "it is in the access log when it leaves";
    clock.advance(949ms);
    EXPECT_EQ(stream.arrived(), strings{});
    clock.advance(1ms);
    EXPECT_EQ(stream.arrived(), strings{"data: a\n\n"});
    clock.advance(1s);
    EXPECT_EQ(stream.arrived(), strings{"data: a\n\n"});
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(held_head_test, leaves_with_the_first_element)
{
    test_client client(application, clock, options);
    auto stream = client.stream("GET", "/lines?ms=20");
    clock.advance(20ms);
    EXPECT_EQ(stream.status(), 200);
    EXPECT_EQ(stream.arrived(), strings{"\"a\"\n"});
    clock.advance(1s);
    EXPECT_EQ(stream.read_all(), "\"a\"\n");
}

TEST_F(held_head_test, leaves_once_when_the_element_comes_with_the_end_of_the_time)
{
    test_client client(application, clock, options);
    for (auto const* const target : {"/text?ms=49", "/text?ms=50", "/text?ms=51"}) {
        auto stream = client.stream("GET", target);
        clock.advance(51ms);
        EXPECT_EQ(stream.status(), 200) << target;
        EXPECT_EQ(stream.arrived(), strings{"a"}) << target;
        stream.disconnect();
        clock.advance(1s);
    }
}

generator<std::string> fails_after_waits(std::chrono::milliseconds step, int steps)
{
    for (int i = 0; i != steps; ++i)
        co_await sleep_for(step);
    throw http_error(404, "Nothing");
    co_yield "";
}

TEST_F(held_head_test, is_held_for_50_ms_in_all_however_often_the_stream_waits)
{
    application.get("/waits", [](query<"n", int> n) { return fails_after_waits(20ms, *n); });
    test_client client(application, clock, options);
    auto held = client.start("GET", "/waits?n=2");
    clock.advance(40ms);
    EXPECT_EQ(held.get().status, 404);
    auto gone = client.stream("GET", "/waits?n=3");
    clock.advance(60ms);
    EXPECT_EQ(gone.status(), 200);
    EXPECT_THROW(gone.next(), std::runtime_error);
    EXPECT_TRUE(log->contains("Exception in the stream of GET /waits?n=3")) << log->all();
}

TEST_F(held_head_test, is_forgotten_with_a_client_that_leaves)
{
    std::atomic<bool> destroyed{false};
    application.get("/flagged", [&destroyed]() -> generator<std::string> {
        test::on_exit_flag const flag(destroyed);
        co_await sleep_for(10s);
        co_yield "late";
    });
    test_client client(application, clock, options);
    auto pending = client.start("GET", "/flagged");
    clock.advance(10ms);
    pending.disconnect();
    clock.advance(1s);
    EXPECT_TRUE(destroyed);
    EXPECT_FALSE(log->contains("Exception")) << log->all();
}

TEST_F(held_head_test, may_outlive_its_client)
{
    auto client = std::make_unique<test_client>(application, clock, options);
    auto pending = client->start("GET", "/text?ms=1000");
    clock.settle();
    client.reset();
    EXPECT_THROW(pending.get(), std::runtime_error);
}

TEST_F(held_head_test, holds_up_no_earlier_answer)
{
    std::atomic<bool> seen{false};
    application.get("/slow", [&seen]() -> generator<std::string> {
        while (!seen)
            co_await sleep_for(1ms);
        throw http_error(404, "Nothing");
        co_yield "";
    });
    test::running_server running(application);
    int in_time = 0;
    for (int tries = 0; tries != 10;
         ++tries) { // a busy machine may take 50 ms for anything, and a tick flushes
        seen = false;
        auto client = running.connect();
        client.send(test::get("/hello") + test::get("/slow"));
        EXPECT_NE(client.read_until("hello"), "");
        seen = true;
        in_time += client.read_until("\r\n").starts_with("HTTP/1.1 404") ? 1 : 0;
    }
    EXPECT_GT(in_time, 5);
}

TEST_F(held_head_test, counts_a_failure_once)
{
    auto quiet = test::quiet_settings();
    quiet.log = log;
    test::running_server running(application, quiet);
    auto client = running.connect();
    EXPECT_EQ(test::status_of(client.ask(test::get("/text?ms=31"))), 500);
    EXPECT_EQ(test::status_of(client.ask(test::get("/text?ms=30", "Connection: close\r\n"))), 404);
    running->stop();
    EXPECT_EQ(running->stats().handler_errors, 1U) << log->all();
    EXPECT_EQ(running->stats().requests, 2U);
}

TEST_F(held_head_test, that_left_unseen_by_the_stream_is_in_the_access_log)
{
    application.get("/writes", [] {
        return streaming_response(
            [](response_writer& out) -> task<> {
                co_await out.write("begun");
                co_await sleep_for(1s);
                throw std::runtime_error("broken");
            },
            "text/plain");
    });
    test_client client(application, clock, options);
    auto stream = client.stream("GET", "/writes");
    EXPECT_EQ(stream.next(), "begun");
    clock.advance(1s);
    EXPECT_THROW(stream.next(), std::runtime_error);
    EXPECT_EQ(log->count(R"("GET /writes HTTP/1.1" 200)"), 1U) << log->all();
}

} // namespace
} // namespace serval
