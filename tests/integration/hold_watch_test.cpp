// A handler that holds its loop is named in the log, if somebody wants to know.
#include "support/running_server.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace {

using namespace serval::params;
using namespace std::chrono_literals;
using serval::test::eventually;
using serval::test::get;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;

void hold()
{
    std::this_thread::sleep_for(60ms);
}

serval::generator<std::string> halting()
{
    co_yield std::string("first\n");
    co_await serval::sleep_for(1ms);
    hold();
    co_yield std::string("second\n");
}

class hold_watch : public testing::Test {
protected:
    hold_watch()
    {
        app_.get("/now/{id}", [](path<"id", int>) -> serval::task<int> {
            hold();
            co_return 1;
        });
        app_.get("/later/{id}", [](path<"id", int>) -> serval::task<int> {
            co_await serval::sleep_for(1ms);
            co_await serval::run_in_threadpool([] {});
            hold();
            co_return 1;
        });
        app_.get("/lines", halting);
        app_.get("/pool", [] {
            hold();
            return 1;
        });
        app_.get("/patient", []() -> serval::task<int> {
            co_await serval::sleep_for(60ms);
            co_return 1;
        });
    }

    serval::settings options(std::optional<std::chrono::milliseconds> bound) const
    {
        auto made = serval::test::quiet_settings();
        made.log = log_;
        made.hold_warning = bound;
        made.access_log = false;
        return made;
    }
    /// The log of a server that is asked for this.
    std::string log_of(std::string const& target, serval::settings const& with)
    {
        running_server server{app_, with};
        EXPECT_EQ(status_of(server.connect().ask(get(target, "Connection: close\r\n"))), 200);
        server->stop(5s);
        return log_->all();
    }

    std::shared_ptr<recording_log> const log_ = std::make_shared<recording_log>();
    serval::app app_;
};

TEST_F(hold_watch, names_the_route_that_holds_from_its_beginning)
{
    EXPECT_EQ(log_of("/now/7", options(50ms)).rfind("GET /now/{id} held loop 0 for ", 0), 0U) << log_->all();
}

TEST_F(hold_watch, names_the_route_that_holds_after_it_has_waited)
{
    EXPECT_EQ(log_of("/later/7", options(50ms)).rfind("GET /later/{id} held loop 0 for ", 0), 0U)
        << log_->all();
}

TEST_F(hold_watch, names_the_stream_that_holds)
{
    EXPECT_EQ(log_of("/lines", options(50ms)).rfind("GET /lines held loop 0 for ", 0), 0U) << log_->all();
}

TEST_F(hold_watch, says_nothing_of_those_who_wait)
{
    EXPECT_EQ(log_of("/pool", options(50ms)) + log_of("/patient", options(50ms)), "");
}

TEST_F(hold_watch, is_off_unless_it_is_asked_for)
{
    EXPECT_EQ(log_of("/now/7", options(std::nullopt)), "");
    EXPECT_EQ(log_of("/now/7", options(std::chrono::milliseconds::max())), "");
    auto talkative = options(0ms);
    talkative.level = serval::log_level::debug;
    EXPECT_EQ(log_of("/now/7", talkative), "");
    talkative.hold_warning.reset();
    EXPECT_NE(log_of("/now/7", talkative), "");
}

TEST_F(hold_watch, logs_one_line_a_second)
{
    running_server server{app_, options(50ms)};
    for (int i = 0; i != 4; ++i)
        EXPECT_EQ(status_of(server.connect().ask(get("/now/1", "Connection: close\r\n"))), 200);
    EXPECT_EQ(log_->count("held loop"), 1U) << log_->all();
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(status_of(server.connect().ask(get("/now/1", "Connection: close\r\n"))), 200);
    // The turn that has answered ends after the client has its answer.
    EXPECT_TRUE(eventually([&] { return log_->contains("(and 3 more like it since the last line)"); }))
        << log_->all();
}

TEST_F(hold_watch, blames_each_of_pipelined_requests_for_itself_alone)
{
    running_server server{app_, options(100ms)};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/now/1") + get("/now/2") + get("/now/3")));
    for (int i = 0; i != 3; ++i)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_EQ(log_->all(), "") << "each has held it for 60 ms";
}

TEST_F(hold_watch, watches_a_test_client_too)
{
    serval::test_client client{app_, options(50ms)};
    EXPECT_EQ(client.get("/later/1").status, 200);
    EXPECT_TRUE(log_->contains("GET /later/{id} held loop 0 for ")) << log_->all();
}

} // namespace
