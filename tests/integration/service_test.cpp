// What a server runs where, whom it stops running for, and what it survives.
#include "http/upload_spool.hpp"
#include "support/handler_probes.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"
#include "support/scratch.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::field;
using serval::test::gate;
using serval::test::get;
using serval::test::on_exit_flag;
using serval::test::opened_at_exit;
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

class service : public testing::Test {
protected:
    service()
    {
        app_.get("/alive", alive);
        app_.get("/sleep/{ms}", sleep_ms);
    }

    serval::app app_;
};

TEST_F(service, counts_what_it_does)
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

TEST_F(service, tells_clients_nothing_of_an_exception_and_the_log_all)
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

TEST_F(service, knows_the_peer_by_its_socket_whatever_header_fields_say)
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

TEST_F(service, with_two_threads_serves_from_two_loops)
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

TEST_F(service, answers_503_when_the_pool_and_its_queue_are_full_and_async_handlers_go_on)
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
    // The last may still be on its way from the queue to its thread.
    EXPECT_TRUE(eventually([&] { return one->stats().pool_running == 4U; }));
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

TEST_F(service, stores_files_while_plain_handlers_block_the_pool)
{
    auto options = quiet_settings();
    options.pool_threads = 1;
    options.pool_queue = 0;
    gate held;
    serval::test::temp_directory const directory;
    app_.get("/held", [&] {
        held.wait();
        return std::string{};
    });
    app_.get("/saved", [&directory]() -> serval::task<std::string> {
        serval::http::upload_spool spool{directory.text(), 0};
        co_await spool.append("content");
        auto upload = spool.finish("f", {}, {});
        co_await upload.save_in(directory.path());
        co_return co_await upload.read_all();
    });
    running_server one{app_, options};
    opened_at_exit const open{held};
    auto blocking = one.connect();
    blocking.send(get("/held"));
    ASSERT_TRUE(eventually([&] { return held.waited() == 1; }));
    auto const answer = one.connect().ask(get("/saved", last));
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer->body, "content");
    EXPECT_EQ(directory.content("f"), "content");
}

TEST_F(service, never_runs_a_queued_handler_whose_client_has_left)
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

TEST_F(service, cancels_a_coroutine_handler_whose_client_has_left)
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

TEST_F(service, tells_a_plain_handler_whose_client_has_left)
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

TEST_F(service, runs_coroutine_handlers_side_by_side)
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

TEST_F(service, runs_plain_handlers_side_by_side_and_async_ones_meanwhile)
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

TEST_F(service, survives_clients_that_leave_at_any_byte)
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

TEST_F(service, backs_off_when_descriptors_run_out_and_accepts_again_when_there_are_some)
{
    auto const log = std::make_shared<recording_log>();
    auto options = quiet_settings();
    options.log = log;
    running_server one{app_, options};
    std::vector<raw_client> served;
    std::optional<raw_client> starved;
    {
        // UBSan opens a pipe to look at an object whose type it has not met: it must have met those of an
        // idle connection while there are descriptors, or it takes them for damaged.
        auto idle = one.connect();
        EXPECT_EQ(status_of(idle.ask(get("/alive"))), 200);
        EXPECT_TRUE(idle.silent(700ms));
    }
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

/// Has a handler leave memory behind that is free, and stays with the process: between what is kept.
class memory_after_load : public service {
protected:
    memory_after_load()
    {
        app_.get("/hoard", [this]() -> serval::task<std::string> {
            std::vector<std::string> freed;
            for (int i = 0; i != 2'000; ++i)
                (i % 40 == 39 ? kept_ : freed).emplace_back(100'000, 'x');
            co_return "done";
        });
    }

    std::vector<std::string> kept_;
    std::size_t const worth_ = 64UL << 20U;
};

TEST_F(memory_after_load, is_given_back_though_nobody_is_connected_any_more)
{
    if (serval::test::under_sanitizer()) GTEST_SKIP() << "another allocator";
    running_server one{app_};
    EXPECT_TRUE(one.alive());
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }));
    auto const before = serval::test::resident_bytes();
    EXPECT_EQ(status_of(one.connect().ask(get("/hoard", "Connection: close\r\n"))), 200);
    EXPECT_TRUE(eventually([&] { return serval::test::resident_bytes() < before + worth_; }));
    EXPECT_TRUE(one.alive());
}

TEST_F(memory_after_load, is_kept_when_that_is_wanted)
{
    if (serval::test::under_sanitizer()) GTEST_SKIP() << "another allocator";
    auto options = quiet_settings();
    options.trim_memory = false;
    running_server one{app_, options};
    auto const before = serval::test::resident_bytes();
    EXPECT_EQ(status_of(one.connect().ask(get("/hoard", "Connection: close\r\n"))), 200);
    std::this_thread::sleep_for(600ms); // two ticks
    EXPECT_GT(serval::test::resident_bytes(), before + worth_);
}

} // namespace
