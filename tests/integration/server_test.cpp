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
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::field;
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

/// Holds plain handlers until it is opened.
class gate {
public:
    void wait()
    {
        std::unique_lock lock{mutex_};
        ++waiting_;
        opened_.wait(lock, [this] { return open_; });
    }
    void open()
    {
        std::lock_guard const lock{mutex_};
        open_ = true;
        opened_.notify_all();
    }
    int waited() const
    {
        std::lock_guard const lock{mutex_};
        return waiting_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
    int waiting_ = 0;
};

class opened_at_exit {
public:
    explicit opened_at_exit(gate& g) : gate_{g} {}
    ~opened_at_exit() { gate_.open(); }
    opened_at_exit(opened_at_exit const&) = delete;
    opened_at_exit& operator=(opened_at_exit const&) = delete;

private:
    gate& gate_;
};

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

TEST_F(server, counts_what_it_does)
{
    gate held;
    app_.get("/held", [&] {
        held.wait();
        return std::string{};
    });
    app_.get("/broken", []() -> std::string { throw std::runtime_error{"secret"}; });
    running_server one{app_};
    opened_at_exit const open{held};
    auto client = one.connect();
    client.ask(get("/alive"));
    client.ask(get("/broken"));
    client.send(get("/held"));
    ASSERT_TRUE(eventually([&] { return held.waited() == 1; }));
    auto const busy = one->stats();
    EXPECT_EQ(busy.connections, 1U);
    EXPECT_EQ(busy.connections_accepted, 1U);
    EXPECT_EQ(busy.requests, 2U);
    EXPECT_EQ(busy.requests_in_flight, 1U);
    EXPECT_EQ(busy.handler_errors, 1U);
    EXPECT_EQ(busy.pool_running, 1U);
    EXPECT_EQ(busy.pool_queued, 0U);
    held.open();
    EXPECT_EQ(status_of(client.read_answer()), 200);
    client.close();
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }));
    EXPECT_EQ(one->stats().requests_in_flight, 0U);
    EXPECT_EQ(one->stats().requests, 3U);
}

TEST_F(server, tells_clients_nothing_of_an_exception_and_the_log_all)
{
    auto const log = std::make_shared<recording_log>();
    auto options = quiet_settings();
    options.log = log;
    app_.get("/broken", []() -> serval::task<std::string> { throw std::runtime_error{"secret\nline"}; });
    running_server one{app_, options};
    auto client = one.connect();
    client.send(get("/broken?x=%0a"));
    auto const answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->body, "Internal Server Error");
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
    ASSERT_TRUE(log->contains("GET /broken?x=%0a: secret")) << log->all();
    EXPECT_FALSE(log->contains("secret\nline"));
}

TEST_F(server, knows_the_peer_by_its_socket_whatever_header_fields_say)
{
    app_.get("/peer", [](serval::request& r) -> serval::task<std::string> {
        co_return r.client().host + ":" + std::to_string(r.client().port);
    });
    running_server one{app_};
    auto client = one.connect();
    auto const answer =
        client.ask(get("/peer", "X-Forwarded-For: 1.2.3.4\r\nREMOTE_ADDR: 1.2.3.4\r\nX-Real-IP: "
                                "1.2.3.4\r\nForwarded: for=1.2.3.4\r\n"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "127.0.0.1:" + std::to_string(client.local_port()));
}

TEST_F(server, with_two_threads_serves_from_two_loops)
{
    auto options = quiet_settings();
    options.threads = 2;
    std::mutex mutex;
    std::set<std::thread::id> seen;
    app_.get("/where", [&]() -> serval::task<std::string> {
        std::lock_guard const lock{mutex};
        seen.insert(std::this_thread::get_id());
        co_return "";
    });
    running_server one{app_, options};
    for (int i = 0; i != 4; ++i)
        EXPECT_EQ(status_of(one.connect().ask(get("/where", last))), 200);
    EXPECT_EQ(seen.size(), 2U);
    EXPECT_TRUE(one->stop().clean);
}

TEST_F(server, answers_503_when_the_pool_and_its_queue_are_full_and_async_handlers_go_on)
{
    auto options = quiet_settings();
    options.pool_threads = 4;
    options.pool_queue = 8;
    gate held;
    app_.get("/held", [&] {
        held.wait();
        return std::string{};
    });
    running_server one{app_, options};
    opened_at_exit const open{held};
    std::vector<raw_client> accepted;
    for (std::size_t i = 0; i != 12; ++i) {
        accepted.push_back(one.connect());
        accepted.back().send(get("/held"));
        ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight == i + 1; }));
    }
    EXPECT_EQ(one->stats().pool_running, 4U);
    EXPECT_EQ(one->stats().pool_queued, 8U);
    for (int i = 0; i != 5; ++i) {
        auto const answer = one.connect().ask(get("/held", last));
        ASSERT_EQ(status_of(answer), 503);
        EXPECT_EQ(field(*answer, "retry-after"), "1");
    }
    EXPECT_TRUE(one.alive());
    held.open();
    for (auto& client : accepted)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_EQ(held.waited(), 12);
}

TEST_F(server, never_runs_a_queued_handler_whose_client_has_left)
{
    auto options = quiet_settings();
    options.pool_threads = 1;
    gate held;
    std::atomic<int> ran{0};
    app_.get("/held", [&] {
        held.wait();
        return std::string{};
    });
    app_.get("/counted", [&] {
        ++ran;
        return std::string{};
    });
    running_server one{app_, options};
    opened_at_exit const open{held};
    auto first = one.connect();
    first.send(get("/held"));
    ASSERT_TRUE(eventually([&] { return held.waited() == 1; }));
    auto leaving = one.connect();
    leaving.send(get("/counted"));
    ASSERT_TRUE(eventually([&] { return one->stats().pool_queued == 1; }));
    leaving.close();
    EXPECT_TRUE(eventually([&] { return one->stats().pool_queued == 0; }, 1s));
    held.open();
    EXPECT_EQ(status_of(first.read_answer()), 200);
    EXPECT_EQ(ran, 0);
}

/// Says that the frame it stands in was left.
class on_exit_flag {
public:
    explicit on_exit_flag(std::atomic<bool>& flag) : flag_{flag} {}
    ~on_exit_flag() { flag_ = true; }
    on_exit_flag(on_exit_flag const&) = delete;
    on_exit_flag& operator=(on_exit_flag const&) = delete;

private:
    std::atomic<bool>& flag_;
};

TEST_F(server, cancels_a_coroutine_handler_whose_client_has_left)
{
    std::atomic<bool> left{false};
    app_.get("/forever", [&]() -> serval::task<std::string> {
        on_exit_flag const flag(left);
        co_await serval::sleep_for(1h);
        co_return "";
    });
    running_server one{app_};
    for (bool const with_reset : {false, true}) {
        left = false;
        auto client = one.connect();
        client.send(get("/forever"));
        ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight == 1; }));
        with_reset ? client.reset() : client.close();
        EXPECT_TRUE(eventually([&] { return left.load(); }, 1s));
        EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }, 1s));
    }
}

TEST_F(server, tells_a_plain_handler_whose_client_has_left)
{
    std::atomic<bool> begun{false};
    std::atomic<bool> told{false};
    app_.get("/patient", [&](serval::request& r) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock{mutex};
        begun = true;
        never.wait_for(lock, r.stop_token(), 10s, [] { return false; });
        told = r.stop_token().stop_requested();
        return std::string{};
    });
    running_server one{app_};
    auto client = one.connect();
    client.send(get("/patient"));
    ASSERT_TRUE(eventually([&] { return begun.load(); }));
    client.close();
    EXPECT_TRUE(eventually([&] { return told.load(); }, 1s));
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }, 1s));
}

TEST_F(server, runs_coroutine_handlers_side_by_side)
{
    running_server one{app_};
    auto const begin = clock::now();
    std::vector<raw_client> clients;
    for (int i = 0; i != 50; ++i) {
        clients.push_back(one.connect());
        clients.back().send(get("/sleep/300"));
    }
    for (auto& client : clients)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_GE(clock::now() - begin, 300ms);
    EXPECT_LT(clock::now() - begin, 5s);
}

TEST_F(server, runs_plain_handlers_side_by_side_and_async_ones_meanwhile)
{
    gate held;
    app_.get("/held", [&] {
        held.wait();
        return std::string{};
    });
    running_server one{app_};
    opened_at_exit const open{held};
    std::vector<raw_client> clients;
    for (int i = 0; i != 40; ++i) {
        clients.push_back(one.connect());
        clients.back().send(get("/held"));
    }
    EXPECT_TRUE(eventually([&] { return held.waited() == 40; }));
    EXPECT_TRUE(one.alive());
    held.open();
    for (auto& client : clients)
        EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(server, survives_clients_that_leave_at_any_byte)
{
    app_.post("/echo",
              [](serval::request& r) -> serval::task<std::string> { co_return std::string{r.body()}; })
        .read_body();
    running_server one{app_};
    EXPECT_TRUE(one.alive());
    ASSERT_TRUE(eventually([&] { return one->stats().connections == 0; }));
    auto const descriptors = serval::test::descriptor_count();
    std::string const exchanges[] = {
        get("/alive") + get("/alive"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + get("/sleep/1"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        "5;x=y\r\nhello\r\n0\r\nT: x\r\n\r\n"};
    for (auto const& exchange : exchanges) {
        for (std::size_t end = 0; end <= exchange.size(); ++end) {
            for (int how = 0; how != 3; ++how) {
                auto client = one.connect();
                client.send(std::string_view{exchange}.substr(0, end));
                if (how == 0) client.close();
                if (how == 1) client.reset();
                if (how == 2) {
                    client.half_close();
                    EXPECT_NE(client.wait_for_end(), raw_client::ending::open);
                }
            }
        }
    }
    EXPECT_TRUE(one.alive());
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }));
    EXPECT_EQ(one->stats().requests_in_flight, 0U);
    EXPECT_EQ(one->stats().handler_errors, 0U);
    EXPECT_EQ(serval::test::descriptor_count(), descriptors);
}

/// Lowers the number of descriptors that this process may have.
class descriptor_limit {
public:
    explicit descriptor_limit(std::size_t limit)
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit lowered = before_;
        lowered.rlim_cur = limit;
        ::setrlimit(RLIMIT_NOFILE, &lowered);
    }
    ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    descriptor_limit(descriptor_limit const&) = delete;
    descriptor_limit& operator=(descriptor_limit const&) = delete;

private:
    rlimit before_{};
};

std::chrono::microseconds cpu_time()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const micros = [](timeval t) { return t.tv_sec * 1'000'000L + t.tv_usec; };
    return std::chrono::microseconds{micros(used.ru_utime) + micros(used.ru_stime)};
}

TEST_F(server, backs_off_when_descriptors_run_out_and_accepts_again_when_there_are_some)
{
    auto const log = std::make_shared<recording_log>();
    auto options = quiet_settings();
    options.log = log;
    running_server one{app_, options};
    std::vector<raw_client> served;
    std::optional<raw_client> starved;
    {
        descriptor_limit const few{serval::test::descriptor_count() + 10}; // some numbers may be gaps
        for (int i = 0; i != 20 && !log->contains("Cannot accept"); ++i) {
            try {
                served.push_back(one.connect());
            } catch (std::system_error const&) {
                served.pop_back(); // the last descriptor went to the client's side
                continue;
            }
            eventually([&] { return one->stats().connections >= served.size(); }, 50ms);
        }
        ASSERT_TRUE(eventually([&] { return log->contains("Cannot accept"); }, 2s));
        auto const cpu = cpu_time();
        served.back().send(get("/alive"));
        std::this_thread::sleep_for(500ms); // nothing to poll for: that nothing happens is the point
        EXPECT_LT(cpu_time() - cpu, 200ms);
        EXPECT_LE(log->count("Cannot accept"), 3U);
        EXPECT_EQ(status_of(served.front().ask(get("/alive"))), 200);
    }
    EXPECT_EQ(status_of(served.back().read_answer()), 200);
}

} // namespace
