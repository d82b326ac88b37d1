// Around an exchange's end: what counts as in flight, what the next requests of the connection see, and whom
// the ends of values hold up.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace serval::params;
using namespace std::chrono_literals;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::running_server;
using serval::test::status_of;

struct connection_to_nowhere {
    explicit connection_to_nowhere(int n) : number{n}, text{std::make_shared<std::string>(100, 'x')} {}
    int number;
    std::shared_ptr<std::string> text;
};

serval::task<connection_to_nowhere> open_coroutine(query<"n", int, def(0)> n)
{
    co_return connection_to_nowhere(*n);
}

connection_to_nowhere open_plain(query<"n", int, def(0)> n)
{
    return connection_to_nowhere(*n);
}

/// A value whose end takes as long as the test likes.
struct slow_value {
    explicit slow_value(serval::test::gate* g) : ends_at{g} {}
    slow_value(slow_value&& from) noexcept : ends_at{std::exchange(from.ends_at, nullptr)} {}
    slow_value& operator=(slow_value&&) = delete;
    ~slow_value()
    {
        if (ends_at != nullptr) ends_at->wait();
    }
    serval::test::gate* ends_at;
};

serval::test::gate* slow_end = nullptr;

slow_value open_slow()
{
    return slow_value(slow_end);
}

/// Its end takes a while, and then looks whether what it uses was closed.
class user_of_app {
public:
    explicit user_of_app(std::atomic<bool>& closed, std::atomic<int>& late) : closed_{closed}, late_{late} {}
    user_of_app(user_of_app const&) = delete;
    user_of_app& operator=(user_of_app const&) = delete;
    ~user_of_app()
    {
        std::this_thread::sleep_for(50ms);
        if (closed_) ++late_;
    }

private:
    std::atomic<bool>& closed_;
    std::atomic<int>& late_;
};

std::atomic<bool> app_closed{false};
std::atomic<int> app_used_late{0};

std::unique_ptr<user_of_app> open_user()
{
    return std::make_unique<user_of_app>(app_closed, app_used_late);
}

class exchange_order : public testing::Test {
protected:
    exchange_order()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/echo/{text}",
                 [](path<"text", std::string> text) -> serval::task<std::string> { co_return *text; });
        app_.post("/echo",
                  [](serval::request& r) -> serval::task<std::string> { co_return std::string{r.body()}; })
            .read_body();
        auto const both = [this](depends<&open_coroutine> first, depends<&open_plain> second,
                                 serval::background_tasks& tasks) {
            tasks.add([this, used = &*first, same = first->number]() -> serval::task<void> {
                co_await serval::sleep_for(1ms);
                wrong_ += used->number == same ? 0 : 1;
                ++ran_;
            });
            tasks.add([this, used = &*second, same = second->number] {
                wrong_ += used->number == same && used->text->size() == 100 ? 0 : 1;
                ++ran_;
            });
            return "with " + std::to_string(first->number);
        };
        app_.get("/with", both);
        app_.post("/with", both); // which reads no body
        app_.get("/large", [this]() -> serval::task<std::string> {
            ++ran_;
            co_return std::string(64 << 20, 'x');
        });
    }

    static std::string post(std::string_view target, std::string_view body)
    {
        return std::string{"POST "}.append(target).append(" HTTP/1.1\r\nHost: a\r\nContent-Length: ") +
               std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
    }

    static void expect_body(raw_client& client, std::string const& expected)
    {
        auto const answer = client.read_answer();
        ASSERT_TRUE(answer) << expected.substr(0, 100) << ": " << client.problem();
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, expected);
    }

    raw_client unread_large_answer(running_server& server)
    {
        auto client = server.connect(4096);
        client.send(get("/large"));
        EXPECT_TRUE(eventually([&] { return ran_ == 1; }));
        auto const until = std::chrono::steady_clock::now() + 300ms;
        while (std::chrono::steady_clock::now() < until) {
            EXPECT_EQ(server->stats().requests_in_flight, 1U);
            std::this_thread::sleep_for(10ms);
        }
        return client;
    }

    std::atomic<int> ran_{0};
    std::atomic<int> wrong_{0};
    serval::app app_;
};

TEST_F(exchange_order, a_large_answer_is_in_flight_until_its_last_byte_has_left)
{
    running_server server{app_};
    auto client = unread_large_answer(server);
    auto const answer = client.read_answer();
    ASSERT_TRUE(answer) << client.problem();
    EXPECT_EQ(answer->body.size(), 64U << 20);
    EXPECT_TRUE(eventually([&] { return server->stats().requests_in_flight == 0; }));
}

TEST_F(exchange_order, a_large_answer_that_a_drain_cuts_off_is_reported)
{
    running_server server{app_};
    auto client = unread_large_answer(server);
    auto const report = server->stop(200ms);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.cancelled, 1U);
    EXPECT_EQ(report.stuck, 0U);
    EXPECT_EQ(server->stats().requests_in_flight, 0U);
    EXPECT_LT(client.read_to_end().size(), 64U << 20);
}

TEST_F(exchange_order, a_large_answer_whose_client_leaves_is_in_flight_no_more)
{
    running_server server{app_};
    unread_large_answer(server).reset();
    EXPECT_TRUE(eventually([&] { return server->stats().requests_in_flight == 0; }));
    EXPECT_TRUE(server->stop(10s).clean);
}

TEST_F(exchange_order, a_pipelined_request_behind_one_with_tasks_arrives_whole)
{
    running_server server{app_};
    std::string const body(300, 'b');
    std::string const second = post("/echo", body);
    for (std::size_t cut = 0; cut <= second.size(); cut += 7) {
        auto client = server.connect();
        client.send(get("/with?n=1") + second.substr(0, cut)); // of the second, so much comes with the first
        expect_body(client, "with 1");
        client.send(second.substr(cut) + get("/echo/third"));
        expect_body(client, body);
        expect_body(client, "third");
        if (testing::Test::HasFailure()) FAIL() << "cut at " << cut;
    }
    EXPECT_TRUE(server->stop(10s).clean);
    EXPECT_EQ(wrong_, 0);
}

TEST_F(exchange_order, pipelined_requests_with_tasks_and_large_bodies_in_turn_are_all_answered)
{
    running_server server{app_};
    std::string sent;
    std::vector<std::string> expected;
    for (int i = 0; i != 40; ++i) {
        sent += get("/with?n=" + std::to_string(i));
        expected.push_back("with " + std::to_string(i));
        std::string const body(static_cast<std::size_t>(i) * 997, static_cast<char>('a' + i % 26));
        sent += post("/echo", body);
        expected.push_back(body);
        sent += "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nchunk\r\n0\r\n\r\n";
        expected.emplace_back("chunk");
    }
    auto client = server.connect();
    EXPECT_TRUE(client.send(sent));
    for (auto const& one : expected)
        expect_body(client, one);
    EXPECT_TRUE(server->stop(10s).clean);
    EXPECT_EQ(ran_, 80);
    EXPECT_EQ(wrong_, 0);
}

TEST_F(exchange_order, requests_after_one_with_tasks_are_answered_themselves)
{
    running_server server{app_};
    int n = 0;
    for (int round = 0; round != 100; ++round) {
        {
            auto first = server.connect();
            ++n;
            first.send(get("/with?n=" + std::to_string(n)) + get("/echo/behind" + std::to_string(n)) +
                       "GET /half HTTP/1.1\r\nHo"); // and a head that does not end
            expect_body(first, "with " + std::to_string(n));
            expect_body(first, "behind" + std::to_string(n));
        }
        // The tasks' workspace is given back at some moment, and serves one of these.
        for (int i = 0; i != 5; ++i) {
            auto next = server.connect();
            next.send(get("/echo/" + std::to_string(++n)));
            expect_body(next, std::to_string(n));
            next.send(post("/echo", std::to_string(++n)));
            expect_body(next, std::to_string(n));
            EXPECT_TRUE(next.silent()) << "no answer to what this client has not asked";
        }
        if (testing::Test::HasFailure()) FAIL() << "in round " << round;
    }
    EXPECT_TRUE(eventually([&] { return ran_ == 200; }));
    EXPECT_EQ(wrong_, 0);
}

TEST_F(exchange_order, a_body_that_a_handler_with_tasks_does_not_read_is_skipped)
{
    running_server server{app_};
    for (std::size_t const size :
         {std::size_t{1}, std::size_t{1000}, std::size_t{20'000}, std::size_t{60'000}}) {
        auto const request = post("/with?n=" + std::to_string(size), std::string(size, 'u'));
        auto const head = request.find("\r\n\r\n") + 4;
        for (auto const cut : {head, head + 1, head + size / 2, request.size()}) {
            auto client = server.connect();
            for (int i = 0; i != 3; ++i) {
                client.send(request.substr(0, cut));
                expect_body(client, "with " + std::to_string(size));
                client.send(request.substr(cut) + get("/echo/next"));
                expect_body(client, "next");
            }
            client.send("POST /with HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            expect_body(client, "with 0");
            client.send("2\r\nde\r\n0\r\n\r\n" + get("/echo/last"));
            expect_body(client, "last");
            if (testing::Test::HasFailure()) FAIL() << size << " bytes, cut at " << cut;
        }
    }
    auto client = server.connect(); // more than is skipped
    client.send(post("/with?n=7", std::string(200'000, 'u')));
    auto const answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(serval::test::field(*answer, "connection"), "close");
    EXPECT_EQ(client.wait_for_end(), raw_client::ending::closed);
    EXPECT_TRUE(server->stop(10s).clean);
    EXPECT_EQ(wrong_, 0);
}

TEST_F(exchange_order, a_plain_value_that_ends_slowly_holds_up_nobody_else)
{
    serval::test::gate gate;
    serval::test::opened_at_exit const opened{gate};
    slow_end = &gate;
    app_.get("/slow", [](depends<&open_slow>) -> serval::task<std::string> { co_return "answered"; });
    app_.get("/slow_and_large",
             [](depends<&open_slow>) -> serval::task<std::string> { co_return std::string(1 << 20, 'x'); });
    running_server server{app_};
    auto small = server.connect();
    small.send(get("/slow"));
    expect_body(small, "answered");
    auto large = server.connect(4096);
    large.send(get("/slow_and_large"));
    expect_body(large, std::string(1 << 20, 'x'));
    EXPECT_TRUE(eventually([&] { return gate.waited() == 2; }));
    EXPECT_TRUE(eventually([&] { return server->stats().requests_in_flight == 0; }));
    for (int i = 0; i != 10; ++i)
        EXPECT_TRUE(server.alive());
    small.send(get("/echo/next"));
    EXPECT_TRUE(small.silent(100ms)) << "its own connection waits: values of a request end before the next";
    gate.open();
    expect_body(small, "next");
    EXPECT_TRUE(server->stop(10s).clean);
}

TEST_F(exchange_order, a_task_counts_until_what_it_was_given_has_ended)
{
    serval::test::gate coroutine_end;
    serval::test::gate plain_end;
    serval::test::opened_at_exit const coroutine_opened{coroutine_end};
    serval::test::opened_at_exit const plain_opened{plain_end};
    app_.get("/tasks", [&](serval::background_tasks& tasks) {
        auto const held = std::make_shared<slow_value>(&coroutine_end);
        tasks.add([held]() -> serval::task<void> { co_await serval::sleep_for(1ms); });
        tasks.add([](std::shared_ptr<slow_value> const&) {}, std::make_shared<slow_value>(&plain_end));
        return "accepted";
    });
    running_server server{app_};
    EXPECT_EQ(status_of(server.connect().ask(get("/tasks", "Connection: close\r\n"))), 200);
    std::uint64_t done = 0;
    for (auto* const one : {&coroutine_end, &plain_end}) {
        ASSERT_TRUE(eventually([&] { return one->waited() == 1; }));
        EXPECT_EQ(server->stats().background.running, 1U);
        EXPECT_EQ(server->stats().background.done, done++);
        one->open();
    }
    EXPECT_TRUE(eventually([&] { return server->stats().background.done == done; }));
}

/// Stops servers of two loops while tasks and values end, and counts those that end after the shutdown hook.
class shutdown_order : public exchange_order {
protected:
    shutdown_order()
    {
        app_closed = false;
        app_used_late = 0;
        app_.on_shutdown([] { app_closed = true; });
        options_.threads = 2;
    }

    void expect_none_late(std::string const& target, std::chrono::milliseconds deadline)
    {
        for (int round = 0; round != 5; ++round) {
            app_closed = false;
            running_server server{app_, options_};
            std::vector<raw_client> clients;
            for (int i = 0; i != 4; ++i) { // two a loop
                clients.push_back(server.connect());
                EXPECT_EQ(status_of(clients.back().ask(get(target, "Connection: close\r\n"))), 200);
            }
            server->stop(deadline);
            EXPECT_TRUE(app_closed);
            EXPECT_EQ(app_used_late, 0) << "in round " << round;
        }
    }

    serval::settings options_ = quiet_settings();
};

TEST_F(shutdown_order, a_tasks_arguments_end_before_the_shutdown_hook_runs)
{
    app_.get("/task", [](serval::background_tasks& tasks) {
        auto const held = std::make_shared<user_of_app>(app_closed, app_used_late);
        tasks.add([held]() -> serval::task<void> { co_await serval::sleep_for(1ms); });
        tasks.add([](std::shared_ptr<user_of_app>) -> serval::task<void> { co_return; },
                  std::make_shared<user_of_app>(app_closed, app_used_late));
        tasks.add(
            serval::task_options{}.retries(1), [](std::shared_ptr<user_of_app> const&) {},
            std::make_shared<user_of_app>(app_closed, app_used_late));
        return "accepted";
    });
    expect_none_late("/task", 10s);
}

TEST_F(shutdown_order, arguments_of_tasks_that_are_given_up_end_before_the_shutdown_hook_runs)
{
    app_.get("/task", [](serval::background_tasks& tasks) {
        tasks.add([](std::shared_ptr<user_of_app>) -> serval::task<void> { co_await serval::sleep_for(1h); },
                  std::make_shared<user_of_app>(app_closed, app_used_late));
        tasks.add([](std::shared_ptr<user_of_app> const&) {},
                  std::make_shared<user_of_app>(app_closed, app_used_late));
        return "accepted";
    });
    expect_none_late("/task", 20ms);
}

TEST_F(shutdown_order, values_of_dependencies_end_before_the_shutdown_hook_runs)
{
    app_.get("/value", [](depends<&open_user>) -> serval::task<std::string> { co_return "answered"; });
    app_.get("/value_of_tasks", [](depends<&open_user> used, serval::background_tasks& tasks) {
        tasks.add([](user_of_app*) {}, used->get());
        return "accepted";
    });
    expect_none_late("/value", 10s);
    expect_none_late("/value_of_tasks", 10s);
    expect_none_late("/value", 0ms);
    expect_none_late("/value_of_tasks", 0ms);
}

} // namespace
