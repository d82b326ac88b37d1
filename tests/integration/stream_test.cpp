// Streams over sockets: when chunks arrive, readers that stop, and clients that leave at any moment.
#include "support/handler_probes.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace serval::params;
using namespace std::chrono_literals;
using serval::test::descriptor_count;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::raw_client;
using steady = std::chrono::steady_clock;

/// What generators tell the test.
struct scene {
    std::atomic<int> begun{0};
    std::atomic<int> living{0};
    std::atomic<std::size_t> yielded{0};
    std::atomic<int> tasks_added{0};
    std::atomic<int> tasks_run{0};
    std::mutex mutex;
    std::vector<steady::time_point> yields;
};

class alive {
public:
    explicit alive(scene& s) : scene_{s}
    {
        ++scene_.begun;
        ++scene_.living;
    }
    ~alive() { --scene_.living; }
    alive(alive const&) = delete;
    alive& operator=(alive const&) = delete;

private:
    scene& scene_;
};

serval::generator<std::string> lines(scene* s, int n, std::chrono::milliseconds pause)
{
    alive const here(*s);
    for (int i = 0; i < n; ++i) {
        co_await serval::sleep_for(pause);
        {
            std::lock_guard const lock(s->mutex);
            s->yields.push_back(steady::now());
        }
        co_yield "Line: " + std::to_string(i) + "\n";
    }
}

serval::generator<std::string> endless(scene* s)
{
    alive const here(*s);
    for (;;) {
        s->yielded += 10'000;
        co_yield std::string(10'000, 'x');
    }
}

class streams : public testing::Test {
protected:
    streams()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/lines", [this](query<"n", int, def(3)> n, query<"ms", int, def(100)> ms,
                                  serval::background_tasks& tasks) {
            tasks.add([this] { ++scene_.tasks_run; });
            ++scene_.tasks_added;
            return lines(&scene_, *n, std::chrono::milliseconds(*ms));
        });
        app_.get("/endless", [this] { return endless(&scene_); });
    }

    serval::app app_;
    scene scene_;
};

TEST_F(streams, send_every_element_of_ranges_with_large_ones_among_the_small)
{
    app_.get("/mixed", [] {
        std::vector<std::string> elements;
        for (int i = 0; i != 30; ++i)
            elements.emplace_back(i % 2 == 0 ? 20'000 : 40'000, static_cast<char>('a' + i % 26));
        return serval::streaming_response(std::move(elements));
    });
    serval::test::running_server server{app_};
    auto const ask = [&] {
        for (int i = 0; i != 50; ++i) {
            auto const answer = server.connect().ask(get("/mixed", "Connection: close\r\n"));
            ASSERT_EQ(serval::test::status_of(answer), 200);
            ASSERT_EQ(answer->body.size(), 900'000U);
        }
    };
    std::vector<std::thread> clients; // more than there are processors: threads are put aside at any step
    for (int i = 0; i != 6; ++i)
        clients.emplace_back(ask);
    for (auto& one : clients)
        one.join();
}

TEST_F(streams, deliver_each_chunk_when_it_is_yielded)
{
    serval::test::running_server server{app_};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/lines?n=5&ms=200")));
    client.read_until("\r\n\r\n");
    std::vector<std::chrono::milliseconds> waits;
    for (std::size_t i = 0; i != 5; ++i) {
        ASSERT_NE(client.read_until("\n\r\n").find("Line: " + std::to_string(i)), std::string::npos);
        auto const arrived = steady::now();
        std::lock_guard const lock{scene_.mutex};
        ASSERT_EQ(scene_.yields.size(), i + 1) << "a chunk does not wait for the next one";
        waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(arrived - scene_.yields[i]));
    }
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
    std::sort(waits.begin(), waits.end());
    EXPECT_LE(waits[2], 50ms) << "the median; the machine may be busy for one of them";
}

TEST_F(streams, hold_a_bounded_amount_for_a_reader_that_stops_and_end_it)
{
    auto options = quiet_settings();
    options.limits.rate_grace = 1s;
    serval::test::running_server server{app_, std::move(options)};
    auto client = server.connect(16 * 1024);
    ASSERT_TRUE(client.send(get("/endless")));
    client.read_until("\r\n\r\n");
    // The kernel takes some megabytes; then the generator must stand still.
    std::size_t before = 0;
    ASSERT_TRUE(eventually([&] {
        std::this_thread::sleep_for(50ms);
        return std::exchange(before, scene_.yielded.load()) == scene_.yielded;
    }));
    EXPECT_LT(scene_.yielded, 32U * 1024 * 1024);
    EXPECT_TRUE(server.alive()) << "others are served meanwhile";
    EXPECT_TRUE(eventually([&] { return scene_.living == 0; }, 10s)) << "below the minimum rate";
    EXPECT_EQ(server->stats().requests_in_flight, 0U);
}

TEST_F(streams, let_others_be_served_beside_a_reader_that_takes_everything)
{
    serval::test::running_server server{app_};
    auto greedy = server.connect();
    ASSERT_TRUE(greedy.send(get("/endless")));
    std::atomic<bool> enough{false};
    std::thread reader{[&] {
        while (!enough)
            greedy.wait_for_end(10ms);
    }};
    for (int i = 0; i != 20; ++i)
        EXPECT_TRUE(server.alive());
    EXPECT_TRUE(eventually([&] { return scene_.yielded > 1024U * 1024; }));
    enough = true;
    reader.join();
}

TEST_F(streams, leave_nothing_behind_when_a_thousand_clients_leave_at_any_moment)
{
    serval::test::running_server server{app_};
    EXPECT_TRUE(server.alive());
    ASSERT_TRUE(eventually([&] { return server->stats().connections == 0; }));
    auto const descriptors = descriptor_count();
    auto const before = server->stats().connections_accepted;
    std::mt19937 random{1};
    for (int round = 0; round != 50; ++round) {
        std::vector<raw_client> clients;
        for (int i = 0; i != 20; ++i) {
            clients.push_back(server.connect());
            ASSERT_TRUE(clients.back().send(get(random() % 4 == 0 ? "/endless" : "/lines?n=1000&ms=1")));
        }
        while (!clients.empty()) {
            std::this_thread::sleep_for(std::chrono::microseconds{random() % 500});
            auto leaving = clients.begin() + static_cast<std::ptrdiff_t>(random() % clients.size());
            if (random() % 2 == 0) leaving->reset();
            clients.erase(leaving);
        }
    }
    // Who has left may still be in the listener's queue.
    EXPECT_TRUE(eventually([&] { return server->stats().connections_accepted - before == 1000; }, 10s));
    EXPECT_TRUE(eventually([&] { return scene_.living == 0 && server->stats().connections == 0; }, 10s))
        << scene_.living << " generators, " << server->stats().connections << " connections";
    EXPECT_GT(scene_.begun, 500);
    EXPECT_TRUE(eventually([&] { return scene_.tasks_run == scene_.tasks_added; }, 10s)) << "they run though";
    EXPECT_EQ(server->stats().background.queued + server->stats().background.running, 0U);
    EXPECT_EQ(server->stats().requests_in_flight, 0U);
    EXPECT_TRUE(eventually([&] { return descriptor_count() == descriptors; })) << descriptor_count();
    EXPECT_TRUE(server.alive());
}

TEST_F(streams, end_with_a_reset_for_http_1_0_when_they_break_off)
{
    app_.get("/fails", []() -> serval::generator<std::string> {
        co_yield "part";
        co_await serval::sleep_for(10ms);
        throw std::runtime_error("the source is gone");
    });
    serval::test::running_server server{app_};
    auto client = server.connect();
    ASSERT_TRUE(client.send("GET /fails HTTP/1.0\r\n\r\n"));
    EXPECT_EQ(client.wait_for_end(), raw_client::ending::reset);
}

/// A range whose second element blocks.
struct blocking_range {
    struct iterator {
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;
        serval::test::gate* gate;
        std::string operator*() const { return "line\n"; }
        iterator& operator++()
        {
            gate->wait();
            return *this;
        }
        void operator++(int) { gate->wait(); }
        bool operator==(std::default_sentinel_t) const { return false; }
    };
    serval::test::gate* gate;
    iterator begin() const { return {gate}; }
    static std::default_sentinel_t end() { return {}; }
};

TEST_F(streams, that_left_a_thread_behind_are_reported_by_a_drain)
{
    static serval::test::gate gate; // outlives the thread that is stuck in it
    app_.get("/blocks", [] { return serval::streaming_response(blocking_range{&gate}, "text/plain"); });
    auto server = std::make_unique<serval::test::running_server>(app_);
    {
        auto client = server->connect();
        ASSERT_TRUE(client.send(get("/blocks")));
        client.read_until("line\n");
        ASSERT_TRUE(eventually([&] { return gate.waited() == 1; }));
    }
    auto const report = (*server)->stop(1s);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(report.stuck, 1U);
    gate.open();
}

TEST_F(streams, are_finished_by_a_drain_and_cancelled_at_its_deadline)
{
    serval::test::running_server server{app_};
    auto short_one = server.connect();
    auto long_one = server.connect();
    ASSERT_TRUE(short_one.send(get("/lines?n=3&ms=100")));
    ASSERT_TRUE(long_one.send(get("/lines?n=100000&ms=10")));
    short_one.read_until("\r\n\r\n");
    long_one.read_until("\r\n\r\n");
    auto const begin = steady::now();
    auto const report = server->stop(1s);
    EXPECT_LT(steady::now() - begin, serval::test::under_sanitizer() ? 5s : 3s);
    EXPECT_EQ(report.cancelled, 1U);
    EXPECT_EQ(report.stuck, 0U);
    EXPECT_EQ(scene_.living, 0);
    EXPECT_NE(short_one.read_to_end().find("\r\n0\r\n\r\n"), std::string::npos) << "complete";
    EXPECT_EQ(long_one.read_to_end().find("\r\n0\r\n\r\n"), std::string::npos)
        << "the client sees that it is not";
}

} // namespace
