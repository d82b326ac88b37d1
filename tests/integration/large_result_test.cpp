// Results that are too large to be written on a loop: a pool writes them, which nothing that blocks can
// stall.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::get;
using serval::test::status_of;

std::atomic<serval::test::gate*> held_at{nullptr}; // null: models are only looked at

int wait_at_gate()
{
    if (auto* const gate = held_at.load()) gate->wait();
    return 1;
}

/// Holds the thread that reads it.
struct held {
    std::string text;
    int n = wait_at_gate();
};

class large_result : public testing::Test {
protected:
    large_result()
    {
        application.get("/busy", [this] {
            busy.wait();
            return "busy";
        });
        application.get("/small", []() -> serval::task<int> { co_return 1; });
        application.get("/large", [] { return large(); });
        application.get("/impatient", [] { return large(); }).timeout(300ms);
        application.get("/lines", [] { return lines(1.0); });
        application.post("/held", [](body<held> h) -> serval::task<int> { co_return h->n; });
        application.get("/nan", [] { return lines(std::numeric_limits<double>::quiet_NaN()); });
        settings.pool_threads = 1;
        settings.pool_queue = 1;
    }
    ~large_result() override { held_at = nullptr; }

    /// Posts bodies until each thread for JSON is held by one; the connections.
    std::vector<serval::test::raw_client> hold_threads(serval::test::running_server const& running)
    {
        std::string const text = R"({"text":")" + std::string(100'000, 'x') + R"(","n":1})";
        held_at = &busy;
        std::vector<serval::test::raw_client> all;
        int const threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2U, 9U)) - 1;
        while (busy.waited() != threads) {
            all.push_back(running.connect());
            all.back().send(
                "POST /held HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(text.size()) + "\r\n\r\n" + text);
            EXPECT_TRUE(eventually([&] { return busy.waited() == static_cast<int>(all.size()); }));
        }
        return all;
    }

    static serval::task<std::vector<std::string>> large()
    {
        co_return std::vector<std::string>(1000, std::string(97, 'x'));
    }

    /// Its second value is large.
    static serval::generator<std::vector<double>> lines(double last)
    {
        std::vector<double> values{1};
        co_yield values;
        values.resize(50'000, 0.5);
        values.back() = last;
        co_yield std::move(values);
    }

    serval::app application;
    serval::settings settings = serval::test::quiet_settings();
    serval::test::gate busy;
    serval::test::opened_at_exit const opened{busy};
};

TEST_F(large_result, is_not_held_up_by_plain_handlers)
{
    serval::test::running_server running(application, settings);
    auto blocking = running.connect();
    blocking.send(get("/busy"));
    ASSERT_TRUE(eventually([&] { return busy.waited() == 1; }));
    auto queued = running.connect();
    queued.send(get("/busy"));
    ASSERT_TRUE(eventually([&] { return running->stats().requests_in_flight == 2; }));
    auto client = running.connect();
    EXPECT_EQ(status_of(client.ask(get("/busy"))), 503) << "the queue is full";
    EXPECT_EQ(client.ask(get("/large"))->body.size(), 100'001U);
    EXPECT_EQ(client.ask(get("/lines"))->body.size(), 6 + 50'000 * 4 + 2U);
    busy.open();
}

TEST_F(large_result, waits_for_a_thread_and_holds_up_nobody)
{
    serval::test::running_server running(application, settings);
    auto const holding = hold_threads(running);
    auto large = running.connect();
    large.send(get("/large"));
    auto lines = running.connect();
    lines.send(get("/lines"));
    EXPECT_NE(lines.read_until("[1.0]\n"), "") << "what is there is sent before the wait";
    EXPECT_EQ(running.connect().ask(get("/small"))->body, "1");
    EXPECT_TRUE(large.silent());
    busy.open();
    EXPECT_EQ(large.read_answer()->body.size(), 100'001U);
    EXPECT_GT(lines.read_until("\r\n0\r\n\r\n").size(), 50'000 * 4U);
}

TEST_F(large_result, is_given_up_with_its_client_or_its_time)
{
    serval::test::running_server running(application, settings);
    auto const holding = hold_threads(running);
    auto const others = holding.size();
    {
        auto leaving = running.connect();
        leaving.send(get("/large"));
        ASSERT_TRUE(eventually([&] { return running->stats().requests_in_flight == others + 1; }));
    }
    EXPECT_TRUE(eventually([&] { return running->stats().requests_in_flight == others; }));
    auto waiting = running.connect();
    EXPECT_EQ(status_of(waiting.ask(get("/impatient"))), 503);
    busy.open();
    EXPECT_EQ(status_of(waiting.ask(get("/large"))), 200);
}

TEST_F(large_result, that_fails_breaks_a_stream_off)
{
    serval::test::running_server running(application, settings);
    auto client = running.connect();
    auto const all = (client.send(get("/nan")), client.read_to_end());
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK")) << all;
    EXPECT_FALSE(all.ends_with("0\r\n\r\n")) << all;
    EXPECT_EQ(running->stats().handler_errors, 1U);
}

} // namespace
