// Servers: where they listen, how they start and stop, what they run where, and what they leave behind.
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

constexpr std::string_view last = "Connection: close\r\n";

serval::task<std::string> alive()
{
    co_return "yes";
}

serval::task<std::string> sleep_ms(path<"ms", int> ms)
{
    co_await serval::sleep_for(std::chrono::milliseconds(*ms));
    co_return "slept";
}

class server : public testing::Test {
protected:
    server()
    {
        app_.get("/alive", alive);
        app_.get("/sleep/{ms}", sleep_ms);
    }

    /// The path of a socket that is no file yet.
    static std::string socket_path()
    {
        return testing::TempDir() + "serval-" + std::to_string(::getpid()) + ".sock";
    }

    serval::app app_;
};

bool answers(raw_client client)
{
    return status_of(client.ask(get("/alive", last))) == 200;
}

TEST_F(server, listens_on_a_free_port_when_told_0)
{
    running_server one{app_};
    EXPECT_NE(one->port(), 0);
    EXPECT_TRUE(one.alive());
}

TEST_F(server, listens_on_ipv6)
{
    auto options = quiet_settings();
    options.host = "::1";
    serval::server six{app_, options};
    try {
        six.start();
    } catch (std::system_error const&) {
        GTEST_SKIP() << "this machine has no IPv6";
    }
    EXPECT_TRUE(answers(raw_client{six.port(), "::1"}));
}

TEST_F(server, resolves_a_host_name)
{
    auto options = quiet_settings();
    options.host = "localhost";
    running_server one{app_, options};
    EXPECT_NE(one->port(), 0);
}

TEST_F(server, listens_on_a_unix_socket_and_removes_it)
{
    auto options = quiet_settings();
    options.unix_path = socket_path();
    {
        running_server one{app_, options};
        EXPECT_EQ(one->port(), 0);
        EXPECT_TRUE(answers(raw_client{options.unix_path}));
    }
    EXPECT_FALSE(std::filesystem::exists(options.unix_path));
}

TEST_F(server, replaces_a_unix_socket_that_nobody_listens_on)
{
    auto options = quiet_settings();
    options.unix_path = socket_path();
    {
        boost::asio::io_context context;
        boost::asio::local::stream_protocol::acceptor dead{context, std::string_view{options.unix_path}};
    }
    ASSERT_TRUE(std::filesystem::is_socket(options.unix_path));
    running_server one{app_, options};
    EXPECT_TRUE(answers(raw_client{options.unix_path}));
}

TEST_F(server, leaves_a_unix_socket_alone_that_somebody_listens_on)
{
    auto options = quiet_settings();
    options.unix_path = socket_path();
    running_server one{app_, options};
    serval::server second{app_, options};
    EXPECT_THROW(second.start(), std::system_error);
    EXPECT_TRUE(answers(raw_client{options.unix_path}));
}

TEST_F(server, never_replaces_a_file_that_is_no_socket)
{
    auto options = quiet_settings();
    options.unix_path = socket_path();
    std::ofstream{options.unix_path} << "precious";
    serval::server one{app_, options};
    EXPECT_THROW(one.start(), std::system_error);
    EXPECT_EQ(std::filesystem::file_size(options.unix_path), 8U);
    std::filesystem::remove(options.unix_path);
}

TEST_F(server, names_the_address_that_it_cannot_bind)
{
    running_server one{app_};
    auto options = quiet_settings();
    options.port = one->port();
    serval::server second{app_, options};
    try {
        second.start();
        FAIL() << "two servers on one port";
    } catch (std::system_error const& error) {
        EXPECT_EQ(error.code(), std::errc::address_in_use);
        EXPECT_NE(std::string{error.what()}.find("127.0.0.1:" + std::to_string(one->port())),
                  std::string::npos)
            << error.what();
    }
}

TEST_F(server, names_a_host_that_it_cannot_resolve)
{
    auto options = quiet_settings();
    options.host = "no such host.invalid";
    serval::server one{app_, options};
    try {
        one.start();
        FAIL() << "listens on a host that does not exist";
    } catch (std::system_error const& error) {
        EXPECT_NE(std::string{error.what()}.find(options.host), std::string::npos) << error.what();
    }
}

TEST_F(server, starts_once)
{
    running_server one{app_};
    EXPECT_THROW(one->start(), std::logic_error);
    EXPECT_TRUE(one.alive());
    one->stop(0ms);
    EXPECT_THROW(one->start(), std::logic_error);
}

TEST_F(server, may_be_stopped_before_it_starts_and_twice_afterwards)
{
    serval::server idle{app_, quiet_settings()};
    EXPECT_TRUE(idle.stop().clean);
    running_server one{app_};
    EXPECT_FALSE(one->draining());
    EXPECT_TRUE(one->stop().clean);
    EXPECT_TRUE(one->draining());
    EXPECT_TRUE(one->stop().clean);
}

TEST_F(server, stopping_from_two_threads_ends_both)
{
    running_server one{app_};
    auto other = std::async(std::launch::async, [&] { return one->stop().clean; });
    EXPECT_TRUE(one->stop().clean);
    EXPECT_TRUE(other.get());
}

TEST_F(server, several_serve_one_app_and_several_apps_side_by_side)
{
    serval::app other;
    other.get("/alive", []() -> serval::task<std::string> { co_return "other"; });
    running_server one{app_};
    running_server two{app_};
    running_server three{other};
    EXPECT_TRUE(one.alive());
    EXPECT_TRUE(two.alive());
    one->stop(0ms);
    EXPECT_TRUE(two.alive());
    EXPECT_EQ(three.connect().ask(get("/alive", last))->body, "other");
}

TEST_F(server, serves_on_the_callers_context)
{
    boost::asio::io_context context{1};
    auto work = boost::asio::make_work_guard(context);
    std::vector<std::string> events;
    std::thread::id handler_thread;
    app_.get("/where", [&]() -> serval::task<std::string> {
        handler_thread = std::this_thread::get_id();
        co_return "";
    });
    app_.get("/plain", [] { return std::string{"plain"}; });
    app_.on_startup([&]() -> serval::task<void> {
        events.emplace_back("startup");
        co_return;
    });
    app_.on_shutdown([&] { events.emplace_back("shutdown"); });
    {
        serval::server one{app_, context, quiet_settings()};
        one.start();
        EXPECT_NE(one.port(), 0);
        EXPECT_TRUE(events.empty());
        std::thread runner{[&] { context.run(); }};
        EXPECT_EQ(status_of(raw_client{one.port()}.ask(get("/where", last))), 200);
        EXPECT_EQ(handler_thread, runner.get_id());
        EXPECT_EQ(status_of(raw_client{one.port()}.ask(get("/plain", last))), 200);
        EXPECT_TRUE(one.stop().clean);
        EXPECT_EQ(events, (std::vector<std::string>{"startup", "shutdown"}));
        work.reset();
        runner.join();
    }
    EXPECT_EQ(context.poll(), 0U);
}

TEST_F(server, stopped_while_it_starts_on_the_callers_context_waits_for_the_hook)
{
    boost::asio::io_context context{1};
    std::atomic<bool> begun{false};
    std::atomic<bool> ended{false};
    app_.on_startup([&]() -> serval::task<void> {
        begun = true;
        co_await serval::sleep_for(300ms);
        ended = true;
    });
    std::thread runner;
    {
        serval::server one{app_, context, quiet_settings()};
        one.start();
        runner = std::thread{[&] { context.run(); }};
        EXPECT_TRUE(eventually([&] { return begun.load(); }));
        EXPECT_TRUE(one.stop(5s).clean);
        EXPECT_TRUE(ended);
    }
    runner.join();
}

TEST_F(server, whose_start_fails_on_the_callers_context_tells_it_and_can_be_destroyed)
{
    boost::asio::io_context context{1};
    app_.on_startup([]() -> serval::task<void> {
        throw std::runtime_error("no database");
        co_return;
    });
    serval::server one{app_, context, quiet_settings()};
    one.start();
    EXPECT_THROW(context.run(), std::runtime_error);
}

TEST_F(server, can_be_destroyed_when_nobody_runs_the_callers_context_any_more)
{
    boost::asio::io_context context{1};
    serval::server one{app_, context, quiet_settings()};
    one.start();
    context.stop();
    context.run();
}

TEST_F(server, does_not_start_on_a_context_that_has_a_server)
{
    boost::asio::io_context context{1};
    auto work = boost::asio::make_work_guard(context);
    app_.get("/plain", [] { return std::string{"plain"}; });
    serval::server first{app_, context, quiet_settings()};
    first.start();
    serval::server second{app_, context, quiet_settings()};
    EXPECT_THROW(second.start(), std::logic_error);
    std::thread runner{[&] { context.run(); }};
    EXPECT_EQ(status_of(raw_client{first.port()}.ask(get("/plain", last))), 200);
    EXPECT_TRUE(first.stop().clean);
    work.reset();
    runner.join();
}

TEST_F(server, a_hundred_starts_and_stops_leave_nothing_behind)
{
    {
        running_server const warm{app_};
    }
    auto const descriptors = serval::test::descriptor_count();
    auto const threads = serval::test::thread_count();
    for (int i = 0; i != 100; ++i) {
        running_server one{app_};
        if (i % 10 == 0) {
            EXPECT_TRUE(one.alive());
        }
    }
    EXPECT_EQ(serval::test::descriptor_count(), descriptors);
    EXPECT_TRUE(eventually([&] { return serval::test::thread_count() == threads; }));
}

TEST_F(server, stopping_at_once_with_connections_open_leaves_nothing_behind)
{
    auto const descriptors = serval::test::descriptor_count();
    for (int i = 0; i != 20; ++i) {
        running_server one{app_};
        auto idle = one.connect();
        auto half = one.connect();
        half.send("GET /al");
        auto busy = one.connect();
        busy.send(get("/sleep/10000"));
        if (i % 2 == 0) eventually([&] { return one->stats().requests_in_flight == 1; });
    }
    EXPECT_EQ(serval::test::descriptor_count(), descriptors);
}

TEST_F(server, a_startup_hook_that_throws_stops_the_start)
{
    bool second = false;
    app_.on_startup([] { throw std::runtime_error{"no database"}; });
    app_.on_startup([&] { second = true; });
    std::thread{[] {}}.join(); // ThreadSanitizer starts a thread of its own with the first
    auto const threads = serval::test::thread_count();
    serval::server one{app_, quiet_settings()};
    try {
        one.start();
        FAIL() << "started";
    } catch (std::runtime_error const& error) {
        EXPECT_STREQ(error.what(), "no database");
    }
    EXPECT_FALSE(second);
    EXPECT_TRUE(one.stop().clean);
    EXPECT_TRUE(eventually([&] { return serval::test::thread_count() == threads; }));
}

TEST_F(server, runs_hooks_in_order_before_the_first_and_after_the_last_request)
{
    std::mutex mutex;
    std::vector<std::string> events;
    auto const note = [&](std::string what) {
        std::lock_guard const lock{mutex};
        events.push_back(std::move(what));
    };
    app_.on_startup([&] { note("plain startup"); });
    app_.on_startup([&]() -> serval::task<void> {
        co_await serval::sleep_for(20ms);
        note("coroutine startup");
    });
    app_.on_shutdown([&] { note("plain shutdown"); });
    app_.on_shutdown([&]() -> serval::task<void> {
        co_await serval::sleep_for(20ms);
        note("coroutine shutdown");
    });
    app_.get("/note", [&]() -> serval::task<std::string> {
        co_await serval::sleep_for(100ms);
        note("request");
        co_return "";
    });
    running_server one{app_};
    auto client = one.connect();
    client.send(get("/note"));
    ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight == 1; }));
    EXPECT_TRUE(one->stop().clean);
    EXPECT_EQ(events, (std::vector<std::string>{"plain startup", "coroutine startup", "request",
                                                "coroutine shutdown", "plain shutdown"}));
}

TEST_F(server, a_shutdown_hook_that_throws_is_logged)
{
    auto const log = std::make_shared<recording_log>();
    auto options = quiet_settings();
    options.log = log;
    bool other = false;
    app_.on_shutdown([&] { other = true; });
    app_.on_shutdown([] { throw std::runtime_error{"cannot close the database"}; });
    running_server one{app_, options};
    EXPECT_NO_THROW(one->stop());
    EXPECT_TRUE(other);
    EXPECT_TRUE(log->contains("cannot close the database")) << log->all();
}

} // namespace
