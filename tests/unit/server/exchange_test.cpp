// One request and its answer, whatever carries them.
#include "scripted_carrier.hpp"
#include "server/exchange.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

task<std::shared_ptr<int>> make_number()
{
    co_return std::make_shared<int>(7);
}

class exchange_test : public scripted_exchange {
protected:
    exchange_test()
    {
        app_.get("/now", []() -> task<std::string> { co_return "now"; });
        app_.get("/wait", [this](request& of) -> task<std::string> {
            auto const count = std::shared_ptr<void>(nullptr, [this](void*) { ++ended_; });
            token_ = of.stop_token();
            co_await sleep_for(1h);
            co_return "late";
        });
        app_.get("/throw", []() -> task<std::string> {
            throw std::runtime_error("no");
            co_return "";
        });
        app_.get("/task", [this](background_tasks& later) -> task<std::string> {
            later.add([this]() -> task<void> {
                ++tasks_;
                co_return;
            });
            co_return "taken";
        });
        app_.get("/task_and_throw", [this](background_tasks& later) -> task<std::string> {
            later.add([this]() -> task<void> {
                ++tasks_;
                co_return;
            });
            throw std::runtime_error("no");
            co_return "";
        });
        app_.get("/task_with",
                 [this](params::depends<&make_number> of, background_tasks& later) -> task<std::string> {
                     later.add([this, kept = *of]() -> task<void> {
                         tasks_ += *kept;
                         co_return;
                     });
                     co_return "taken";
                 });
    }
    std::int64_t in_flight() { return on_->counters().requests_in_flight.value(); }

    int ended_ = 0;
    int tasks_ = 0;
    std::stop_token token_;
};

// Answers.

TEST_F(exchange_test, is_over_at_once_when_nothing_has_to_wait)
{
    ask(method::get, "/none");
    EXPECT_FALSE(exchange_->active());
    EXPECT_TRUE(sent().starts_with("<send 404>")) << sent();
}

TEST_F(exchange_test, sends_what_its_handler_gives)
{
    ask(method::get, "/now");
    EXPECT_FALSE(exchange_->active());
    EXPECT_EQ(sent(), "<send 200>now");
    EXPECT_EQ(on_->counters().requests.value(), 1);
}

TEST_F(exchange_test, answers_for_a_handler_that_throws)
{
    ask(method::get, "/throw");
    EXPECT_TRUE(sent().starts_with("<send 500>")) << sent();
    EXPECT_TRUE(log_->contains("Exception in GET /throw: no")) << log_->all();
    EXPECT_EQ(on_->counters().handler_errors.value(), 1);
}

TEST_F(exchange_test, is_used_for_one_request_after_the_other)
{
    ask(method::get, "/now");
    by_->work->context.state.head.target = by_->work->context.state.head.path = "/none";
    on_loop([this] { exchange_->begin(by_->work->context, nullptr); });
    EXPECT_TRUE(sent().starts_with("<send 200>now<send 404>")) << sent();
    EXPECT_EQ(on_->counters().requests.value(), 2);
}

TEST_F(exchange_test, is_in_flight_until_its_carrier_has_sent_the_answer)
{
    ask(method::get, "/now");
    EXPECT_FALSE(exchange_->active());
    EXPECT_EQ(in_flight(), 1);
    by_->in_flight.release();
    EXPECT_EQ(in_flight(), 0);
}

TEST_F(exchange_test, writes_one_access_line)
{
    ask(method::get, "/now");
    EXPECT_EQ(log_->count("\"GET /now HTTP/S\" 200"), 1U) << log_->all();
}

TEST_F(exchange_test, does_not_stream_to_a_client_that_asks_for_the_head_only)
{
    bool made = false;
    stream("/a", [&](http::body_sink&) -> task<void> {
        made = true;
        co_return;
    });
    ask(method::head, "/a");
    EXPECT_EQ(sent(), "<send 200>");
    EXPECT_FALSE(made);
}

// Ends before the answer.

TEST_F(exchange_test, ends_with_its_time)
{
    options_.limits.handler_timeout = 1s;
    ask(method::get, "/wait");
    pass(900ms);
    EXPECT_EQ(sent(), "");
    EXPECT_NE(exchange_->limit(), 0);
    pass(700ms);
    EXPECT_TRUE(sent().starts_with("<send 503>")) << sent();
    EXPECT_EQ(ended_, 1);
    EXPECT_TRUE(token_.stop_requested());
    EXPECT_EQ(exchange_->limit(), 0);
}

TEST_F(exchange_test, ends_without_an_answer_when_the_client_has_left)
{
    ask(method::get, "/wait");
    by_->has_left = true;
    pass(500ms);
    EXPECT_FALSE(exchange_->active());
    EXPECT_EQ(ended_, 1);
    EXPECT_TRUE(by_->lost());
    EXPECT_TRUE(token_.stop_requested());
    EXPECT_EQ(sent(), "");
    EXPECT_EQ(on_->counters().requests.value(), 0);
}

TEST_F(exchange_test, ends_at_once_when_its_carrier_says_that_the_client_has_left)
{
    ask(method::get, "/wait");
    on_loop([this] { exchange_->lose_peer(); });
    EXPECT_FALSE(exchange_->active());
    EXPECT_TRUE(by_->lost());
    EXPECT_EQ(ended_, 1);
}

TEST_F(exchange_test, answers_in_a_hurry_at_the_end_of_the_server)
{
    ask(method::get, "/wait");
    on_loop([this] { exchange_->cancel(); });
    EXPECT_TRUE(sent().starts_with("<hurry 503>")) << sent();
    EXPECT_EQ(ended_, 1);
}

TEST_F(exchange_test, has_nothing_to_cancel_when_it_is_over)
{
    ask(method::get, "/now");
    on_loop([this] {
        exchange_->cancel();
        exchange_->lose_peer();
        exchange_->drain();
        exchange_->sweep();
    });
    EXPECT_EQ(sent(), "<send 200>now");
    EXPECT_FALSE(by_->lost());
}

// Drains.

task<void> send_and_wait(http::body_sink& out)
{
    co_await http::append_all(out, "a");
    co_await out.flush();
    co_await sleep_for(1h);
}

TEST_F(exchange_test, completes_a_stream_without_an_end_when_the_server_drains)
{
    app_.get("/endless", []() -> task<response> {
        response made(200);
        made.producer(std::make_shared<scripted_producer>(&send_and_wait));
        made.end_on_drain();
        co_return made;
    });
    ask(method::get, "/endless");
    on_loop([this] { exchange_->drain(); });
    EXPECT_EQ(sent(), "<begin 200>a<end>");
}

TEST_F(exchange_test, waits_for_a_stream_with_an_end_when_the_server_drains)
{
    stream("/a", &send_and_wait);
    ask(method::get, "/a");
    on_loop([this] { exchange_->drain(); });
    EXPECT_EQ(sent(), "<begin 200>a");
    EXPECT_TRUE(exchange_->active());
    on_loop([this] { exchange_->cancel(); });
    EXPECT_EQ(sent(), "<begin 200>a<broken, hurry>");
}

// Tasks.

TEST_F(exchange_test, keeps_its_tasks_until_the_carrier_launches_them)
{
    ask(method::get, "/task");
    EXPECT_EQ(sent(), "<send 200>taken");
    EXPECT_TRUE(exchange_->has_tasks());
    EXPECT_EQ(tasks_, 0);
    on_loop([this] { EXPECT_EQ(exchange_->launch_tasks(), nullptr); });
    EXPECT_EQ(tasks_, 1);
    EXPECT_FALSE(exchange_->has_tasks());
    EXPECT_EQ(by_->given_workspaces, 0);
}

TEST_F(exchange_test, drops_the_tasks_of_a_handler_that_throws)
{
    ask(method::get, "/task_and_throw");
    EXPECT_TRUE(sent().starts_with("<send 500>")) << sent();
    EXPECT_FALSE(exchange_->has_tasks());
}

TEST_F(exchange_test, leaves_its_workspace_to_tasks_that_may_use_its_dependencies)
{
    ask(method::get, "/task_with");
    EXPECT_EQ(sent(), "<send 200>taken");
    EXPECT_EQ(by_->given_workspaces, 1);
    on_loop([this] { exchange_->launch_tasks(); });
    EXPECT_EQ(tasks_, 7);
}

TEST_F(exchange_test, counts_nothing_once_it_is_abandoned)
{
    runs_ = false;
    ask(method::get, "/wait");
    EXPECT_TRUE(exchange_->active());
    EXPECT_EQ(in_flight(), 1);
    exchange_->abandon();
    EXPECT_EQ(in_flight(), 0);
    EXPECT_FALSE(exchange_->active());
}

} // namespace
} // namespace serval::server_impl
