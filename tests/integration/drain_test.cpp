// The end of a server: what is in flight ends, what comes late is refused, and what does not end is reported.
#include "support/handler_probes.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::field;
using serval::test::get;
using serval::test::on_exit_flag;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::running_server;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

serval::task<std::string> sleep_ms(path<"ms", int> ms)
{
    co_await serval::sleep_for(std::chrono::milliseconds(*ms));
    co_return "slept";
}

class drain : public testing::Test {
protected:
    drain()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/sleep/{ms}", sleep_ms);
        app_.get("/forever", [this]() -> serval::task<std::string> {
            on_exit_flag const flag(left_);
            co_await serval::sleep_for(1h);
            co_return "";
        });
        app_.get("/block/{ms}", [](path<"ms", int> ms) {
            std::this_thread::sleep_for(std::chrono::milliseconds(*ms));
            return std::string{"blocked"};
        });
        app_.get("/hog/{ms}", [](path<"ms", int> ms) -> serval::task<std::string> {
            std::this_thread::sleep_for(std::chrono::milliseconds(*ms)); // what a handler must not do
            co_return "hogged";
        });
        app_.post("/echo",
                  [](serval::request& r) -> serval::task<std::string> { co_return std::string{r.body()}; })
            .read_body();
    }

    static std::future<serval::stop_report> stopping(running_server& one, std::chrono::milliseconds deadline)
    {
        auto report = std::async(std::launch::async, [&one, deadline] { return one->stop(deadline); });
        eventually([&] { return one->draining(); });
        return report;
    }

    static raw_client in_flight(running_server& one, std::string_view target)
    {
        auto const before = one->stats().requests_in_flight;
        auto client = one.connect();
        client.send(get(target));
        EXPECT_TRUE(eventually([&] { return one->stats().requests_in_flight == before + 1; }));
        return client;
    }

    serval::app app_;
    std::atomic<bool> left_{false};
};

TEST_F(drain, lets_requests_in_flight_end_and_closes_their_connections)
{
    running_server one{app_};
    auto coroutine = in_flight(one, "/sleep/400");
    auto plain = in_flight(one, "/block/400");
    auto report = stopping(one, 5s);
    for (auto* client : {&coroutine, &plain}) {
        auto const answer = client->read_answer();
        ASSERT_TRUE(answer) << client->problem();
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(field(*answer, "connection"), "close");
        EXPECT_EQ(client->read_to_end(), "");
    }
    EXPECT_TRUE(report.get().clean);
    EXPECT_EQ(one->stats().connections, 0U);
}

TEST_F(drain, lets_a_request_end_whose_body_still_comes)
{
    running_server one{app_};
    auto client = one.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight == 1; }));
    auto report = stopping(one, 5s);
    EXPECT_TRUE(client.silent(100ms));
    client.send("world");
    auto const answer = client.read_answer();
    ASSERT_TRUE(answer) << client.problem();
    EXPECT_EQ(answer->body, "helloworld");
    EXPECT_TRUE(report.get().clean);
}

/// Whether the server that had `port` takes no more connections: its drain has begun.
bool is_refused(std::uint16_t port)
{
    try {
        raw_client const late{port};
        return false;
    } catch (std::system_error const&) {
        return true;
    }
}

TEST_F(drain, closes_idle_connections_after_a_moment_in_which_they_may_still_ask)
{
    running_server one{app_};
    auto idle = one.connect();
    EXPECT_EQ(status_of(idle.ask(get("/alive"))), 200);
    auto late = one.connect();
    EXPECT_EQ(status_of(late.ask(get("/alive"))), 200);
    auto const begin = clock::now();
    auto const port = one->port();
    auto report = stopping(one, 10s);
    EXPECT_TRUE(eventually([&] { return is_refused(port); }));
    auto const answer = late.ask(get("/alive"));
    ASSERT_TRUE(answer) << late.problem();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(field(*answer, "connection"), "close");
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_TRUE(report.get().clean);
    EXPECT_LT(clock::now() - begin, 3s);
}

TEST_F(drain, refuses_new_connections)
{
    running_server one{app_};
    auto busy = in_flight(one, "/sleep/500");
    auto const port = one->port();
    auto report = stopping(one, 5s);
    EXPECT_TRUE(eventually([&] { return is_refused(port); }, 400ms));
    EXPECT_EQ(status_of(busy.read_answer()), 200);
    EXPECT_TRUE(report.get().clean);
}

TEST_F(drain, answers_requests_that_wait_to_be_accepted)
{
    running_server one{app_};
    auto hog = one.connect();
    hog.send(get("/hog/400"));
    ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight == 1; }));
    std::vector<raw_client> queued;
    for (int i = 0; i != 5; ++i) {
        queued.push_back(one.connect());
        queued.back().send(get("/alive"));
    }
    auto report = stopping(one, 5s);
    EXPECT_EQ(status_of(hog.read_answer()), 200);
    for (auto& client : queued)
        EXPECT_EQ(status_of(client.read_answer()), 200) << client.problem();
    EXPECT_TRUE(report.get().clean);
}

TEST_F(drain, cancels_coroutine_handlers_at_the_deadline_and_says_so)
{
    running_server one{app_};
    auto client = in_flight(one, "/forever");
    auto const begin = clock::now();
    auto const report = one->stop(200ms);
    EXPECT_GE(clock::now() - begin, 190ms);
    EXPECT_LT(clock::now() - begin, 1500ms);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.cancelled, 1U);
    EXPECT_EQ(report.stuck, 0U);
    EXPECT_TRUE(left_);
    EXPECT_EQ(status_of(client.read_answer()), 503);
}

TEST_F(drain, is_not_held_up_by_clients_that_read_only_afterwards)
{
    app_.get("/some", []() -> serval::task<std::string> { co_return std::string(16'000, 'x'); });
    running_server one{app_};
    std::vector<raw_client> clients;
    std::string requests;
    for (int i = 0; i != 14; ++i) { // of some there is a rest that the system does not take at once
        requests += get("/some");
        clients.push_back(one.connect(4096));
        ASSERT_TRUE(clients.back().send(requests + get("/forever")));
    }
    ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight >= clients.size(); }));
    auto const begin = clock::now();
    one->stop(100ms);
    EXPECT_LT(clock::now() - begin, 1500ms);
    // Of the others, which had filled the buffers, the last requests were never begun.
    for (std::size_t i = 0; i != 9; ++i) {
        for (std::size_t k = 0; k <= i; ++k)
            ASSERT_EQ(status_of(clients[i].read_answer()), 200)
                << i << ' ' << k << ' ' << clients[i].problem();
        EXPECT_EQ(status_of(clients[i].read_answer()), 503) << i << ' ' << clients[i].problem();
    }
}

TEST_F(drain, leaves_the_rest_of_an_answer_to_the_system_at_the_deadline)
{
    app_.get("/large", []() -> serval::task<std::string> { co_return std::string(500'000, 'x'); });
    running_server one{app_};
    auto client = one.connect(4096);
    ASSERT_TRUE(client.send(get("/large")));
    ASSERT_TRUE(eventually([&] { return one->stats().requests == 1; }));
    EXPECT_EQ(one->stats().requests_in_flight, 1U);
    auto const begin = clock::now();
    one->stop(100ms);
    EXPECT_LT(clock::now() - begin, 1500ms);
    auto const answer = client.read_answer();
    ASSERT_TRUE(answer) << client.problem();
    EXPECT_EQ(answer->body.size(), 500'000U);
}

TEST_F(drain, is_not_held_up_by_a_plain_handler_that_never_ends)
{
    std::mutex mutex;
    std::condition_variable changed;
    bool begun = false;
    bool open = false;
    std::atomic<bool> ended{false};
    app_.get("/stuck", [&] {
        std::unique_lock lock{mutex};
        begun = true;
        changed.wait(lock, [&] { return open; });
        ended = true;
        return std::string{};
    });
    running_server one{app_};
    auto client = in_flight(one, "/stuck");
    ASSERT_TRUE(eventually([&] {
        std::lock_guard const lock{mutex};
        return begun;
    }));
    auto const begin = clock::now();
    auto const report = one->stop(100ms);
    EXPECT_LT(clock::now() - begin, 5s);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.stuck, 1U);
    EXPECT_EQ(one->stats().pool_running, 1U);
    EXPECT_NE(client.wait_for_end(), raw_client::ending::open);
    {
        std::lock_guard const lock{mutex};
        open = true;
        changed.notify_all();
    }
    // It ends after all, and does no harm.
    EXPECT_TRUE(eventually([&] { return one->stats().pool_running == 0; }));
    EXPECT_TRUE(ended);
}

TEST_F(drain, is_not_held_up_by_a_shutdown_hook_behind_a_pool_that_is_stuck)
{
    std::promise<void> open;
    auto const opened = open.get_future().share();
    app_.get("/stuck", [opened] {
        opened.wait();
        return std::string{};
    });
    auto const ran = std::make_shared<std::atomic<bool>>(false);
    app_.on_shutdown([ran] { *ran = true; });
    auto options = quiet_settings();
    options.pool_threads = 1;
    running_server one{app_, options};
    auto client = in_flight(one, "/stuck");
    ASSERT_TRUE(eventually([&] { return one->stats().pool_running == 1; }));
    auto const begin = clock::now();
    EXPECT_EQ(one->stop(100ms).stuck, 1U);
    EXPECT_LT(clock::now() - begin, 8s);
    open.set_value();
    EXPECT_TRUE(eventually([&] { return one->stats().pool_running == 0; }));
    EXPECT_FALSE(*ran) << "a hook that was given up must not run later, when the app may be gone";
}

TEST_F(drain, is_not_held_up_by_what_a_handler_has_left_on_the_loop)
{
    app_.get("/leave", []() -> serval::task<std::string> {
        auto const executor = co_await boost::asio::this_coro::executor;
        boost::asio::co_spawn(executor, serval::sleep_for(1h), boost::asio::detached);
        co_return "left";
    });
    running_server one{app_};
    EXPECT_EQ(status_of(one.connect().ask(get("/leave", "Connection: close\r\n"))), 200);
    auto const begin = clock::now();
    EXPECT_TRUE(one->stop(5s).clean);
    EXPECT_LT(clock::now() - begin, 4s);
}

TEST_F(drain, ends_at_once_when_it_is_aborted)
{
    running_server one{app_};
    auto client = in_flight(one, "/forever");
    auto report = stopping(one, 30s);
    EXPECT_EQ(report.wait_for(100ms), std::future_status::timeout);
    auto const begin = clock::now();
    one->abort();
    EXPECT_FALSE(report.get().clean);
    EXPECT_LT(clock::now() - begin, 1s);
    EXPECT_TRUE(left_);
}

TEST_F(drain, waits_for_two_loops)
{
    auto options = quiet_settings();
    options.threads = 2;
    running_server one{app_, options};
    auto first = in_flight(one, "/sleep/300");
    auto second = in_flight(one, "/sleep/300");
    auto idle = one.connect();
    auto report = stopping(one, 5s);
    EXPECT_EQ(status_of(first.read_answer()), 200);
    EXPECT_EQ(status_of(second.read_answer()), 200);
    EXPECT_TRUE(report.get().clean);
}

TEST_F(drain, loses_no_request_under_load)
{
    for (int round = 0; round != 5; ++round) {
        auto options = quiet_settings();
        options.threads = 1 + static_cast<std::size_t>(round % 2);
        running_server one{app_, options};
        std::atomic<int> answered{0};
        std::atomic<int> lost{0};
        auto const talk = [&](raw_client client) {
            for (;;) {
                client.send(get("/alive"));
                auto const answer = client.read_answer();
                if (status_of(answer) != 200) {
                    ++lost;
                    return;
                }
                ++answered;
                if (field(*answer, "connection") == "close") return;
            }
        };
        std::vector<std::thread> clients;
        for (int i = 0; i != 6; ++i)
            clients.emplace_back(talk, one.connect()); // here: a thread may begin after the drain has
        eventually([&] { return answered > 200; });
        EXPECT_TRUE(one->stop(10s).clean);
        for (auto& one_client : clients)
            one_client.join();
        EXPECT_EQ(lost, 0);
    }
}

TEST_F(drain, of_a_server_with_nothing_to_do_is_immediate_and_clean)
{
    running_server one{app_};
    auto const begin = clock::now();
    EXPECT_TRUE(one->stop().clean);
    EXPECT_LT(clock::now() - begin, 500ms);
}

} // namespace
