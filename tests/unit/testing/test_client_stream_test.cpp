#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace serval {
namespace {

using namespace std::chrono_literals;
using namespace serval::params;

/// test_client::stream through the real server.
class test_client_stream_test : public testing::Test {
protected:
    test_client_stream_test()
    {
        application.get("/hello", []() -> task<std::string> { co_return "hello\nworld\n"; });
        application.get("/large", []() -> task<std::string> { co_return std::string(1'000'000, 'x'); });
        application.get("/nothing", []() -> task<void> { co_return; }).status(204);
        application.get("/sleep/{ms}", [](path<"ms", int> ms) -> task<std::string> {
            co_await sleep_for(std::chrono::milliseconds(*ms));
            co_return "slept";
        });
        application.post("/echo", [](body<std::string> text) -> task<std::string> { co_return *text; });
        application.get("/peer", [this](serval::request& r) -> task<std::string> {
            peers.push_back(&r.client());
            co_return "peer";
        });
        application.get("/count/{n}", [this](path<"n", int> n) { return count(*n); });
        application.get("/blocks", [this] { return blocks(); });
        application.get("/breaks", []() -> generator<std::string> {
            co_yield "begun";
            co_await sleep_for(1s);
            throw std::runtime_error("broken");
        });
    }

    generator<std::string> count(int n)
    {
        auto const guard = std::shared_ptr<void>(nullptr, [this](void*) { ++ended; });
        for (int i = 0; i < n; ++i) {
            co_await sleep_for(100ms);
            co_yield std::to_string(i) + "\n";
        }
    }

    /// Without end and without a wait.
    generator<std::string> blocks()
    {
        for (;;) {
            ++yielded;
            co_yield std::string(1000, 'x');
        }
    }

    static settings silent()
    {
        auto options = test_client::default_settings();
        options.level = log_level::off;
        return options;
    }

    app application;
    std::vector<client_address const*> peers; // of the connections that /peer was called on
    int ended = 0;                            // generators of /count whose frame is gone
    int yielded = 0;                          // by /blocks
};

TEST_F(test_client_stream_test, reads_a_response_line_by_line)
{
    test_client client(application);
    auto stream = client.stream("GET", "/hello");
    EXPECT_EQ(stream.status(), 200);
    EXPECT_EQ(stream.header("content-length"), "12");
    EXPECT_EQ(stream.next_line(), "hello");
    EXPECT_EQ(stream.next_line(), "world");
    EXPECT_EQ(stream.next_line(), std::nullopt);
}

TEST_F(test_client_stream_test, sends_fields_and_a_body)
{
    test_client client(application);
    auto stream = client.stream("POST", "/echo", {{"Content-Type", "application/json"}}, "\"text\"");
    EXPECT_EQ(stream.read_all(), "text");
}

TEST_F(test_client_stream_test, knows_responses_without_a_body)
{
    test_client client(application);
    auto head = client.stream("HEAD", "/hello");
    EXPECT_TRUE(head.ended());
    EXPECT_EQ(head.next(), std::nullopt);
    EXPECT_EQ(client.stream("GET", "/nothing").next(), std::nullopt);
    EXPECT_EQ(client.get("/hello").body, "hello\nworld\n");
}

TEST_F(test_client_stream_test, moves_the_automatic_clock_while_it_waits_for_the_head)
{
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    auto stream = client.stream("GET", "/sleep/3600000");
    EXPECT_EQ(clock.elapsed(), 1h);
    EXPECT_EQ(stream.arrived(), std::vector<std::string>{"slept"});
    EXPECT_EQ(clock.elapsed(), 1h);
}

TEST_F(test_client_stream_test, uses_the_connection_again_after_the_end_only)
{
    test_client client(application);
    EXPECT_EQ(client.stream("GET", "/peer").read_all(), "peer");
    EXPECT_EQ(client.stream("GET", "/peer").read_all(), "peer");
    EXPECT_EQ(peers.at(0), peers.at(1));
    auto const unread = client.stream("GET", "/peer");
    client.get("/peer");
    EXPECT_EQ(peers.at(1), peers.at(2));
    EXPECT_NE(peers.at(2), peers.at(3)) << "the connection of `unread` is not free";
}

TEST_F(test_client_stream_test, reads_through_any_window)
{
    test_client client(application);
    for (std::size_t const window : {0U, 1U, 100U}) {
        SCOPED_TRACE(window);
        EXPECT_EQ(client.stream("GET", "/hello", {}, {}, window).read_all(), "hello\nworld\n");
    }
    EXPECT_EQ(client.stream("GET", "/large").read_all().size(), 1'000'000U);
    EXPECT_EQ(client.stream("GET", "/large", {}, {}, 10'000).read_all().size(), 1'000'000U);
}

TEST_F(test_client_stream_test, stops_the_server_while_nothing_is_read)
{
    manual_clock clock;
    test_client client(application, clock);
    auto stream = client.stream("GET", "/large", {}, {}, 1000);
    clock.settle();
    EXPECT_EQ(stream.arrived(), std::vector<std::string>{std::string(1000, 'x')});
    clock.settle();
    EXPECT_EQ(stream.arrived(), std::vector<std::string>{std::string(1000, 'x')});
    clock.advance(1min); // the server's patience ends
    EXPECT_EQ(stream.next(), std::string(1000, 'x'));
    EXPECT_THROW(stream.next(), std::runtime_error);
}

TEST_F(test_client_stream_test, leaves_a_response_that_is_not_read_to_its_end)
{
    test_client client(application);
    {
        auto stream = client.stream("GET", "/large");
        EXPECT_TRUE(stream.next());
    }
    EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(test_client_stream_test, streams_to_several_threads_side_by_side)
{
    test_client client(application);
    std::vector<std::future<std::size_t>> sizes;
    for (int thread = 0; thread != 4; ++thread) {
        sizes.push_back(std::async(std::launch::async, [&client] {
            std::size_t size = 0;
            for (int i = 0; i != 5; ++i) {
                auto stream = client.stream("GET", "/large", {}, {}, 20'000);
                while (auto const piece = stream.next())
                    size += piece->size();
            }
            return size;
        }));
    }
    for (auto& size : sizes)
        EXPECT_EQ(size.get(), 5'000'000U);
}

TEST_F(test_client_stream_test, fails_what_is_unread_when_the_client_is_destroyed)
{
    auto client = std::make_unique<test_client>(application);
    auto stream = client->stream("GET", "/large", {}, {}, 100);
    client.reset();
    EXPECT_THROW(stream.read_all(), std::runtime_error);
    EXPECT_THROW(stream.arrived(), std::runtime_error);
}

TEST_F(test_client_stream_test, sees_each_chunk_when_its_time_has_come)
{
    manual_clock clock;
    test_client client(application, clock);
    auto stream = client.stream("GET", "/count/3");
    for (auto const* chunk : {"0\n", "1\n", "2\n"}) {
        clock.advance(99ms);
        EXPECT_EQ(stream.arrived(), std::vector<std::string>{});
        clock.advance(1ms);
        EXPECT_EQ(stream.arrived(), std::vector<std::string>{chunk});
    }
    EXPECT_EQ(stream.status(), 200);
    EXPECT_EQ(stream.header("transfer-encoding"), "chunked");
    EXPECT_TRUE(stream.ended());
    EXPECT_EQ(ended, 1);
}

TEST_F(test_client_stream_test, has_the_head_that_time_has_brought)
{
    manual_clock clock;
    test_client client(application, clock);
    auto const slow = client.stream("GET", "/sleep/1000", {}, {}, 0);
    auto const quick = client.stream("GET", "/hello", {}, {}, 0);
    EXPECT_EQ(quick.status(), 200);
    clock.advance(1s);
    EXPECT_EQ(slow.status(), 200);
    EXPECT_EQ(clock.elapsed(), 1s);
}

TEST_F(test_client_stream_test, waits_for_each_chunk_while_the_clock_advances_by_itself)
{
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    auto stream = client.stream("GET", "/count/50");
    for (int i = 0; i != 50; ++i) {
        EXPECT_EQ(stream.next(), std::to_string(i) + "\n");
        clock.settle();
        EXPECT_EQ(clock.elapsed(), (i + 1) * 100ms) << "nobody waits";
    }
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(test_client_stream_test, reads_lines_of_a_stream)
{
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock);
    auto stream = client.stream("GET", "/count/3");
    EXPECT_EQ(stream.next_line(), "0");
    EXPECT_EQ(stream.read_all(), "1\n2\n");
    EXPECT_EQ(client.stream("GET", "/peer").read_all(), "peer");
}

TEST_F(test_client_stream_test, does_not_pull_on_a_generator_that_it_does_not_read)
{
    manual_clock clock;
    test_client client(application, clock);
    auto stream = client.stream("GET", "/blocks", {}, {}, 10'000);
    clock.settle();
    auto const held = yielded; // the window and what the server gathers
    EXPECT_LT(held, 200);
    clock.advance(1s);
    EXPECT_EQ(yielded, held);
    for (std::size_t got = 0; got < 500'000;)
        got += stream.next().value().size();
    EXPECT_GE(yielded, 500);
    EXPECT_LE(yielded, 500 + 2 * held);
}

TEST_F(test_client_stream_test, ends_the_generator_of_a_client_that_leaves)
{
    manual_clock clock;
    test_client client(application, clock);
    {
        auto stream = client.stream("GET", "/count/100000");
        clock.advance(250ms);
        EXPECT_EQ(stream.arrived().size(), 2U);
        EXPECT_EQ(ended, 0);
    }
    clock.advance(1s);
    EXPECT_EQ(ended, 1);
}

TEST_F(test_client_stream_test, sees_that_a_stream_has_broken_off)
{
    manual_clock clock;
    clock.auto_advance(true);
    test_client client(application, clock, silent());
    auto stream = client.stream("GET", "/breaks");
    EXPECT_EQ(stream.next(), "begun");
    EXPECT_THROW(stream.next(), std::runtime_error);
}

TEST_F(test_client_stream_test, reads_streams_side_by_side)
{
    manual_clock clock;
    test_client client(application, clock);
    auto first = client.stream("GET", "/count/2");
    clock.advance(50ms);
    auto second = client.stream("GET", "/count/2");
    clock.advance(50ms);
    EXPECT_EQ(first.arrived().size(), 1U);
    EXPECT_EQ(second.arrived().size(), 0U);
    clock.advance(50ms);
    EXPECT_EQ(first.arrived().size(), 0U);
    EXPECT_EQ(second.arrived().size(), 1U);
    clock.advance(100ms);
    EXPECT_EQ(first.read_all() + second.read_all(), "1\n1\n");
}

} // namespace
} // namespace serval
