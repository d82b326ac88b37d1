// Exchanges over a protocol that is not HTTP/1.1: two at a time on one connection, and unchanged handlers.
#include "app/freeze.hpp"
#include "framed_protocol.hpp"
#include "server/loop.hpp"
#include "server/memory_transport.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace serval::server_impl {

struct framed_note {
    std::string title;
    int stars;
};

namespace {

using namespace std::chrono_literals;

struct kept_note {
    explicit kept_note(int& ended) : ended_{&ended} {}
    ~kept_note() { ++*ended_; }
    kept_note(kept_note const&) = delete;

    int* ended_;
};

int notes_ended = 0;

task<std::shared_ptr<kept_note>> keep_note()
{
    co_return std::make_shared<kept_note>(notes_ended);
}

class second_protocol : public testing::Test {
protected:
    second_protocol()
    {
        notes_ended = 0;
        options_.log = log_;
        app_.get("/now/{name}", [](params::path<"name", std::string> name) -> task<std::string> {
            co_return "now " + *name;
        });
        app_.get("/wait", [this]() -> task<std::string> {
            auto const count = std::shared_ptr<void>(nullptr, [this](void*) { ++ended_; });
            co_await sleep_for(1h);
            co_return "late";
        });
        app_.post("/notes", [](params::body<framed_note> one) -> task<framed_note> { co_return *one; });
        app_.get("/lines", [this]() -> generator<std::string> {
            auto const count = std::shared_ptr<void>(nullptr, [this](void*) { ++ended_; });
            co_yield std::string("first\n");
            co_await sleep_for(1s);
            co_yield std::string("second\n");
        });
        app_.get("/broken", []() -> generator<std::string> {
            co_yield std::string("first\n");
            co_await sleep_for(1s);
            throw std::runtime_error("no more");
        });
        app_.get("/big", []() -> task<std::string> { co_return std::string(200'000, 'Z'); });
        app_.get("/task",
                 [this](params::depends<&keep_note> note, background_tasks& later) -> task<std::string> {
                     later.add([this, held = *note]() -> task<void> {
                         co_await sleep_for(1s);
                         ended_before_task_ = notes_ended;
                         ++tasks_;
                     });
                     co_return "taken";
                 });
    }
    ~second_protocol() override
    {
        on_loop([this] { on_->cancel_all(); });
        on_loop([this] { on_->close_all(); });
        on_loop([this] { on_->stop_ticking(); });
    }

    memory_client connect(std::size_t window = default_memory_window)
    {
        if (!on_) {
            shared_ = std::make_shared<environment>(options_, app_impl::freeze(app_, options_));
            on_ = std::make_shared<loop>(context_, shared_, &clock_.impl());
            on_->attach();
        }
        auto made = make_memory_stream(context_.get_executor(), client_address{"a", 1}, window);
        on_->serve(std::move(made.server), &framed_protocol::make);
        run();
        return std::move(made.client);
    }
    std::string ask(memory_client& client, std::string const& frames)
    {
        client.write(frames);
        run();
        return client.read();
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
    void pass(std::chrono::milliseconds duration)
    {
        for (auto left = duration; left > 0ms; left -= 50ms) {
            clock_.advance(50ms);
            run();
        }
    }
    std::int64_t in_flight() const { return on_->counters().requests_in_flight.value(); }

    std::shared_ptr<test::recording_log> log_ = std::make_shared<test::recording_log>();
    settings options_;
    app app_;
    int ended_ = 0;
    int tasks_ = 0;
    int ended_before_task_ = -1;
    manual_clock clock_;
    boost::asio::io_context context_{1};
    std::shared_ptr<environment> shared_;
    std::shared_ptr<loop> on_;
};

std::string get(char stream, std::string_view path)
{
    return frame(stream, 'H', "GET " + std::string(path)) + frame(stream, 'E');
}

std::string answer(char stream, std::string_view head, std::string_view body)
{
    return frame(stream, 'A', head) + (body.empty() ? "" : frame(stream, 'B', body)) + frame(stream, 'E');
}

TEST_F(second_protocol, answers_the_second_request_while_the_first_one_waits)
{
    app_.get("/soon", []() -> task<std::string> {
        co_await sleep_for(1s);
        co_return "soon";
    });
    auto client = connect();
    EXPECT_EQ(ask(client, get('1', "/soon") + get('2', "/now/b?x=1")),
              answer('2', "200 text/plain; charset=utf-8", "now b"));
    EXPECT_EQ(in_flight(), 1);
    pass(1s);
    EXPECT_EQ(client.read(), answer('1', "200 text/plain; charset=utf-8", "soon"));
    EXPECT_EQ(in_flight(), 0);
    EXPECT_TRUE(log_->contains("\"GET /soon HTTP/F\" 200")) << log_->all();
}

TEST_F(second_protocol, reads_two_bodies_whose_pieces_alternate_and_validates_both)
{
    auto client = connect();
    auto const begun = frame('1', 'H', "POST /notes") + frame('2', 'H', "POST /notes") +
                       frame('1', 'B', R"({"title":"a",)") + frame('2', 'B', R"({"title":"b",)");
    EXPECT_EQ(ask(client, begun), "");
    EXPECT_EQ(ask(client, frame('2', 'B', R"("stars":"many"})") + frame('1', 'B', R"("stars":5})")), "");
    auto const two = ask(client, frame('2', 'E'));
    EXPECT_TRUE(two.starts_with(frame('2', 'A', "422 application/json"))) << two;
    EXPECT_NE(two.find(R"("loc":["body","stars"])"), std::string::npos) << two;
    EXPECT_EQ(ask(client, frame('1', 'E')),
              answer('1', "200 application/json", R"({"title":"a","stars":5})"));
}

TEST_F(second_protocol, streams_two_answers_at_a_time)
{
    auto client = connect();
    auto const first = ask(client, get('1', "/lines") + get('2', "/lines"));
    EXPECT_NE(first.find(frame('1', 'B', "first\n")), std::string::npos) << first;
    EXPECT_NE(first.find(frame('2', 'B', "first\n")), std::string::npos) << first;
    pass(1s);
    auto const rest = client.read();
    for (char const name : {'1', '2'})
        EXPECT_NE(rest.find(frame(name, 'B', "second\n") + frame(name, 'E')), std::string::npos) << rest;
    EXPECT_EQ(ended_, 2);
    EXPECT_EQ(in_flight(), 0);
}

TEST_F(second_protocol, breaks_one_stream_off_and_goes_on_with_the_other)
{
    auto client = connect();
    ask(client, get('1', "/broken") + get('2', "/lines"));
    pass(1s);
    auto const rest = client.read();
    EXPECT_NE(rest.find(frame('1', 'R')), std::string::npos) << rest;
    EXPECT_NE(rest.find(frame('2', 'E')), std::string::npos) << rest;
    EXPECT_TRUE(log_->contains("Exception in the stream of GET /broken: no more")) << log_->all();
    EXPECT_EQ(ask(client, get('3', "/now/a")), answer('3', "200 text/plain; charset=utf-8", "now a"));
}

TEST_F(second_protocol, times_one_handler_out_and_leaves_the_other_alone)
{
    app_.get("/short",
             []() -> task<std::string> {
                 co_await sleep_for(1h);
                 co_return "";
             })
        .timeout(1s);
    auto client = connect();
    ask(client, get('1', "/short") + get('2', "/wait"));
    pass(2s);
    EXPECT_TRUE(client.read().starts_with(frame('1', 'A', "503 application/json")));
    EXPECT_EQ(in_flight(), 1);
    EXPECT_EQ(ended_, 0);
}

TEST_F(second_protocol, gives_up_a_body_that_does_not_come)
{
    auto client = connect();
    ask(client, frame('1', 'H', "POST /notes") + frame('1', 'B', "{"));
    pass(6s);
    EXPECT_TRUE(client.read().starts_with(frame('1', 'A', "408 application/json")));
}

TEST_F(second_protocol, runs_tasks_that_use_what_dependencies_gave_beside_other_requests)
{
    auto client = connect();
    EXPECT_EQ(ask(client, get('1', "/task")), answer('1', "200 text/plain; charset=utf-8", "taken"));
    EXPECT_EQ(ask(client, get('2', "/now/a")), answer('2', "200 text/plain; charset=utf-8", "now a"));
    EXPECT_EQ(tasks_, 0);
    EXPECT_EQ(notes_ended, 0);
    pass(1s);
    EXPECT_EQ(tasks_, 1);
    EXPECT_EQ(ended_before_task_, 0);
    EXPECT_EQ(notes_ended, 1);
}

TEST_F(second_protocol, waits_for_room_for_both_answers)
{
    auto client = connect(10'000);
    client.write(get('1', "/big") + get('2', "/big"));
    std::string all;
    for (int i = 0; i != 100; ++i) {
        run();
        all += client.read();
    }
    EXPECT_NE(all.find(frame('1', 'E')), std::string::npos);
    EXPECT_NE(all.find(frame('2', 'E')), std::string::npos);
    EXPECT_EQ(std::count(all.begin(), all.end(), 'Z'), 400'000);
    run();
    EXPECT_EQ(in_flight(), 0);
}

TEST_F(second_protocol, cancels_all_handlers_when_the_client_leaves)
{
    auto client = connect();
    ask(client, get('1', "/wait") + get('2', "/wait") + get('3', "/lines"));
    client.close();
    pass(1s);
    EXPECT_EQ(ended_, 3);
    EXPECT_EQ(in_flight(), 0);
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(second_protocol, answers_both_in_a_drain_and_closes_then)
{
    auto client = connect();
    ask(client, get('1', "/lines") + get('2', "/lines"));
    on_loop([this] { on_->drain(1s); });
    EXPECT_FALSE(client.at_end());
    pass(1s);
    auto const rest = client.read();
    EXPECT_NE(rest.find(frame('1', 'E')), std::string::npos) << rest;
    EXPECT_NE(rest.find(frame('2', 'E')), std::string::npos) << rest;
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(second_protocol, answers_all_with_503_at_the_deadline_of_a_drain)
{
    auto client = connect();
    ask(client, get('1', "/wait") + get('2', "/wait"));
    on_loop([this] { on_->cancel_all(); });
    auto const answers = client.read();
    for (char const name : {'1', '2'})
        EXPECT_NE(answers.find(frame(name, 'A', "503 application/json")), std::string::npos) << answers;
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(ended_, 2);
}

} // namespace
} // namespace serval::server_impl
