// Every limit of settings.hpp, with small values, met by clients that go beyond it.
#include "support/handler_probes.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::field;
using serval::test::get;
using serval::test::on_exit_flag;
using serval::test::raw_client;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

serval::task<std::string> slow(path<"ms", int> ms, path<"n", int> n)
{
    co_await serval::sleep_for(std::chrono::milliseconds(*ms));
    co_return std::to_string(*n);
}

serval::task<std::string> slow_once()
{
    co_await serval::sleep_for(10s);
    co_return "";
}

int nobody()
{
    throw serval::http_error(401);
}

std::string post(std::string_view target, std::string_view fields, std::string_view body = {})
{
    return std::string{"POST "}.append(target).append(" HTTP/1.1\r\nHost: a\r\n").append(fields) + "\r\n" +
           std::string{body};
}

class limits : public testing::Test {
protected:
    limits()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/fast/{n}",
                 [](path<"n", int> n) -> serval::task<std::string> { co_return std::to_string(*n); });
        app_.get("/slow/{ms}/{n}", slow);
        app_.post("/json", [](body<std::string> text) -> serval::task<std::string> { co_return *text; });
        app_.post("/raw",
                  [](serval::request& r) -> serval::task<std::string> {
                      co_return std::to_string(r.body().size());
                  })
            .read_body();
        app_.post("/private", [](depends<&nobody>, body<std::string> text) { return *text; });
        app_.post("/ignore", []() -> serval::task<std::string> { co_return "ignored"; });
        app_.get("/big", []() -> serval::task<std::string> { co_return std::string(64UL << 20, 'x'); });
        app_.get("/forever", [this]() -> serval::task<std::string> {
            on_exit_flag const left(left_);
            co_await serval::sleep_for(1h);
            co_return "";
        });
        app_.get("/patient", [this](serval::request& r) {
            std::mutex mutex;
            std::condition_variable_any never;
            std::unique_lock lock{mutex};
            never.wait_for(lock, r.stop_token(), 10s, [] { return false; });
            left_ = r.stop_token().stop_requested();
            return std::string{"told"};
        });
        app_.get("/query", [](query<"a", std::optional<std::string>> a) -> serval::task<std::string> {
            co_return a->value_or("none");
        });
    }

    raw_client connect(int receive_buffer = 0)
    {
        if (!server_) server_.emplace(app_, options_);
        return server_->connect(receive_buffer);
    }

    /// One answer with `status`, then the end.
    static void expect_refusal(raw_client& client, int status)
    {
        auto const answer = client.read_answer();
        ASSERT_TRUE(answer) << client.problem();
        EXPECT_EQ(answer->status, status);
        EXPECT_EQ(field(*answer, "connection"), "close");
        EXPECT_EQ(client.read_to_end(), "");
    }

    static void expect_usable(raw_client& client) { EXPECT_EQ(status_of(client.ask(get("/alive"))), 200); }

    serval::app app_;
    serval::settings options_ = serval::test::quiet_settings();
    std::atomic<bool> left_{false};
    std::optional<serval::test::running_server> server_;
};

TEST_F(limits, a_request_line_at_its_limit_is_taken_and_one_beyond_is_414)
{
    options_.limits.request_line = 100;
    auto client = connect();
    std::string const rest(100 - std::string_view{"GET /alive? HTTP/1.1"}.size(), 'q');
    EXPECT_EQ(status_of(client.ask(get("/alive?" + rest))), 200);
    client.send(get("/alive?" + rest + "q"));
    expect_refusal(client, 414);
    EXPECT_EQ((*server_)->stats().requests_refused, 1U);
    EXPECT_EQ((*server_)->stats().requests, 1U);
}

TEST_F(limits, a_request_line_without_end_is_414)
{
    options_.limits.request_line = 100;
    auto client = connect();
    client.send("GET /" + std::string(200, 'a'));
    expect_refusal(client, 414);
}

TEST_F(limits, header_fields_beyond_their_size_are_431)
{
    options_.limits.header_block = 200;
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/alive", "X: " + std::string(150, 'x') + "\r\n"))), 200);
    client.send(get("/alive", "X: " + std::string(250, 'x') + "\r\n"));
    expect_refusal(client, 431);
    auto endless = connect();
    endless.send("GET /alive HTTP/1.1\r\nX: " + std::string(250, 'x'));
    expect_refusal(endless, 431);
}

TEST_F(limits, more_header_fields_than_allowed_are_431)
{
    options_.limits.header_count = 5;
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/alive", "a:\r\nb:\r\nc:\r\nd:\r\n"))), 200);
    client.send(get("/alive", "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\n"));
    expect_refusal(client, 431);
}

TEST_F(limits, a_json_body_that_is_declared_too_large_is_413_before_it_is_sent)
{
    options_.limits.json_body = 100;
    auto client = connect();
    client.send(post("/json", "Content-Type: application/json\r\nContent-Length: 101\r\n"));
    expect_refusal(client, 413);
}

TEST_F(limits, a_length_of_nearly_64_bits_reserves_nothing)
{
    auto client = connect();
    client.send(post("/raw", "Content-Length: 9223372036854775807\r\n", "x"));
    expect_refusal(client, 413);
}

TEST_F(limits, a_json_body_at_its_limit_is_taken)
{
    options_.limits.json_body = 100;
    auto client = connect();
    std::string const text = '"' + std::string(98, 'j') + '"';
    auto const answer =
        client.ask(post("/json", "Content-Type: application/json\r\nContent-Length: 100\r\n", text));
    EXPECT_EQ(status_of(answer), 200);
    expect_usable(client);
}

TEST_F(limits, a_chunked_json_body_is_413_as_soon_as_it_crosses_the_limit)
{
    options_.limits.json_body = 100;
    auto client = connect();
    client.send(post("/json", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
                     "64\r\n" + std::string(100, '1') + "\r\n"));
    EXPECT_TRUE(client.silent(50ms)) << "100 bytes are allowed";
    client.send("1\r\n1");
    expect_refusal(client, 413);
}

TEST_F(limits, a_client_that_writes_on_gets_its_413_all_the_same)
{
    options_.limits.raw_body = 1000;
    for (auto const* framing : {"Content-Length: 900000\r\n", "Transfer-Encoding: chunked\r\n"}) {
        auto client = connect();
        client.send(post("/raw", framing));
        if (framing[0] == 'T') client.send("dbba0\r\n");
        std::string const piece(9000, 'b');
        for (int i = 0; i != 100; ++i)
            EXPECT_TRUE(client.send(piece)) << "after " << i << " pieces";
        expect_refusal(client, 413);
    }
}

TEST_F(limits, a_route_may_have_its_own_body_limit)
{
    app_.post("/tiny", [](body<std::string> text) -> serval::task<std::string> { co_return *text; })
        .max_body(5);
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(
                  post("/tiny", "Content-Type: application/json\r\nContent-Length: 5\r\n", "\"abc\""))),
              200);
    client.send(post("/tiny", "Content-Type: application/json\r\nContent-Length: 6\r\n", "\"abcd\""));
    expect_refusal(client, 413);
}

TEST_F(limits, chunk_extensions_and_trailers_have_a_limit_together)
{
    auto client = connect();
    client.send(post("/raw", "Transfer-Encoding: chunked\r\n"));
    for (int i = 0; i != 3; ++i)
        client.send("1;e=" + std::string(8000, 'e') + "\r\nx\r\n");
    expect_refusal(client, 400);
}

TEST_F(limits, a_head_that_takes_too_long_is_408_however_it_drips)
{
    options_.limits.head_timeout = 300ms;
    auto client = connect();
    auto const begin = clock::now();
    client.send("GET /alive HTTP/1.1\r\nHost: a\r\nX: ");
    while (client.silent(40ms) && clock::now() - begin < 5s)
        client.send("x");
    EXPECT_GE(clock::now() - begin, 290ms);
    EXPECT_LT(clock::now() - begin, 2s);
    expect_refusal(client, 408);
}

TEST_F(limits, a_silent_connection_is_closed_without_an_answer)
{
    options_.limits.keep_alive_timeout = 300ms;
    auto fresh = connect();
    auto used = connect();
    auto const begin = clock::now();
    EXPECT_EQ(status_of(used.ask(get("/alive"))), 200);
    EXPECT_EQ(fresh.read_to_end(), "");
    EXPECT_EQ(used.read_to_end(), "");
    EXPECT_GE(clock::now() - begin, 290ms);
    EXPECT_LT(clock::now() - begin, 3s);
    EXPECT_TRUE(eventually([&] { return (*server_)->stats().connections == 0; }));
}

TEST_F(limits, a_connection_that_was_idle_for_some_ticks_is_still_good)
{
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
    EXPECT_TRUE(client.silent(700ms)); // its buffers are given back meanwhile
    expect_usable(client);
}

TEST_F(limits, a_body_that_stops_coming_is_408)
{
    options_.limits.rate_grace = 300ms;
    auto client = connect();
    client.send(post("/raw", "Content-Length: 100000\r\n", std::string(30, 'x')));
    expect_refusal(client, 408);
}

TEST_F(limits, a_client_that_does_not_read_is_left)
{
    options_.limits.rate_grace = 300ms;
    auto client = connect(4096);
    client.send(get("/big"));
    ASSERT_TRUE(eventually([&] { return (*server_)->stats().requests == 1; }));
    EXPECT_TRUE(eventually([&] { return (*server_)->stats().connections == 0; }));
    EXPECT_LT(client.read_to_end().size(), 64UL << 20);
}

TEST_F(limits, a_handler_that_takes_too_long_is_cancelled_and_answered_with_503)
{
    options_.limits.handler_timeout = 300ms;
    auto client = connect();
    auto const begin = clock::now();
    EXPECT_EQ(status_of(client.ask(get("/forever"))), 503);
    EXPECT_TRUE(left_);
    EXPECT_GE(clock::now() - begin, 290ms);
    EXPECT_LT(clock::now() - begin, 2s);
    expect_usable(client);
}

TEST_F(limits, a_plain_handler_that_takes_too_long_is_told)
{
    options_.limits.handler_timeout = 300ms;
    auto client = connect();
    auto const begin = clock::now();
    client.ask(get("/patient"));
    EXPECT_TRUE(left_);
    EXPECT_LT(clock::now() - begin, 2s);
    expect_usable(client);
}

TEST_F(limits, a_route_may_have_its_own_time)
{
    app_.get("/hurried", slow_once).timeout(200ms);
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/hurried"))), 503);
    expect_usable(client);
}

TEST_F(limits, the_time_of_a_handler_does_not_run_while_its_body_arrives)
{
    options_.limits.handler_timeout = 300ms;
    auto client = connect();
    client.send(post("/raw", "Content-Length: 10\r\n"));
    for (int i = 0; i != 10; ++i) {
        EXPECT_TRUE(client.silent(100ms));
        client.send("x");
    }
    EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(limits, too_many_query_parameters_are_400)
{
    options_.limits.query_parameters = 3;
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/query?a=1&b=2&c=3"))), 200);
    EXPECT_EQ(status_of(client.ask(get("/query?a=1&b=2&c=3&d=4"))), 400);
    expect_usable(client);
}

TEST_F(limits, at_the_limit_of_connections_who_is_idle_makes_room)
{
    options_.limits.connections = 3;
    std::vector<raw_client> taken;
    for (int i = 0; i != 3; ++i) {
        taken.push_back(connect());
        expect_usable(taken.back());
    }
    auto waiting = connect();
    waiting.send(get("/alive"));
    EXPECT_TRUE(waiting.silent(100ms)) << "nobody has been idle for a tick yet";
    EXPECT_EQ(status_of(waiting.read_answer()), 200);
    EXPECT_EQ((*server_)->stats().connections, 3U);
    EXPECT_EQ((*server_)->stats().connections_accepted, 4U);
}

TEST_F(limits, a_body_that_nobody_read_is_dropped_up_to_64_kib_and_the_connection_kept)
{
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(post("/ignore", "Content-Length: 65536\r\n", std::string(65536, 'x')))),
              200);
    expect_usable(client);
    EXPECT_EQ(status_of(client.ask(
                  post("/nowhere", "Transfer-Encoding: chunked\r\n", "8\r\nGET / HT\r\n0\r\n\r\n"))),
              404);
    expect_usable(client);
    EXPECT_EQ(status_of(client.ask("GET /alive HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /")), 200);
    expect_usable(client);
}

TEST_F(limits, a_larger_body_that_nobody_read_ends_the_connection_after_the_answer)
{
    auto client = connect();
    client.send(post("/ignore", "Content-Length: 800000\r\n"));
    std::string const piece(8000, 'x');
    for (int i = 0; i != 100; ++i)
        EXPECT_TRUE(client.send(piece));
    expect_refusal(client, 200);
}

TEST_F(limits, a_chunked_body_that_nobody_read_and_that_grows_too_large_ends_the_connection)
{
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(post("/ignore", "Transfer-Encoding: chunked\r\n"))), 200);
    for (int i = 0; i != 9; ++i)
        client.send("2000\r\n" + std::string(0x2000, 'x') + "\r\n");
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(limits, a_client_that_trickles_into_a_lingering_close_is_not_waited_for)
{
    options_.limits.linger_timeout = 300ms;
    auto client = connect();
    client.send(post("/raw", "Content-Length: 99999999999\r\n"));
    EXPECT_EQ(status_of(client.read_answer()), 413);
    EXPECT_TRUE(eventually([&] { return !client.send("x") || (*server_)->stats().connections == 0; }, 2s));
}

TEST_F(limits, a_100_continue_is_sent_when_the_body_is_wanted)
{
    auto client = connect();
    client.send(post("/raw", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(status_of(client.ask("hello")), 200);
    expect_usable(client);
}

TEST_F(limits, no_100_continue_is_sent_when_the_body_came_along)
{
    auto client = connect();
    client.send(post("/raw", "Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"));
    EXPECT_TRUE(client.read_until("\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(limits, a_refused_request_gets_no_100_continue)
{
    options_.limits.raw_body = 10;
    struct {
        char const* target;
        char const* fields;
        int status;
    } const cases[] = {{"/raw", "Content-Length: 11\r\nExpect: 100-continue\r\n", 413},
                       {"/nowhere", "Content-Length: 5\r\nExpect: 100-continue\r\n", 404},
                       {"/alive", "Content-Length: 5\r\nExpect: 100-continue\r\n", 405},
                       {"/raw", "Content-Length: 5\r\nExpect: the impossible\r\n", 417}};
    for (auto const& one : cases) {
        auto client = connect();
        client.send(post(one.target, one.fields));
        auto const all = client.read_to_end();
        EXPECT_TRUE(all.starts_with("HTTP/1.1 " + std::to_string(one.status))) << all;
        EXPECT_EQ(all.find("100 Continue"), std::string::npos);
    }
}

TEST_F(limits, whom_a_dependency_turns_away_is_answered_without_a_body)
{
    for (auto const* fields : {"Content-Length: 500000\r\nExpect: 100-continue\r\n",
                               "Content-Length: 500000\r\n", "Transfer-Encoding: chunked\r\n"}) {
        auto client = connect();
        client.send(post("/private", std::string{"Content-Type: application/json\r\n"} + fields));
        EXPECT_TRUE(client.read_until("\r\n").starts_with("HTTP/1.1 401")) << fields;
    }
}

TEST_F(limits, a_few_empty_lines_before_a_request_are_skipped_and_endless_ones_refused)
{
    auto client = connect();
    EXPECT_EQ(status_of(client.ask("\r\n\r\n" + get("/alive"))), 200);
    for (int i = 0; i != 100 && client.send("\r\n\r\n"); ++i) {
    }
    expect_refusal(client, 400);
}

TEST_F(limits, pipelined_requests_whose_answers_nobody_reads_are_not_read_either)
{
    int const count = serval::test::under_sanitizer() ? 30'000 : 100'000;
    std::string const padding = "X: " + std::string(200, 'x') + "\r\n";
    auto client = connect();
    expect_usable(client);
    auto const before = serval::test::resident_bytes();
    std::atomic<int> sent{0};
    std::thread sender{[&] {
        std::string batch;
        for (int i = 0; i < count; i += 100) {
            batch.clear();
            for (int k = i; k != i + 100; ++k)
                batch += get("/fast/" + std::to_string(k), padding);
            if (!client.send(batch)) return;
            sent = i + 100;
        }
    }};
    // Until nothing moves any more: the kernel's buffers are full.
    for (int seen = -1; seen != sent; std::this_thread::sleep_for(200ms))
        seen = sent;
    auto const stats = (*server_)->stats();
    if (!serval::test::under_sanitizer()) {
        EXPECT_LT(stats.requests, static_cast<std::uint64_t>(count));
        EXPECT_LT(serval::test::resident_bytes(), before + (4UL << 20));
    }
    for (int i = 0; i != count; ++i) {
        auto const answer = client.read_answer();
        ASSERT_TRUE(answer) << i << ": " << client.problem();
        ASSERT_EQ(answer->body, std::to_string(i));
    }
    sender.join();
    expect_usable(client);
}

TEST_F(limits, a_slow_handler_holds_back_the_answers_behind_it_but_none_before_it)
{
    auto client = connect();
    auto const begin = clock::now();
    client.send(get("/fast/1") + get("/fast/2") + get("/slow/1000/3") + get("/fast/4") + get("/slow/1/5") +
                get("/fast/6"));
    for (int i = 1; i != 7; ++i) {
        auto const answer = client.read_answer();
        ASSERT_TRUE(answer) << client.problem();
        EXPECT_EQ(answer->body, std::to_string(i));
        if (i == 2) {
            EXPECT_LT(clock::now() - begin, 900ms);
        }
    }
    EXPECT_GE(clock::now() - begin, 1000ms);
}

TEST_F(limits, after_a_refused_pipelined_request_nothing_more_is_answered)
{
    auto client = connect();
    client.send(get("/fast/1") + "GET / HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n" + get("/fast/2"));
    EXPECT_EQ(status_of(client.read_answer()), 200);
    expect_refusal(client, 400);
}

} // namespace
