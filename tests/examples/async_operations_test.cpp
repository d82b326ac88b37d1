// Sections 1 and 5 of the notebook in process, on a clock that the tests move.
#include "async_operations/application.hpp"
#include "async_operations/rounding.hpp"

#include <serval/app.hpp>
#include <serval/json.hpp>
#include <serval/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct example {
    example() { async_operations::add_everything(app); }

    serval::app app{async_operations::info()};
};

/// The example's app and a client of it, in simulated time.
class async_operations_example : public testing::Test {
protected:
    serval::json get(std::string_view target, int status = 200)
    {
        auto const response = client.get(target);
        EXPECT_EQ(response.status, status) << target << ": " << response.body;
        EXPECT_EQ(response.header("content-type"), "application/json");
        return serval::json::parse(response.body, nullptr, false);
    }

    example served;
    serval::manual_clock clock;
    serval::test_client client{served.app, clock};
};

std::vector<std::string> keys_of(serval::json const& object)
{
    std::vector<std::string> keys;
    for (auto const& [key, value] : object.items())
        keys.push_back(key);
    return keys;
}

TEST_F(async_operations_example, sleeps_without_taking_time_and_says_so)
{
    clock.auto_advance(true);
    auto const response = client.get("/async/sleep/3600");
    EXPECT_EQ(
        response.body,
        R"json({"type":"async","slept_for":3600,"message":"Slept for 3600 seconds (non-blocking)"})json");
    EXPECT_GE(clock.elapsed(), 1h);
}

TEST_F(async_operations_example, answers_negative_sleeps_at_once)
{
    EXPECT_EQ(client.get("/async/sleep/-5").body,
              R"json({"type":"async","slept_for":-5,"message":"Slept for -5 seconds (non-blocking)"})json");
    EXPECT_EQ(client.get("/sync/sleep/-5").body,
              R"json({"type":"sync","slept_for":-5,"message":"Slept for -5 seconds (blocking)"})json");
}

TEST_F(async_operations_example, refuses_seconds_that_are_no_integer)
{
    EXPECT_EQ(
        client.get("/sync/sleep/abc").body,
        R"json({"detail":[{"type":"int_parsing","loc":["path","seconds"],"msg":"Input should be a valid )json"
        R"json(integer, unable to parse string as an integer","input":"abc"}]})json");
    EXPECT_EQ(get("/async/sleep/99999999999", 422)["detail"][0]["type"], "int_parsing_size");
}

TEST_F(async_operations_example, fetches_with_a_delay_of_one_second_by_default)
{
    auto pending = client.start("GET", "/async/fetch");
    clock.advance(999ms);
    EXPECT_FALSE(pending.ready());
    clock.advance(1ms);
    auto const body = serval::json::parse(pending.get().body);
    EXPECT_EQ(keys_of(body), (std::vector<std::string>{"message", "elapsed_ms", "data"}));
    EXPECT_EQ(body["message"], "Fetched data successfully");
    EXPECT_TRUE(body["elapsed_ms"].is_number_float());
    EXPECT_EQ(body["data"].dump(), R"json({"status":"success","delay":1})json");
}

TEST_F(async_operations_example, computes_fibonacci_numbers)
{
    auto const body = get("/sync/compute?n=25");
    EXPECT_EQ(keys_of(body), (std::vector<std::string>{"n", "result", "elapsed_ms", "note"}));
    EXPECT_EQ(body["n"], 25);
    EXPECT_EQ(body["result"], 75025);
    EXPECT_TRUE(body["elapsed_ms"].is_number_float());
    EXPECT_EQ(body["note"], "CPU-bound, runs in threadpool");
    EXPECT_EQ(get("/sync/compute?n=-3")["result"], -3);
}

TEST_F(async_operations_example, answers_500_where_python_runs_out_of_stack)
{
    auto const response = client.get("/sync/compute?n=2147483647");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, "Internal Server Error");
}

TEST_F(async_operations_example, counts_requests_that_overlap)
{
    std::vector<serval::pending_response> pending;
    for (int i = 0; i != 5; ++i) {
        pending.push_back(client.start("GET", "/concurrent/slow?request_id=req_" + std::to_string(i)));
        clock.settle(); // so that they begin in this order
    }
    EXPECT_EQ(client.get("/concurrent/stats").body,
              R"json({"current_active":5,"total_processed":0,"recent_requests":[]})json");
    clock.advance(2s);
    for (int i = 0; i != 5; ++i) {
        auto const body = serval::json::parse(pending[static_cast<std::size_t>(i)].get().body);
        EXPECT_EQ(keys_of(body), (std::vector<std::string>{"request_id", "delay", "elapsed",
                                                           "concurrent_requests_during_processing"}));
        EXPECT_EQ(body["request_id"], "req_" + std::to_string(i));
        EXPECT_EQ(body["delay"], 2);
        EXPECT_TRUE(body["elapsed"].is_number_float());
        EXPECT_EQ(body["concurrent_requests_during_processing"], i + 1);
    }
    auto const stats = get("/concurrent/stats");
    EXPECT_EQ(stats["current_active"], 0);
    EXPECT_EQ(stats["total_processed"], 5);
    EXPECT_EQ(stats["recent_requests"].size(), 5U);
}

TEST_F(async_operations_example, shows_the_last_ten_requests)
{
    for (int i = 0; i != 12; ++i)
        get("/concurrent/slow?delay=0&request_id=" + std::to_string(i));
    auto const stats = get("/concurrent/stats");
    EXPECT_EQ(stats["total_processed"], 12);
    ASSERT_EQ(stats["recent_requests"].size(), 10U);
    EXPECT_EQ(stats["recent_requests"][0]["request_id"], "2");
    EXPECT_EQ(stats["recent_requests"][9]["request_id"], "11");
    EXPECT_EQ(get("/concurrent/slow?delay=0")["request_id"], "unknown");
}

TEST_F(async_operations_example, counts_out_a_request_whose_client_left)
{
    auto pending = client.start("GET", "/concurrent/slow?delay=3600");
    clock.settle();
    EXPECT_EQ(get("/concurrent/stats")["current_active"], 1);
    pending.disconnect();
    clock.advance(2s); // the sweep that finds out comes every 250 ms
    auto const stats = get("/concurrent/stats");
    EXPECT_EQ(stats["current_active"], 0);
    EXPECT_EQ(stats["total_processed"], 0);
}

TEST_F(async_operations_example, two_apps_share_nothing)
{
    get("/concurrent/slow?delay=0");
    example other;
    serval::test_client other_client{other.app};
    EXPECT_EQ(other_client.get("/concurrent/stats").body,
              R"json({"current_active":0,"total_processed":0,"recent_requests":[]})json");
    EXPECT_EQ(get("/concurrent/stats")["total_processed"], 1);
}

// Expectations are what Python 3.13's round() gives.
TEST(async_operations_rounding, rounds_as_python_does)
{
    EXPECT_EQ(async_operations::rounded(2.675, 2), 2.67);
    EXPECT_EQ(async_operations::rounded(0.125, 2), 0.12);
    EXPECT_EQ(async_operations::rounded(0.375, 2), 0.38);
    EXPECT_EQ(async_operations::rounded(1005.0, 2), 1005.0);
    EXPECT_EQ(async_operations::rounded(-0.004, 2), -0.0);
    EXPECT_EQ(async_operations::rounded(1.7e308, 2), 1.7e308);
    EXPECT_EQ(async_operations::rounded(std::numeric_limits<double>::infinity(), 2),
              std::numeric_limits<double>::infinity());
}

} // namespace
