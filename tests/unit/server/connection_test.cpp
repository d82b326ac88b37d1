// A connection over memory, under a clock that is moved by hand: its patience, and what it costs the others.
#include "app/freeze.hpp"
#include "server/loop.hpp"
#include "server/memory_transport.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::server_impl {

background_tasks* adds_to = nullptr;
int added_ran = 0;

/// Adds a task when it ends.
struct adding_value {
    int number = 0;

    ~adding_value()
    {
        if (adds_to != nullptr)
            adds_to->add([]() -> task<void> {
                ++added_ran;
                co_return;
            });
    }
};

namespace {

using namespace std::chrono_literals;
using test::get;

constexpr std::string_view half_head = "GET /a HTTP/1.1\r\nHost: a\r\n";

generator<std::string> one_line()
{
    co_yield std::string("a line\n");
}

generator<std::string> late_line()
{
    co_await sleep_for(1h);
    co_yield std::string("a line\n");
}

class connections : public testing::Test {
protected:
    connections()
    {
        options_.log = log_;
        app_.get("/a", [this]() -> task<std::string> {
            ++handled_;
            co_return "yes";
        });
        app_.post("/read", [](params::body<std::string> text) -> task<std::string> { co_return *text; });
        app_.get("/wait", [this]() -> task<std::string> {
            auto const count = std::shared_ptr<void>(nullptr, [this](void*) { ++ended_; });
            co_await sleep_for(1h);
            co_return "";
        });
        app_.get("/events", [this]() -> generator<sse_event> {
            auto const count = std::shared_ptr<void>(nullptr, [this](void*) { ++ended_; });
            sse_event first("begin");
            co_yield std::move(first);
            co_await sleep_for(1h);
        });
        app_.get("/big", []() -> task<std::string> { co_return std::string(1 << 20, 'x'); });
    }
    ~connections() override
    {
        if (!on_) return;
        on_loop([this] { on_->cancel_all(); });
        on_loop([this] { on_->stop_ticking(); });
    }

    loop& on()
    {
        if (!on_) {
            shared_ = std::make_shared<environment>(options_, app_impl::freeze(app_, options_));
            on_ = std::make_shared<loop>(context_, shared_, &clock_.impl());
            on_->attach();
        }
        return *on_;
    }
    memory_client connect(std::string bytes = {})
    {
        auto made = make_memory_stream(context_.get_executor(), client_address{"a", 1});
        on().serve(std::move(made.server));
        if (!bytes.empty()) made.client.write(std::move(bytes));
        run();
        return std::move(made.client);
    }
    std::vector<memory_client> connect_many(std::size_t count, std::string const& bytes)
    {
        std::vector<memory_client> made;
        for (std::size_t i = 0; i != count; ++i)
            made.push_back(connect(bytes));
        return made;
    }
    void on_loop(std::function<void()> const& call)
    {
        boost::asio::post(context_, call);
        run();
    }
    void run()
    {
        context_.restart();
        context_.poll();
    }
    /// Runs until `over`, or nothing is ready.
    void run_until(std::function<bool()> const& over)
    {
        context_.restart();
        while (!over() && context_.poll_one() != 0) {
        }
    }
    void pass(std::chrono::milliseconds duration)
    {
        for (auto left = duration; left > 0ms; left -= 50ms) {
            clock_.advance(50ms);
            run();
        }
    }
    /// The loop does nothing for so long.
    void stall(std::chrono::milliseconds duration) { clock_.advance(duration); }

    static std::size_t answered(std::vector<memory_client>& all)
    {
        std::size_t n = 0;
        for (auto& one : all)
            n += one.wait_readable(0ms) ? 1 : 0;
        return n;
    }

    std::shared_ptr<test::recording_log> log_ = std::make_shared<test::recording_log>();
    settings options_;
    app app_;
    int handled_ = 0;
    int ended_ = 0;
    manual_clock clock_;
    boost::asio::io_context context_{1};
    std::shared_ptr<environment> shared_;
    std::shared_ptr<loop> on_;
};

// What comes behind an early answer.

class early_answers : public connections, public testing::WithParamInterface<std::string_view> {};

TEST_P(early_answers, are_followed_by_a_reading_of_the_rest_of_the_body)
{
    auto client = connect("POST /none " + std::string{GetParam()} + "Content-Length: 60000\r\n\r\n");
    auto const answer = client.read();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404")) << answer;
    EXPECT_EQ(on_->connection_count(), 1U); // else what comes now would be answered by a reset
    client.write(std::string(30000, 'x'));
    run();
    client.write(std::string(30000, 'x'));
    run();
    EXPECT_EQ(client.unread_by_server(), 0U);
    EXPECT_FALSE(client.was_reset());
    pass(3s); // and not for ever
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(on_->connection_count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(to, early_answers,
                         testing::Values("HTTP/1.0\r\n", "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"));

TEST_F(connections, read_the_rest_of_a_body_behind_the_answer_that_the_end_of_a_server_gives)
{
    auto client = connect("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
    on_loop([this] { on_->cancel_all(); });
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 503"));
    EXPECT_EQ(on_->connection_count(), 1U);
    client.write(std::string(60000, 'x'));
    run();
    EXPECT_EQ(client.unread_by_server(), 0U);
    pass(2s); // what a drain waits for
    EXPECT_EQ(on_->connection_count(), 0U);
}

task<std::string> waits_long()
{
    co_await sleep_for(1h);
    co_return "late";
}

TEST_F(connections, cancel_a_handler_that_ends_the_server_while_it_is_called)
{
    app_.get("/stop", [this]() -> task<std::string> {
        on_->cancel_all(); // before there is a coroutine that could be cancelled
        return waits_long();
    });
    auto client = connect(get("/stop"));
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 503"));
    EXPECT_EQ(on_->counters().requests_in_flight.value(), 0);
    client.close();
    pass(3s);
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(connections, run_the_tasks_that_the_end_of_a_value_adds_beside_those_of_the_handler)
{
    int ran = 0;
    added_ran = 0;
    app_.post("/both", [&ran](params::body<adding_value>, background_tasks& after) -> task<std::string> {
        after.add([&ran]() -> task<void> {
            ++ran;
            co_return;
        });
        adds_to = &after;
        co_return "";
    });
    connect("POST /both HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
            R"({"number":1})");
    adds_to = nullptr;
    EXPECT_EQ(ran, 1);
    EXPECT_GE(added_ran, 1);
}

// The content type.

TEST_F(connections, send_one_content_type)
{
    app_.get("/set", []() -> task<response> {
        response made(200, "{}", "application/json");
        made.headers().set("Content-Type", "application/problem+json");
        made.headers().add("content-type", "a/b");
        made.headers().set("x-last", "1");
        co_return made;
    });
    app_.get("/thrown", []() -> task<std::string> {
        headers fields{{"content-type", "application/problem+json"}};
        throw http_error(400, "no", std::move(fields));
        co_return "";
    });
    for (auto const* const target : {"/set", "/thrown"}) {
        auto client = connect(get(target));
        auto const answer = client.read();
        auto const first = answer.find("content-type: application/problem+json\r\n");
        EXPECT_NE(first, std::string::npos) << answer;
        EXPECT_EQ(answer.find("ontent-type", first + 10), std::string::npos) << answer;
    }
}

// A loop that comes late.

TEST_F(connections, do_not_count_against_a_head_that_the_loop_was_late)
{
    auto client = connect(std::string{half_head});
    pass(9s);
    stall(7s);
    run();
    EXPECT_EQ(client.read(), "");
    client.write("\r\n");
    run();
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 200"));
}

TEST_F(connections, read_before_they_judge)
{
    auto head = connect(std::string{half_head});
    pass(10s);
    auto idle = connect(get("/a"));
    idle.read();
    head.write("\r\n");
    for (int i = 0; i != 4; ++i)
        stall(250ms); // the tick is due, and what has come is not read yet
    run();
    EXPECT_TRUE(head.read().starts_with("HTTP/1.1 200"));
    pass(74s);
    ASSERT_FALSE(idle.at_end());
    for (int i = 0; i != 8; ++i)
        stall(250ms);
    idle.write(get("/a"));
    run();
    EXPECT_TRUE(idle.read().starts_with("HTTP/1.1 200"));
}

TEST_F(connections, do_not_count_against_a_body_that_the_loop_was_late)
{
    auto client = connect("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    pass(4s);
    stall(7s);
    run();
    EXPECT_EQ(client.read(), "");
    client.write("cd");
    run();
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 200"));
}

TEST_F(connections, do_not_count_against_a_handler_that_the_loop_was_late)
{
    options_.limits.handler_timeout = 2s;
    auto client = connect(get("/wait"));
    pass(1s);
    stall(7s);
    run();
    EXPECT_EQ(client.read(), "");
    pass(2s);
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 503"));
}

TEST_F(connections, still_end_when_every_tick_is_late)
{
    auto client = connect(std::string{half_head});
    for (int i = 0; i != 25; ++i) {
        stall(2s);
        run();
    }
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 408"));
}

// The work of one turn: how far a crowd has come when somebody else is answered.

constexpr std::size_t at_most_a_turn = 64;
static_assert(at_most_a_turn > turn_budget::a_turn / turn_budget::request);
static_assert(at_most_a_turn > turn_budget::a_turn / turn_budget::ending);

TEST_F(connections, expire_in_slices)
{
    auto crowd = connect_many(500, std::string{half_head});
    auto good = connect();
    pass(10s);
    ASSERT_EQ(answered(crowd), 0U);
    stall(500ms);
    run_until([&] { return answered(crowd) != 0; });
    good.write(get("/a"));
    run_until([&] { return handled_ == 1; });
    EXPECT_LE(answered(crowd), 2 * at_most_a_turn);
    run();
    EXPECT_EQ(answered(crowd), 500U);
}

TEST_F(connections, end_in_slices_when_their_clients_have_left)
{
    auto crowd = connect_many(500, get("/events"));
    auto good = connect();
    pass(1s);
    for (auto& one : crowd)
        one.close();
    run();
    stall(250ms);
    run_until([&] { return ended_ != 0; });
    good.write(get("/a"));
    run_until([&] { return handled_ == 1; });
    EXPECT_LE(static_cast<std::size_t>(ended_), 2 * at_most_a_turn);
    run();
    EXPECT_EQ(ended_, 500);
}

TEST_F(connections, end_their_streams_in_slices_when_a_drain_begins)
{
    auto crowd = connect_many(550, get("/events")); // whose beginning leaves some of the last turn
    on_loop([this] { on_->drain(1s); });
    EXPECT_GT(ended_, 0);
    EXPECT_LE(static_cast<std::size_t>(ended_), at_most_a_turn);
    pass(250ms);
    EXPECT_EQ(ended_, 550);
}

TEST_F(connections, are_asked_in_slices_whether_their_clients_have_left)
{
    auto const crowd = connect_many(2500, get("/wait"));
    pass(500ms);
    auto const before = on_->turn().turns();
    stall(250ms);
    run();
    EXPECT_GE(on_->turn().turns() - before, 4U);
    EXPECT_LE(on_->turn().turns() - before, 6U);
}

TEST_F(connections, answer_requests_of_one_piece_in_slices)
{
    std::string many;
    for (int i = 0; i != 400; ++i)
        many += get("/a");
    auto crowd = connect();
    auto good = connect();
    crowd.write(many);
    run_until([&] { return handled_ != 0; });
    EXPECT_LE(static_cast<std::size_t>(handled_), at_most_a_turn);
    good.write("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    run_until([&] { return good.wait_readable(0ms); });
    EXPECT_LE(static_cast<std::size_t>(handled_), 3 * at_most_a_turn);
    run();
    EXPECT_EQ(handled_, 400);
    auto const answers = crowd.read();
    std::size_t found = 0;
    for (auto at = answers.find("HTTP/1.1 200"); at != std::string::npos;
         at = answers.find("HTTP/1.1 200", at + 1))
        ++found;
    EXPECT_EQ(found, 400U);
}

TEST_F(connections, are_written_to_in_slices_when_their_streams_go_on_at_a_time)
{
    app_.get("/later", [this]() -> generator<sse_event> {
        for (;;) {
            co_await sleep_for(1s);
            ++handled_;
            sse_event one("next");
            co_yield std::move(one);
        }
    });
    auto const crowd = connect_many(500, get("/later"));
    auto const before = on_->turn().turns();
    stall(1s);
    run_until([&] { return handled_ == 500; });
    run();
    EXPECT_GE(on_->turn().turns() - before, 4U);
    static_assert(500 * turn_budget::writing / turn_budget::a_turn == 4);
}

// A client that does not read.

/// Counts how often it is asked what the peer has not acknowledged.
class asked_transport final : public transport {
public:
    asked_transport(std::unique_ptr<transport> over, int& times) : over_{std::move(over)}, times_{times} {}

    boost::asio::any_io_executor executor() override { return over_->executor(); }
    task<io_result> read_some(boost::asio::mutable_buffer into) override { return over_->read_some(into); }
    task<boost::system::error_code> wait_readable() override { return over_->wait_readable(); }
    io_result try_write(std::span<boost::asio::const_buffer const> buffers) noexcept override
    {
        return over_->try_write(buffers);
    }
    io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept override
    {
        return over_->try_send_file(descriptor, offset, count);
    }
    task<boost::system::error_code> wait_writable() override { return over_->wait_writable(); }
    std::size_t unsent() noexcept override
    {
        ++times_;
        return 0;
    }
    bool has_unread() noexcept override { return over_->has_unread(); }
    bool peer_has_left() noexcept override { return over_->peer_has_left(); }
    void shutdown_send() noexcept override { over_->shutdown_send(); }
    void close() noexcept override { over_->close(); }
    void reset() noexcept override { over_->reset(); }
    client_address const& peer() const noexcept override { return over_->peer(); }

private:
    std::unique_ptr<transport> over_;
    int& times_;
};

TEST_F(connections, ask_the_system_for_a_clients_progress_only_when_that_is_judged)
{
    int asked = 0;
    auto made = make_memory_stream(context_.get_executor(), client_address{"a", 1});
    on().serve(std::make_unique<asked_transport>(std::move(made.server), asked));
    made.client.write(get("/big"));
    run();
    EXPECT_EQ(asked, 1) << "where the window begins";
    pass(5s);
    EXPECT_EQ(asked, 1);
    pass(1s);
    EXPECT_EQ(asked, 2);
    EXPECT_TRUE(made.client.was_reset());
}

TEST_F(connections, are_reset_when_the_client_does_not_read)
{
    auto client = connect(get("/big"));
    pass(6s);
    EXPECT_TRUE(client.was_reset());
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(connections, are_reset_when_a_stream_is_too_late_for_a_client_that_does_not_read)
{
    options_.limits.handler_timeout = 2s;
    app_.get("/endless", []() -> generator<std::string> {
        for (;;) {
            std::string piece(1000, 'x');
            co_yield std::move(piece);
        }
    });
    auto client = connect(get("/endless"));
    pass(3s);
    EXPECT_TRUE(client.was_reset());
}

// Requests that no handler sees.

TEST_F(connections, log_what_they_refuse_and_count_it)
{
    auto bad = connect("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(bad.read().starts_with("HTTP/1.1 400"));
    EXPECT_TRUE(log_->contains("a:1 - \"GET /a b HTTP/1.1\" 400 Bad Request (malformed request"))
        << log_->all();
    auto late = connect(std::string{half_head});
    pass(11s);
    EXPECT_TRUE(late.read().starts_with("HTTP/1.1 408"));
    EXPECT_TRUE(log_->contains("a:1 - \"GET /a HTTP/1.1\" 408 Request Timeout (timed out")) << log_->all();
    EXPECT_EQ(on_->counters().refused.value(), 2);
    EXPECT_EQ(on_->counters().requests.value(), 0);
}

TEST_F(connections, log_a_few_refusals_a_second_and_count_the_others)
{
    auto flood = connect_many(100, "\x16\x03\x01\r\n\r\n");
    EXPECT_EQ(log_->count("400 Bad Request"), refusals::lines_a_second) << log_->all();
    EXPECT_TRUE(log_->contains("\"\\x16\\x03\\x01\" 400")) << log_->all();
    pass(1250ms);
    EXPECT_TRUE(log_->contains("80 more refused requests were not logged")) << log_->all();
    auto next = connect("GET\r\n\r\n");
    EXPECT_EQ(log_->count("400 Bad Request"), refusals::lines_a_second + 1);
    EXPECT_EQ(on_->counters().refused.value(), 101);
}

TEST_F(connections, let_the_application_shape_what_they_refuse)
{
    std::string told;
    app_.on_refused([&](refusal const& why, response& answer) {
        told += std::to_string(why.status) + ' ' + std::string{why.reason} + ' ' + why.client.host + '\n';
        answer.header("x-request-id", "7");
        if (why.status == 400) answer.body(R"({"error":"mine"})").content_type("application/problem+json");
    });
    options_.limits.handler_timeout = 10s;
    auto bad = connect("GET\r\n\r\n");
    auto const answer = bad.read();
    EXPECT_NE(answer.find("\r\nx-request-id: 7\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("\r\ncontent-length: 16\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n{\"error\":\"mine\"}")) << answer;
    auto slow_body = connect("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    auto slow_handler = connect(get("/wait"));
    pass(12s);
    EXPECT_NE(slow_body.read().find("\r\nx-request-id: 7\r\n"), std::string::npos);
    EXPECT_NE(slow_handler.read().find("\r\nx-request-id: 7\r\n"), std::string::npos);
    EXPECT_EQ(told, "400 malformed request line a\n"
                    "408 timed out waiting for the request a\n"
                    "503 The request took too long to handle a\n");
}

TEST_F(connections, frame_what_the_application_makes_of_a_refusal_by_its_status)
{
    int status = 0;
    app_.on_refused([&](refusal const&, response& answer) { answer.status(status); });
    for (int const bodiless : {204, 304}) {
        status = bodiless;
        auto const answer = connect("GET\r\n\r\n").read();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status))) << answer;
        EXPECT_EQ(answer.find("content-length"), std::string::npos) << answer;
        EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
    }
    status = 205;
    auto const answer = connect("GET\r\n\r\n").read();
    EXPECT_NE(answer.find("\r\ncontent-length: 0\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(connections, log_a_few_failures_of_the_applications_hook)
{
    bool streams = false;
    app_.on_refused([&](refusal const&, response& answer) {
        if (!streams) throw std::runtime_error("no");
        answer = streaming_response(one_line());
    });
    for (int i = 0; i != 100; ++i) {
        streams = i % 2 == 1;
        EXPECT_TRUE(connect("GET\r\n\r\n").read().starts_with("HTTP/1.1 400"));
    }
    EXPECT_GE(log_->count("A hook for refused requests has failed: "), 1U) << log_->all();
    EXPECT_LE(log_->count("A hook for refused requests has failed: "), 3U) << log_->all();
}

TEST_F(connections, answer_as_serval_does_when_the_end_of_the_server_meets_a_stream_that_begins)
{
    app_.get("/late", []() -> task<response> {
        try {
            co_await sleep_for(1h);
        } catch (boost::system::system_error const&) { // and it answers all the same
        }
        co_return streaming_response(one_line());
    });
    app_.on_refused(
        [](refusal const& why, response& answer) { answer.header("x-why", std::string{why.reason}); });
    auto client = connect(get("/late"));
    on_loop([this] { on_->cancel_all(); });
    auto const answer = client.read();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
    EXPECT_NE(answer.find("\r\nx-why: The server is shutting down\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("{\"detail\":\"The server is shutting down\"}")) << answer;
}

TEST_F(connections, keep_the_tasks_of_a_handler_that_has_returned_when_its_stream_is_too_late)
{
    options_.limits.handler_timeout = 2s;
    int tasks = 0;
    app_.get("/late", [&tasks](background_tasks& after) -> task<response> {
        after.add([&tasks]() -> task<void> {
            ++tasks;
            co_return;
        });
        co_return streaming_response(late_line());
    });
    auto made = make_memory_stream(context_.get_executor(), client_address{"a", 1}, 0);
    on().serve(std::move(made.server));
    made.client.write(get("/late")); // and none of the answer is taken
    pass(3s);
    made.client.set_window(10'000);
    run();
    auto const answer = made.client.read();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
    EXPECT_EQ(tasks, 1);
}

TEST_F(connections, refuse_plainly_when_the_applications_hook_fails)
{
    app_.on_refused([](refusal const&, response& answer) {
        answer.header("x-half", "1");
        throw std::runtime_error("secret\n");
    });
    auto bad = connect("GET\r\n\r\n");
    auto const answer = bad.read();
    EXPECT_EQ(answer.find("x-half"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("{\"detail\":\"malformed request line\"}")) << answer;
    EXPECT_TRUE(log_->contains("A hook for refused requests has failed: secret\\x0a")) << log_->all();
}

} // namespace
} // namespace serval::server_impl
