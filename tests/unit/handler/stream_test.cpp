#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval {
namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using strings = std::vector<std::string>;

/// What generators below tell the test.
struct scene {
    std::atomic<int> pulled{0};
    std::atomic<int> living{0};
};

class alive {
public:
    explicit alive(scene& s) : scene_{s} { ++scene_.living; }
    ~alive() { --scene_.living; }
    alive(alive const&) = delete;
    alive& operator=(alive const&) = delete;

private:
    scene& scene_;
};

struct reading {
    int id;
    double value;
};

class stream_test : public testing::Test {
protected:
    settings quiet() const
    {
        auto options = test_client::default_settings();
        options.log = log;
        return options;
    }

    app application;
    scene seen;
    manual_clock clock;
    std::shared_ptr<test::recording_log> log = std::make_shared<test::recording_log>();
};

generator<std::string> numbers(int n, std::chrono::milliseconds pause)
{
    for (int i = 0; i < n; ++i) {
        co_await sleep_for(pause);
        co_yield std::to_string(i) + "\n";
    }
}

generator<std::string> endless(scene* s, std::size_t bytes)
{
    alive const here(*s);
    for (;;) {
        ++s->pulled;
        co_yield std::string(bytes, 'x');
    }
}

generator<std::string> endless_with_pauses(scene* s)
{
    alive const here(*s);
    for (;;) {
        ++s->pulled;
        co_yield "tick\n";
        co_await sleep_for(100ms);
    }
}

generator<std::string> fails_after(int n, std::chrono::milliseconds pause)
{
    for (int i = 0; i < n; ++i)
        co_yield std::to_string(i);
    if (pause.count() != 0) co_await sleep_for(pause); // where the head leaves, if nothing has
    throw std::runtime_error("the source is gone");
}

TEST_F(stream_test, sends_each_chunk_as_soon_as_it_is_yielded)
{
    application.get("/numbers",
                    [](query<"n", int> n) { return streaming_response(numbers(*n, 100ms), "text/plain"); });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/numbers?n=3");
    clock.advance(50ms);
    EXPECT_EQ(stream.status(), 200) << "the head does not wait longer for the first chunk";
    EXPECT_EQ(stream.header("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(stream.header("transfer-encoding"), "chunked");
    EXPECT_EQ(stream.arrived(), strings{});
    clock.advance(49ms);
    EXPECT_EQ(stream.arrived(), strings{});
    clock.advance(1ms);
    EXPECT_EQ(stream.arrived(), strings{"0\n"});
    clock.advance(100ms);
    EXPECT_EQ(stream.arrived(), strings{"1\n"});
    clock.advance(100ms);
    EXPECT_EQ(stream.arrived(), strings{"2\n"});
    EXPECT_EQ(stream.next(), std::nullopt);
    EXPECT_EQ(client.get("/numbers?n=0").body, "") << "the connection goes on, and no chunks are no error";
}

TEST_F(stream_test, takes_a_generator_from_a_handler_and_writes_strings_as_text)
{
    application.get("/numbers", [](query<"n", int> n) { return numbers(*n, 0ms); });
    test_client client(application);
    auto const answer = client.get("/numbers?n=3");
    EXPECT_EQ(answer.body, "0\n1\n2\n");
    EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(client.get("/numbers?n=x").status, 422) << "parameters are checked as for any handler";
}

generator<reading> readings()
{
    reading one{1, 0.5};
    co_yield std::move(one);
    reading two{2, 1e300};
    co_yield std::move(two);
}

TEST_F(stream_test, writes_models_as_lines_of_json)
{
    application.get("/readings", readings);
    test_client client(application);
    auto const answer = client.get("/readings");
    EXPECT_EQ(answer.body, "{\"id\":1,\"value\":0.5}\n{\"id\":2,\"value\":1e+300}\n");
    EXPECT_EQ(answer.header("content-type"), "application/x-ndjson");
}

generator<sse_event> events(std::string last_id)
{
    co_yield sse_event("after " + last_id).event("resumed").id("8").retry(3s).comment("hello");
    reading const value{1, 0.5};
    co_yield sse_event::json(value);
    co_yield sse_event("two\nlines");
}

TEST_F(stream_test, writes_server_sent_events)
{
    application.get("/events",
                    [](header<"last_event_id", std::string, def("nothing")> last) { return events(*last); });
    test_client client(application);
    auto const answer = client.get("/events", {{"Last-Event-ID", "7"}});
    EXPECT_EQ(answer.body, ": hello\nevent: resumed\ndata: after 7\nid: 8\nretry: 3000\n\n"
                           "data: {\"id\":1,\"value\":0.5}\n\n"
                           "data: two\ndata: lines\n\n");
    EXPECT_EQ(answer.header("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(answer.header("cache-control"), "no-cache");
    EXPECT_EQ(answer.header("x-accel-buffering"), "no");
}

generator<sse_event> quiet_events()
{
    co_await sleep_for(40s);
    co_yield sse_event("at last");
}

TEST_F(stream_test, keeps_an_event_stream_alive_when_nothing_happens)
{
    application.get("/events", quiet_events);
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/events");
    clock.advance(14s);
    EXPECT_EQ(stream.arrived(), strings{});
    clock.advance(2s);
    EXPECT_EQ(stream.arrived(), strings{": ping\n\n"});
    clock.advance(10s);
    EXPECT_EQ(stream.arrived(), strings{});
    clock.advance(6s);
    EXPECT_EQ(stream.arrived(), strings{": ping\n\n"});
    clock.advance(10s);
    EXPECT_EQ(stream.arrived(), strings{"data: at last\n\n"});
}

TEST(sse_event, refuses_names_and_ids_that_would_break_the_stream)
{
    EXPECT_THROW(sse_event().event("a\nb"), std::invalid_argument);
    EXPECT_THROW(sse_event().id("a\rb"), std::invalid_argument);
    EXPECT_THROW(sse_event().id(std::string("a\0b", 3)), std::invalid_argument);
    EXPECT_THROW(sse_event().retry(-1ms), std::invalid_argument);
}

TEST_F(stream_test, does_not_pull_faster_than_the_client_reads)
{
    application.get("/endless", [this] { return endless(&seen, 1024); });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/endless", {}, {}, 1024);
    clock.settle();
    int const pulled = seen.pulled;
    EXPECT_LE(pulled, 256) << "256 KiB a stream";
    clock.settle();
    EXPECT_EQ(seen.pulled, pulled) << "nothing more while nobody reads";
    for (int i = 0; i != 100; ++i)
        ASSERT_TRUE(stream.next());
    clock.settle();
    EXPECT_GT(seen.pulled, pulled);
}

TEST_F(stream_test, ends_a_stream_that_is_not_read)
{
    application.get("/endless", [this] { return endless(&seen, 1024); });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/endless", {}, {}, 1024);
    clock.settle();
    EXPECT_EQ(seen.living, 1);
    clock.advance(20s);
    EXPECT_EQ(seen.living, 0) << "below the minimum rate";
}

TEST_F(stream_test, sends_a_chunk_of_any_size)
{
    application.get("/large", []() -> generator<std::string> {
        co_yield std::string(1'000'000, 'a');
        co_yield std::string(64 * 1024, 'b');
        co_yield "";
        co_yield "end";
    });
    test_client client(application);
    EXPECT_EQ(client.get("/large").body, std::string(1'000'000, 'a') + std::string(64 * 1024, 'b') + "end");
}

TEST_F(stream_test, destroys_the_generator_when_the_client_leaves)
{
    application.get("/ticks", [this] { return endless_with_pauses(&seen); });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/ticks");
    clock.advance(1s);
    EXPECT_EQ(seen.living, 1);
    stream.disconnect();
    clock.advance(1s);
    EXPECT_EQ(seen.living, 0);
    EXPECT_EQ(log->all(), "") << "a client that leaves is no error";
}

TEST_F(stream_test, destroys_the_generator_when_its_time_is_up)
{
    application.get("/ticks", [this] { return endless_with_pauses(&seen); }).timeout(2s);
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/ticks");
    clock.advance(1s);
    EXPECT_EQ(seen.living, 1);
    clock.advance(2s);
    EXPECT_EQ(seen.living, 0);
    EXPECT_THROW(stream.read_all(), std::runtime_error) << "without the last chunk";
    EXPECT_TRUE(log->contains("Exception in GET /ticks: the stream took too long")) << log->all();
}

TEST_F(stream_test, answers_an_exception_before_the_first_chunk_as_any_other)
{
    application.get("/fails", [] { return fails_after(0, 0ms); });
    application.get("/missing", []() -> generator<std::string> {
        throw http_error(404, "No such stream");
        co_yield "";
    });
    test_client client(application, quiet());
    EXPECT_EQ(client.get("/fails").status, 500);
    EXPECT_TRUE(log->contains("Exception in GET /fails: the source is gone")) << log->all();
    auto const missing = client.get("/missing");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.body, R"({"detail":"No such stream"})");
}

TEST_F(stream_test, takes_back_what_was_not_sent_when_it_fails)
{
    application.get("/late", []() -> generator<std::string> {
        co_yield "part of an answer";
        throw http_error(404, "No, there is none");
    });
    application.get("/short", [] {
        return streaming_response([](response_writer&) -> task<> { co_return; }, "text/plain")
            .content_length(5);
    });
    application.get("/hello", []() -> task<std::string> { co_return "hello"; });
    test_client client(application, quiet());
    auto const late = client.get("/late");
    EXPECT_EQ(late.status, 404);
    EXPECT_EQ(late.body, R"({"detail":"No, there is none"})");
    EXPECT_EQ(client.get("/short").status, 500);
    auto const pipelined =
        client.raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(pipelined.find("\r\n\r\nhelloHTTP/1.1 404 Not Found"), std::string::npos) << pipelined;
}

TEST_F(stream_test, keeps_the_tasks_of_a_handler_that_has_returned_though_the_client_has_left)
{
    test::gate gate;
    test::opened_at_exit const opened{gate};
    std::atomic<int> run{0};
    application.get("/slow", [&](background_tasks& tasks) {
        tasks.add([&run] { ++run; });
        gate.wait();
        return streaming_response(numbers(3, 0ms), "text/plain");
    });
    test_client client(application, quiet());
    auto pending = client.start("GET", "/slow");
    ASSERT_TRUE(test::eventually([&] { return gate.waited() == 1; }));
    pending.disconnect();
    std::this_thread::sleep_for(600ms); // two ticks of the loop, which finds out
    gate.open();
    client.wait_background();
    EXPECT_EQ(run, 1);
}

TEST_F(stream_test, has_the_time_limit_anew_after_a_plain_handler_that_overran_it)
{
    test::gate gate;
    test::opened_at_exit const opened{gate};
    application
        .get("/slow",
             [&] {
                 gate.wait();
                 return streaming_response(numbers(3, 0ms), "text/plain");
             })
        .timeout(300ms);
    test_client client(application, quiet());
    auto pending = client.start("GET", "/slow");
    ASSERT_TRUE(test::eventually([&] { return gate.waited() == 1; }));
    std::this_thread::sleep_for(1s);
    gate.open();
    EXPECT_EQ(pending.get().body, "0\n1\n2\n");
}

TEST_F(stream_test, pings_no_stream_of_a_stated_length)
{
    application.get("/events", []() -> task<response> {
        co_return streaming_response(quiet_events()).content_length(15);
    });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/events");
    clock.advance(39s);
    EXPECT_EQ(stream.arrived(), strings{});
    clock.advance(1s);
    EXPECT_EQ(stream.read_all(), "data: at last\n\n");
    EXPECT_EQ(log->all(), "");
}

generator<std::string> echoes(body_stream& body)
{
    for (;;) {
        std::string_view const piece = co_await body.read_some();
        if (piece.empty()) break;
        co_yield std::string(piece);
    }
}

TEST_F(stream_test, asks_for_the_body_that_it_reads_before_its_head)
{
    application.post("/echo", echoes);
    test_client client(application);
    auto const answer =
        client.raw("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
                   "hello",
                   {73});
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n")) << answer;
}

TEST_F(stream_test, may_be_what_an_exception_is_answered_with)
{
    struct lost {};
    application.exception_handler<lost>([](serval::request&, lost const&) {
        auto answer = streaming_response(numbers(2, 0ms), "text/plain");
        answer.status(404);
        return answer;
    });
    application.get("/lost", []() -> task<int> { throw lost{}; });
    application.get("/lost-plain", []() -> int { throw lost{}; });
    application.get("/lost-stream", []() -> generator<std::string> {
        throw lost{};
        co_yield "";
    });
    test_client client(application, quiet());
    for (auto const* const target : {"/lost", "/lost-plain"}) {
        auto const answer = client.get(target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.body, "0\n1\n") << target;
    }
    EXPECT_EQ(client.get("/lost-stream").status, 500) << "one stream cannot stand in for another";
}

generator<json> json_lines()
{
    json const one = json::object({{"a", 1}});
    co_yield one;
    json two = json::array();
    co_yield two;
    json three("text");
    co_yield std::move(three);
}

TEST_F(stream_test, writes_each_json_value_as_it_is)
{
    application.get("/lines", [] { return json_lines(); });
    test_client client(application);
    EXPECT_EQ(client.get("/lines").body, "{\"a\":1}\n[]\n\"text\"\n");
}

struct entry {
    std::string name;
    std::vector<std::string> tags;
};

generator<entry> entries()
{
    for (int i = 0; i != 2; ++i) {
        entry one{.name = std::string(40, 'x'), .tags = {"a"}};
        co_yield one; // a copy
        one.name = std::to_string(i);
        co_yield std::ref(one);
    }
}

TEST_F(stream_test, writes_models_that_have_a_name)
{
    application.get("/entries", [] { return entries(); });
    test_client client(application);
    auto const line = [](std::string const& name) {
        return "{\"name\":\"" + name + "\",\"tags\":[\"a\"]}\n";
    };
    auto const longer = line(std::string(40, 'x'));
    EXPECT_EQ(client.get("/entries").body, longer + line("0") + longer + line("1"));
}

struct account {
    std::string name;
    std::string password;
};

struct shown {
    std::string name;
    defaulted<int> age = 3;
};

generator<account> accounts()
{
    account one{.name = "ann", .password = "secret"};
    co_yield one;
    one.name = "bob";
    co_yield one;
}

generator<json> loose_accounts()
{
    json one = json::object({{"name", "ann"}, {"password", "secret"}});
    co_yield one;
    one["name"] = 7;
    co_yield one;
}

TEST_F(stream_test, sends_of_each_value_only_what_a_response_model_declares)
{
    application.get("/accounts", [] { return accounts(); }).response_model<shown>();
    application.get("/loose", [] { return loose_accounts(); }).response_model<shown>();
    EXPECT_THROW(application.get("/text", [] { return numbers(1, 0ms); }).response_model<shown>(),
                 std::invalid_argument);
    EXPECT_THROW(
        application.get("/events", []() -> generator<sse_event> { co_return; }).response_model<int>(),
        std::invalid_argument);
    auto const document = json::parse(application.openapi());
    auto const& content = document["paths"]["/accounts"]["get"]["responses"]["200"]["content"];
    EXPECT_EQ(content["application/x-ndjson"]["x-itemSchema"]["$ref"], "#/components/schemas/Shown");
    test_client client(application, quiet());
    EXPECT_EQ(client.get("/accounts").body, R"({"name":"ann","age":3})"
                                            "\n"
                                            R"({"name":"bob","age":3})"
                                            "\n");
    EXPECT_EQ(client.get("/loose").status, 500) << "the second is none";
    EXPECT_FALSE(log->contains("secret")) << log->all();
}

generator<std::string_view> views_of_locals()
{
    for (int i = 0; i != 3; ++i) {
        std::string const local(100'000, static_cast<char>('a' + i));
        co_yield local;
        co_yield std::string(5, static_cast<char>('A' + i));
    }
}

TEST_F(stream_test, sends_views_of_what_lives_until_the_generator_goes_on)
{
    application.get("/views", [] { return views_of_locals(); });
    test_client client(application);
    auto const body = client.get("/views").body;
    EXPECT_EQ(body.size(), 3 * 100'005U);
    EXPECT_EQ(body.substr(99'999, 7), "aAAAAAb");
}

generator<std::string> echo_of(body_stream& body)
{
    co_yield "begun\n";
    for (auto piece = co_await body.read_some(); !piece.empty(); piece = co_await body.read_some())
        co_yield std::string(piece);
}

TEST_F(stream_test, whose_client_leaves_while_it_reads_the_body_is_no_error)
{
    application.post("/echo", [](body_stream& body) { return echo_of(body); });
    auto options = test::quiet_settings();
    options.log = log;
    test::running_server running(application, options);
    for (bool const abrupt : {false, true}) {
        auto client = running.connect();
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome");
        EXPECT_NE(client.read_until("begun"), "");
        if (abrupt) {
            client.reset();
        } else {
            client.half_close();
            client.wait_for_end();
        }
    }
    EXPECT_TRUE(test::eventually([&] { return running->stats().connections == 0; }));
    running->stop();
    EXPECT_EQ(running->stats().handler_errors, 0U) << log->all();
    EXPECT_FALSE(log->contains("Exception")) << log->all();
}

TEST_F(stream_test, breaks_off_when_it_fails_later)
{
    application.get("/fails", [] { return fails_after(2, 100ms); });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/fails");
    EXPECT_EQ(stream.arrived(), (strings{"0", "1"}));
    clock.advance(100ms);
    EXPECT_THROW(stream.next(), std::runtime_error) << "truncation shows";
    EXPECT_TRUE(log->contains("Exception in the stream of GET /fails: the source is gone")) << log->all();
}

TEST_F(stream_test, fails_at_a_value_that_json_cannot_express)
{
    application.get("/nan", []() -> generator<double> {
        co_yield 1.5;
        co_yield std::numeric_limits<double>::quiet_NaN();
    });
    test_client client(application, quiet());
    EXPECT_EQ(client.get("/nan").status, 500);
    EXPECT_TRUE(log->contains("NaN")) << log->all();
}

TEST_F(stream_test, states_a_length_that_the_application_knows_and_holds_it_to_that)
{
    auto const sized = [](std::string bytes, std::uint64_t length) {
        return streaming_response(
                   [bytes](response_writer& out) -> task<> {
                       co_await out.flush(); // the head has left
                       co_await out.write(bytes);
                   },
                   "text/plain")
            .content_length(length);
    };
    application.get("/right", [sized] { return sized("12345", 5); });
    application.get("/short", [sized] { return sized("1234", 5); });
    application.get("/long", [sized] { return sized("123456", 5); });
    test_client client(application, quiet());
    auto const right = client.get("/right");
    EXPECT_EQ(right.body, "12345");
    EXPECT_EQ(right.header("content-length"), "5");
    EXPECT_EQ(right.header("transfer-encoding"), std::nullopt);
    EXPECT_THROW(client.get("/short"), std::runtime_error);
    EXPECT_TRUE(log->contains("GET /short: the stream ended 1 bytes before its content-length"))
        << log->all();
    EXPECT_EQ(client.get("/long").body, "12345") << "not a byte more";
    EXPECT_TRUE(log->contains("GET /long: the stream gave more bytes than its content-length")) << log->all();
    EXPECT_EQ(client.head("/right").header("content-length"), "5");
}

TEST_F(stream_test, ends_with_the_connection_for_http_1_0)
{
    application.get("/numbers", [] { return numbers(2, 0ms); });
    test_client client(application);
    auto const answer = client.raw("GET /numbers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("connection: close\r\n\r\n0\n1\n")) << answer;
    EXPECT_EQ(answer.find("transfer-encoding"), std::string::npos);
}

TEST_F(stream_test, does_not_run_for_a_head_request)
{
    application.get("/endless", [this] { return endless(&seen, 10); });
    test_client client(application, quiet());
    auto const answer = client.head("/endless");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(seen.pulled, 0);
}

TEST_F(stream_test, stands_in_its_place_among_pipelined_requests)
{
    application.get("/numbers", [] { return numbers(2, 0ms); });
    application.get("/hello", []() -> task<std::string> { co_return "hello"; });
    test_client client(application);
    auto const answers =
        client.raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /numbers HTTP/1.1\r\nHost: a\r\n\r\n"
                   "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    auto const stream = answers.find("\r\n\r\n2\r\n0\n\r\n2\r\n1\n\r\n0\r\n\r\nHTTP/1.1 200 OK");
    EXPECT_NE(stream, std::string::npos) << answers;
    EXPECT_LT(answers.find("hello"), stream);
    EXPECT_GT(answers.rfind("hello"), stream);
}

TEST_F(stream_test, lets_middleware_see_and_change_the_head)
{
    application.middleware([](serval::request& r, next rest) -> task<response> {
        response answer = co_await rest(r);
        if (answer.streamed()) answer.header("x-streamed", "yes");
        co_return answer;
    });
    application.get("/numbers", [] { return numbers(2, 0ms); });
    test_client client(application);
    auto const answer = client.get("/numbers");
    EXPECT_EQ(answer.body, "0\n1\n");
    EXPECT_EQ(answer.header("x-streamed"), "yes");
}

TEST_F(stream_test, keeps_the_request_until_its_end)
{
    application.get("/echo/{name}", [](serval::request& r) -> generator<std::string> {
        co_await sleep_for(1ms);
        co_yield std::string(*r.path_param("name"));
    });
    test_client client(application);
    EXPECT_EQ(client.get("/echo/ada").body, "ada");
}

TEST_F(stream_test, is_sent_once)
{
    auto const kept = streaming_response(numbers(1, 0ms));
    application.get("/kept", [kept] { return kept; });
    test_client client(application, quiet());
    EXPECT_EQ(client.get("/kept").body, "0\n");
    EXPECT_EQ(client.get("/kept").status, 500);
    EXPECT_TRUE(log->contains("a streaming_response was sent before")) << log->all();
}

TEST_F(stream_test, sends_what_a_coroutine_writes_when_it_waits)
{
    application.get("/report", [] {
        auto const text = std::make_shared<std::string>("captured");
        return streaming_response(
            [text](response_writer& out) -> task<> {
                co_await out.write(*text);
                co_await sleep_for(100ms);
                co_await out.write(std::string(200'000, 'x'));
                co_await out.flush();
            },
            "text/csv");
    });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/report");
    clock.settle();
    EXPECT_EQ(stream.arrived(), strings{"captured"});
    clock.auto_advance(true);
    EXPECT_EQ(stream.read_all(), std::string(200'000, 'x'));
    EXPECT_EQ(stream.header("content-type"), "text/csv; charset=utf-8");
}

/// A range whose elements take as long as the test wants.
class slow_lines {
public:
    struct state {
        std::mutex mutex;
        std::condition_variable changed;
        int given = 0; // elements that may be taken
        int taken = 0; // and were
        bool over = false;
    };

    class iterator {
    public:
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;

        explicit iterator(state* s) : state_{s} { ++*this; }
        std::string operator*() const { return "line " + std::to_string(at_); }
        iterator& operator++()
        {
            std::unique_lock lock{state_->mutex};
            state_->changed.wait(lock, [this] { return state_->over || state_->given > state_->taken; });
            over_ = state_->given == state_->taken;
            at_ = ++state_->taken;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return over_; }

    private:
        state* state_;
        int at_ = 0;
        bool over_ = false;
    };

    explicit slow_lines(std::shared_ptr<state> s) : state_{std::move(s)} {}
    iterator begin() { return iterator{state_.get()}; }
    static std::default_sentinel_t end() { return {}; }

    static void give(state& to, int n)
    {
        std::lock_guard const lock{to.mutex};
        to.given += n;
        to.changed.notify_all();
    }
    static void end(state& of)
    {
        std::lock_guard const lock{of.mutex};
        of.over = true;
        of.changed.notify_all();
    }

private:
    std::shared_ptr<state> state_;
};

TEST_F(stream_test, iterates_a_range_on_the_pool_and_sends_each_element_when_it_is_there)
{
    auto const lines = std::make_shared<slow_lines::state>();
    application.get("/lines", [lines] { return streaming_response(slow_lines(lines), "text/plain"); });
    test_client client(application, quiet());
    auto stream = client.stream("GET", "/lines");
    slow_lines::give(*lines, 1);
    EXPECT_EQ(stream.next(), "line 1");
    slow_lines::give(*lines, 2);
    std::string two;
    while (two.size() < 12)
        two += stream.next().value();
    EXPECT_EQ(two, "line 2line 3");
    slow_lines::end(*lines);
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(stream_test, waits_for_the_pool_when_that_is_full_and_holds_nobody_up)
{
    test::gate gate;
    test::opened_at_exit const opened{gate};
    application.get("/many", []() -> task<response> {
        co_return streaming_response(strings(3000, std::string(100, 'x')));
    });
    application.get("/block", [&] { gate.wait(); });
    application.get("/alive", []() -> task<std::string> { co_return "yes"; });
    auto options = quiet();
    options.pool_threads = 1;
    options.pool_queue = 0;
    test_client client(application, std::move(options));
    auto stream = client.stream("GET", "/many", {}, {}, 1024); // pauses when 64 KiB wait
    std::optional<pending_response> blocked;
    ASSERT_TRUE(test::eventually([&] { // it is refused as long as the range has the only thread
        if (!blocked || blocked->ready()) blocked.emplace(client.start("GET", "/block"));
        return gate.waited() == 1;
    }));
    std::string got;
    for (int i = 0; i != 200; ++i) { // what was gathered; the rest needs the thread
        for (auto const& piece : stream.arrived())
            got += piece;
        ASSERT_EQ(client.get("/alive").body, "yes");
    }
    EXPECT_LT(got.size(), 300'000U);
    gate.open();
    got += stream.read_all();
    EXPECT_EQ(got.size(), 300'000U);
}

TEST_F(stream_test, lets_a_range_go_when_its_client_has_left)
{
    auto const lines = std::make_shared<slow_lines::state>();
    std::weak_ptr<slow_lines::state> const watched = lines;
    application.get("/lines",
                    [watched] { return streaming_response(slow_lines(watched.lock()), "text/plain"); });
    test_client client(application, quiet());
    auto stream = client.stream("GET", "/lines");
    slow_lines::give(*lines, 1);
    EXPECT_EQ(stream.next(), "line 1");
    stream.disconnect();
    slow_lines::end(*lines); // the step that blocks comes back
    for (int i = 0; i != 1000 && watched.use_count() != 1; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(watched.use_count(), 1);
}

TEST_F(stream_test, sends_a_container_and_its_large_elements)
{
    application.get("/many", [] {
        strings many(5000, std::string(99, 'a') + "\n");
        many.push_back(std::string(300'000, 'b'));
        many.emplace_back("c");
        return streaming_response(std::move(many));
    });
    application.get("/none", [] { return streaming_response(strings{}); });
    test_client client(application);
    auto const body = client.get("/many").body;
    EXPECT_EQ(body.size(), 800'001U);
    EXPECT_EQ(body.substr(499'998), "a\n" + std::string(300'000, 'b') + "c");
    EXPECT_EQ(client.get("/none").body, "");
}

/// A range that fails at its third element, when the test lets it.
struct failing_range {
    struct iterator {
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;
        test::gate* gate;
        int at = 0;
        std::string operator*() const { return "x"; }
        iterator& operator++()
        {
            if (++at != 2) return *this;
            gate->wait();
            throw std::runtime_error("the range is broken");
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return false; }
    };
    test::gate* gate;
    iterator begin() const { return {gate}; }
    static std::default_sentinel_t end() { return {}; }
};

TEST_F(stream_test, breaks_off_when_a_range_fails)
{
    test::gate gate;
    test::opened_at_exit const opened{gate};
    application.get("/fails", [&] { return streaming_response(failing_range{&gate}, "text/plain"); });
    test_client client(application, quiet());
    auto stream = client.stream("GET", "/fails");
    EXPECT_EQ(stream.status(), 200);
    gate.open();
    EXPECT_THROW(stream.read_all(), std::runtime_error);
    EXPECT_TRUE(log->contains("the range is broken")) << log->all();
}

TEST_F(stream_test, does_not_let_an_endless_range_run_ahead_of_its_client)
{
    struct endless_range {
        struct iterator {
            using value_type = std::string;
            using difference_type = std::ptrdiff_t;
            std::atomic<int>* count;
            std::string operator*() const { return std::string(1024, 'x'); }
            iterator& operator++()
            {
                ++*count;
                return *this;
            }
            void operator++(int) { ++*count; }
            bool operator==(std::default_sentinel_t) const { return false; }
        };
        std::atomic<int>* count;
        iterator begin() const { return {count}; }
        static std::default_sentinel_t end() { return {}; }
    };
    application.get("/endless",
                    [this] { return streaming_response(endless_range{&seen.pulled}, "text/plain"); });
    test_client client(application, clock, quiet());
    auto stream = client.stream("GET", "/endless", {}, {}, 1024);
    clock.settle();
    EXPECT_GT(seen.pulled, 0);
    EXPECT_LE(seen.pulled, 256) << "256 KiB a stream";
}

} // namespace
} // namespace serval
