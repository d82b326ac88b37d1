// Results that are too large to be written on a loop: they wait for a thread of the pool, as plain handlers
// do.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::get;
using serval::test::status_of;

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
        application.get("/nan", [] { return lines(std::numeric_limits<double>::quiet_NaN()); });
        settings.pool_threads = 1;
        settings.pool_queue = 1;
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

TEST_F(large_result, waits_for_the_pool_and_holds_up_nobody)
{
    serval::test::running_server running(application, settings);
    auto blocking = running.connect();
    blocking.send(get("/busy"));
    ASSERT_TRUE(eventually([&] { return busy.waited() == 1; }));
    auto queued = running.connect();
    queued.send(get("/busy"));
    ASSERT_TRUE(eventually([&] { return running->stats().requests_in_flight == 2; }));
    auto large = running.connect();
    large.send(get("/large"));
    auto lines = running.connect();
    lines.send(get("/lines"));
    EXPECT_NE(lines.read_until("[1.0]\n"), "") << "what is there is sent before the wait";
    auto other = running.connect();
    EXPECT_EQ(other.ask(get("/small"))->body, "1");
    EXPECT_EQ(status_of(other.ask(get("/busy"))), 503) << "the queue is full";
    EXPECT_TRUE(large.silent());
    busy.open();
    EXPECT_EQ(large.read_answer()->body.size(), 100'001U) << "which refuses no result";
    EXPECT_EQ(lines.read_until("\r\n0\r\n\r\n").size() >= 50'000 * 4, true);
    EXPECT_EQ(blocking.read_answer()->body, "busy");
}

TEST_F(large_result, is_given_up_with_its_client_or_its_time)
{
    serval::test::running_server running(application, settings);
    auto blocking = running.connect();
    blocking.send(get("/busy"));
    ASSERT_TRUE(eventually([&] { return busy.waited() == 1; }));
    {
        auto leaving = running.connect();
        leaving.send(get("/large"));
        ASSERT_TRUE(eventually([&] { return running->stats().requests_in_flight == 2; }));
    }
    EXPECT_TRUE(eventually([&] { return running->stats().requests_in_flight == 1; }));
    auto waiting = running.connect();
    EXPECT_EQ(status_of(waiting.ask(get("/impatient"))), 503);
    busy.open();
    EXPECT_EQ(status_of(blocking.read_answer()), 200);
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
