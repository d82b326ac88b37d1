// Calls that wait within handlers, and from threads of their own.
#include "testing/test_loop.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace serval {
namespace {

using namespace std::chrono_literals;

/// Handlers get at the client that serves them.
class client_waits_test : public testing::Test {
protected:
    client_waits_test()
    {
        application.get("/hello", []() -> task<std::string> { co_return "hello"; });
        application.get("/sleep", []() -> task<std::string> {
            co_await sleep_for(1h);
            co_return "slept";
        });
        application.get("/coroutine", [this]() -> task<std::string> { co_return outcome_of_call(); });
        application.get("/plain", [this] { return outcome_of_call(); });
    }

    std::string outcome_of_call()
    {
        try {
            return call();
        } catch (std::logic_error const& error) {
            return std::string{"logic_error: "} + error.what();
        } catch (std::exception const& error) {
            return std::string{"exception: "} + error.what();
        }
    }

    test_client& open(bool automatic)
    {
        clock.auto_advance(automatic);
        return client.emplace(application, clock);
    }

    bool is_quick() const { return std::chrono::steady_clock::now() - begin < 10s; }

    std::chrono::steady_clock::time_point const begin = std::chrono::steady_clock::now();
    std::function<std::string()> call;
    app application;
    manual_clock clock;
    std::optional<test_client> client;
};

TEST_F(client_waits_test, are_refused_at_once_in_a_coroutine)
{
    open(true);
    std::vector<std::function<void()>> const calls{
        [this] { client->get("/hello"); },
        [this] { client->start("GET", "/hello").get(); },
        [this] { client->stream("GET", "/hello"); },
        [this] { client->raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"); },
        [this] { client->wait_background(); },
        [this] { clock.advance(1s); },
        [this] { clock.settle(); },
    };
    for (std::size_t i = 0; i != calls.size(); ++i) {
        call = [&, i] {
            calls[i]();
            return std::string{"returned"};
        };
        EXPECT_TRUE(client->get("/coroutine").body.starts_with("logic_error: serval: a coroutine")) << i;
    }
    EXPECT_EQ(client->get("/hello").body, "hello");
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, are_refused_at_once_in_a_coroutine_though_another_thread_waits_for_the_clock)
{
    application.get("/later", [this]() -> task<std::string> {
        co_await sleep_for(1s); // in the midst of the advance below
        co_return outcome_of_call();
    });
    call = [this] {
        clock.advance(1s);
        return std::string{"returned"};
    };
    open(false);
    auto answer = client->start("GET", "/later");
    clock.advance(1min);
    EXPECT_TRUE(answer.get().body.starts_with("logic_error: ")) << answer.get().body;
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, are_answered_in_a_plain_handler)
{
    call = [this] {
        auto text = client->get("/hello").body;
        text += client->raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", {5, 9}).empty() ? "" : " raw";
        auto streamed = client->stream("GET", "/hello");
        text += " " + streamed.read_all();
        client->wait_background();
        clock.settle();
        return text;
    };
    for (bool const automatic : {false, true}) {
        open(automatic);
        EXPECT_EQ(client->get("/plain").body, "hello raw hello") << automatic;
    }
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, let_a_plain_handler_advance_the_clock)
{
    call = [this] {
        auto sleeper = client->start("GET", "/sleep");
        clock.advance(1h);
        return sleeper.ready() ? sleeper.get().body : std::string{"not ready"};
    };
    open(false);
    EXPECT_EQ(client->get("/plain").body, "slept");
    EXPECT_EQ(clock.elapsed(), 1h);
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, let_a_plain_handler_advance_within_an_advance)
{
    call = [this] {
        clock.advance(1s);
        return std::to_string(clock.elapsed() / 1s);
    };
    application.get("/later", [this]() -> task<std::string> {
        co_await sleep_for(10s);
        co_return co_await run_in_threadpool([this] { return outcome_of_call(); });
    });
    open(false);
    auto answer = client->start("GET", "/later");
    clock.advance(1min);
    ASSERT_TRUE(answer.ready()) << "the outer one waits for all that it starts";
    EXPECT_EQ(answer.get().body, "11");
    EXPECT_EQ(clock.elapsed(), 1min);
}

TEST_F(client_waits_test, move_an_automatic_clock_for_a_plain_handler)
{
    call = [this] { return client->get("/sleep").body; };
    open(true);
    EXPECT_EQ(client->get("/plain").body, "slept");
    EXPECT_EQ(clock.elapsed(), 1h);
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, move_the_clock_for_a_thread_that_a_plain_handler_joins)
{
    call = [this] {
        return std::async(std::launch::async,
                          [this] {
                              clock.advance(1s);
                              return client->get("/sleep").body;
                          })
            .get();
    };
    open(true);
    EXPECT_EQ(client->get("/plain").body, "slept");
    EXPECT_GE(clock.elapsed(), 1h + 1s);
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, move_the_clock_for_another_thread_that_a_plain_handler_waits_for)
{
    std::promise<void> entered;
    std::promise<std::string> other;
    call = [&] {
        entered.set_value();
        return other.get_future().get();
    };
    open(true);
    std::thread thread([&] {
        entered.get_future().wait();
        other.set_value(client->get("/sleep").body);
    });
    EXPECT_EQ(client->get("/plain").body, "slept");
    thread.join();
    EXPECT_TRUE(is_quick());
}

TEST_F(client_waits_test, leave_the_clock_alone_while_a_plain_handler_computes)
{
    call = [] {
        auto const until = std::chrono::steady_clock::now() + testing_impl::stall_watch::grace + 500ms;
        while (std::chrono::steady_clock::now() < until) {
        }
        return std::string{"computed"};
    };
    open(false);
    auto answer = client->start("GET", "/plain");
    clock.settle();
    EXPECT_TRUE(answer.ready());
}

TEST_F(client_waits_test, end_when_the_client_is_destroyed)
{
    open(false);
    auto blocked = std::async(std::launch::async, [&] {
        auto sleeper = client->start("GET", "/sleep");
        clock.settle();
        return sleeper;
    });
    auto sleeper = blocked.get();
    client.reset();
    EXPECT_THROW(sleeper.get(), std::runtime_error);
    clock.advance(1s);
    EXPECT_GE(clock.elapsed(), 1s);
    EXPECT_TRUE(is_quick());
}

} // namespace
} // namespace serval
