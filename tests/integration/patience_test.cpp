// How long a server waits: for peers that were quick once, for answers on their way, for handlers that
// resist.
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <future>
#include <optional>
#include <string>

namespace {

using namespace std::chrono_literals;
using serval::test::eventually;
using serval::test::get;
using serval::test::raw_client;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

class patience : public testing::Test {
protected:
    patience()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/big", []() -> serval::task<std::string> { co_return std::string(64UL << 20, 'x'); });
        app_.get("/forever", []() -> serval::task<std::string> {
            co_await serval::sleep_for(1h);
            co_return "";
        });
        app_.get("/resist", []() -> serval::task<std::string> {
            auto const filter = boost::asio::disable_cancellation();
            co_await boost::asio::this_coro::reset_cancellation_state(filter);
            co_return "done";
        });
        app_.post("/raw",
                  [](serval::request& r) -> serval::task<std::string> {
                      co_return std::to_string(r.body().size());
                  })
            .read_body();
    }

    raw_client connect(int receive_buffer = 0)
    {
        if (!server_) server_.emplace(app_, options_);
        return server_->connect(receive_buffer);
    }

    serval::app app_;
    serval::settings options_ = serval::test::quiet_settings();
    std::optional<serval::test::running_server> server_;
};

TEST_F(patience, a_quick_start_does_not_buy_a_body_hours_of_silence)
{
    options_.limits.rate_grace = 300ms;
    auto client = connect();
    client.send("POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
    client.send(std::string(1'900'000, 'x')); // at the minimum rate, two hours' worth
    auto const begin = clock::now();
    EXPECT_EQ(status_of(client.read_answer()), 408);
    EXPECT_LT(clock::now() - begin, 4s);
}

TEST_F(patience, a_reader_that_stops_after_a_quick_start_is_left)
{
    options_.limits.rate_grace = 300ms;
    auto client = connect(4096);
    client.send(get("/big"));
    EXPECT_FALSE(client.read_until(std::string(1 << 20, 'x')).empty());
    EXPECT_TRUE(eventually([&] { return (*server_)->stats().connections == 0; }));
}

TEST_F(patience, an_answer_on_its_way_when_the_drain_begins_is_finished_and_its_connection_closed)
{
    auto client = connect(4096);
    client.send(get("/big"));
    ASSERT_TRUE(eventually([&] { return (*server_)->stats().requests == 1; }));
    auto report = std::async(std::launch::async, [&] { return (*server_)->stop(20s); });
    ASSERT_TRUE(eventually([&] { return (*server_)->draining(); }));
    auto const begin = clock::now();
    EXPECT_GT(client.read_to_end().size(), 64UL << 20);
    EXPECT_TRUE(report.get().clean);
    EXPECT_LT(clock::now() - begin, 10s);
}

TEST_F(patience, a_handler_that_disables_cancellation_does_so_for_itself_only)
{
    options_.limits.keep_alive_timeout = 300ms;
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/resist"))), 200);
    EXPECT_EQ(client.wait_for_end(3s), raw_client::ending::closed);
}

TEST_F(patience, a_handler_that_takes_too_long_is_503_though_the_app_answers_all_exceptions)
{
    options_.limits.handler_timeout = 300ms;
    app_.exception_handler<std::exception>(
        [](serval::request&, std::exception const&) { return serval::response{500, "mine"}; });
    app_.middleware([](serval::request& r, serval::next next) -> serval::task<serval::response> {
        serval::response answer = co_await next(r);
        co_return answer;
    });
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/forever"))), 503);
}

TEST_F(patience, an_empty_line_behind_a_request_is_no_request_that_takes_too_long)
{
    options_.limits.head_timeout = 300ms;
    auto client = connect();
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
    client.send("\r\n");
    EXPECT_EQ(client.read_to_end(), ""); // closed, but not answered
}

} // namespace
