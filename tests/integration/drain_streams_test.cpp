// What a drain ends by itself: streams and tasks that have no end of their own.
#include "support/background.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using serval::test::diary;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;
using serval::test::steps;
using clock = std::chrono::steady_clock;

class left_note {
public:
    explicit left_note(diary& into) : into_{into} {}
    ~left_note() { into_.write("stream left"); }
    left_note(left_note const&) = delete;
    left_note& operator=(left_note const&) = delete;

private:
    diary& into_;
};

serval::generator<serval::sse_event> events(diary* into, std::chrono::milliseconds between)
{
    left_note const note(*into);
    for (int i = 0;; ++i) {
        serval::sse_event const event(std::to_string(i));
        co_yield event;
        co_await serval::sleep_for(between);
    }
}

/// Says good-bye when it is cancelled.
serval::generator<std::string> polite()
{
    co_yield std::string("hello\n");
    bool cancelled = false;
    try {
        co_await serval::sleep_for(1h);
    } catch (boost::system::system_error const&) {
        cancelled = true;
    }
    if (cancelled) co_yield std::string("good-bye\n");
}

serval::generator<std::string> counted(int n)
{
    for (int i = 0; i != n; ++i) {
        co_await serval::sleep_for(50ms);
        co_yield std::to_string(i);
    }
}

serval::generator<std::string> numbers_and_silence()
{
    for (;;)
        co_yield std::string();
}

class draining : public testing::Test {
protected:
    draining()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/events", [this] { return events(&diary_, 20ms); });
        app_.get("/quiet-events", [this] { return events(&diary_, 1h); });
        app_.get("/full-events", [this] { return events(&diary_, 0ms); });
        app_.get("/long-events", [] {
            return serval::streaming_response(counted(6), "text/event-stream").end_on_drain(false);
        });
        app_.get("/polite", [] { return serval::streaming_response(polite()).end_on_drain(); });
        app_.get("/counted", [] { return counted(6); });
    }

    serval::settings options()
    {
        auto made = quiet_settings();
        made.log = log_;
        return made;
    }

    /// Asks for a stream, and stops the server when it has begun.
    template <class F>
    serval::stop_report stop_during(std::string const& target, F&& look, int receive_buffer = 0)
    {
        running_server server{app_, options()};
        auto client = server.connect(receive_buffer);
        client.send(get(target));
        std::this_thread::sleep_for(150ms);
        auto const begin = clock::now();
        std::thread reader{[&] { look(client.read_answer()); }};
        auto const report = server->stop(10s);
        took_ = clock::now() - begin;
        reader.join();
        return report;
    }

    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
    diary diary_;
    clock::duration took_{};
    serval::app app_;
};

TEST_F(draining, ends_event_streams_at_once_and_in_good_order)
{
    for (char const* const target : {"/events", "/quiet-events", "/full-events"}) {
        auto const report = stop_during(target, [&](auto const& answer) {
            ASSERT_EQ(status_of(answer), 200) << target; // whole: with its last chunk
            EXPECT_EQ(answer->body.substr(0, 9), "data: 0\n\n");
        });
        EXPECT_TRUE(report.clean) << target;
        EXPECT_EQ(report.cancelled, 0U);
        EXPECT_LT(took_, 3s) << target;
    }
    EXPECT_EQ(diary_.entries().size(), 3U); // each generator's locals have gone
    EXPECT_FALSE(log_->contains("Exception")) << log_->all();
}

TEST_F(draining, lets_other_streams_go_on_to_their_end)
{
    for (char const* const target : {"/counted", "/long-events"}) {
        auto const report = stop_during(target, [&](auto const& answer) {
            ASSERT_EQ(status_of(answer), 200);
            EXPECT_EQ(answer->body, "012345");
        });
        EXPECT_TRUE(report.clean);
    }
}

TEST_F(draining, lets_a_stream_say_good_bye)
{
    auto const report = stop_during("/polite", [&](auto const& answer) {
        ASSERT_EQ(status_of(answer), 200);
        EXPECT_EQ(answer->body, "hello\ngood-bye\n");
    });
    EXPECT_TRUE(report.clean);
    EXPECT_LT(took_, 3s);
}

TEST_F(draining, answers_event_streams_that_are_asked_for_during_the_drain_with_an_empty_one)
{
    app_.get("/slow", []() -> serval::task<std::string> {
        co_await serval::sleep_for(500ms);
        co_return "done";
    });
    running_server server{app_, options()};
    auto busy = server.connect();
    auto idle = server.connect();
    ASSERT_EQ(status_of(idle.ask(get("/alive"))), 200);
    ASSERT_TRUE(busy.send(get("/slow")));
    std::this_thread::sleep_for(50ms);
    std::thread stopper{[&] { EXPECT_TRUE(server->stop(10s).clean); }};
    std::this_thread::sleep_for(100ms);
    auto const answer = idle.ask(get("/quiet-events"));
    stopper.join();
    ASSERT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer->body, "");
}

TEST_F(draining, ends_tasks_that_only_it_ends)
{
    std::atomic<int> calls{0};
    app_.every(10ms, [&] { ++calls; });
    app_.every(10ms, [&]() -> serval::task<void> {
        ++calls;
        co_await serval::sleep_for(1h);
    });
    running_server server{app_, options()};
    app_.background().add(serval::task_options{}.cancel_on_drain(), serval::test::sleep_and_note, &diary_,
                          3600s);
    ASSERT_TRUE(eventually([&] { return calls > 3; }));
    auto const begin = clock::now();
    auto const report = server->stop(10s);
    EXPECT_LT(clock::now() - begin, 2s);
    EXPECT_TRUE(report.clean);
    EXPECT_EQ(report.tasks_given_up, 0U);
    EXPECT_EQ(diary_.entries(), steps{"cancelled"});
    EXPECT_FALSE(log_->contains("failed")) << log_->all();
}

TEST_F(draining, calls_a_periodic_job_again_that_has_failed)
{
    std::atomic<int> calls{0};
    app_.every(
        5ms,
        [&] {
            ++calls;
            throw std::runtime_error("no luck");
        },
        serval::task_options{}.name("lottery"));
    running_server server{app_, options()};
    EXPECT_TRUE(eventually([&] { return calls > 2; }));
    EXPECT_TRUE(eventually([&] { return log_->contains("The periodic job lottery has failed: no luck"); }))
        << log_->all();
}

TEST_F(draining, runs_its_hooks_at_the_beginning_and_shows_itself_to_handlers)
{
    std::atomic<int> seen{0};
    app_.on_drain([this] { diary_.write("plain"); });
    app_.on_drain([this]() -> serval::task<void> {
        diary_.write("coroutine");
        throw std::runtime_error("not there");
        co_return;
    });
    app_.on_drain([this] { diary_.write("last"); });
    app_.on_shutdown([this] { diary_.write("shutdown"); });
    app_.get("/work", [&](serval::request& request) -> serval::task<std::string> {
        while (!request.draining()) {
            ++seen;
            co_await serval::sleep_for(5ms);
        }
        diary_.write("handler");
        co_return "drained";
    });
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/work")));
    ASSERT_TRUE(eventually([&] { return seen > 2; }));
    EXPECT_TRUE(server->stop(10s).clean);
    EXPECT_EQ(status_of(client.read_answer()), 200);
    auto const all = diary_.entries();
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all.back(), "shutdown");
    EXPECT_TRUE(log_->contains("A drain hook has failed: not there")) << log_->all();
}

TEST_F(draining, is_not_held_up_by_a_stream_of_nothing)
{
    app_.get("/nothing", [] { return numbers_and_silence(); });
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/nothing")));
    EXPECT_TRUE(server.alive()); // others have their turn
    EXPECT_EQ(server->stop(100ms).cancelled, 1U);
}

TEST_F(draining, counts_a_large_answer_that_nobody_reads_as_cancelled)
{
    app_.get("/large", [] { return std::string(8'000'000, 'x'); });
    running_server server{app_, options()};
    auto client = server.connect(16 * 1024);
    ASSERT_TRUE(client.send(get("/large")));
    ASSERT_TRUE(eventually([&] { return server->stats().requests == 1; }));
    EXPECT_EQ(server->stats().requests_in_flight, 1U);
    auto const report = server->stop(100ms);
    EXPECT_EQ(report.cancelled, 1U);
    EXPECT_FALSE(report.clean);
    EXPECT_EQ(server->stats().requests_in_flight, 0U);
}

} // namespace
