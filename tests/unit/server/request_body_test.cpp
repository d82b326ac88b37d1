// The body of a request, from a carrier that gives it as a test says.
#include "scripted_carrier.hpp"
#include "server/request_body.hpp"

#include <serval/http_error.hpp>

#include <chrono>
#include <string>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

task<std::string> read_body(body_stream& in)
{
    std::string all;
    for (;;) {
        auto const piece = co_await in.read_some();
        if (piece.empty()) co_return all;
        all += piece;
    }
}

class request_body_test : public scripted_exchange {
protected:
    request_body_test()
    {
        options_.limits.raw_body = 20;
        app_.post("/read", &read_body);
        app_.post("/read_and_wait", [](body_stream& in) -> task<std::string> {
            auto all = co_await read_body(in);
            co_await sleep_for(600ms);
            co_return all;
        });
        app_.post("/read_on", [](body_stream& in) -> task<std::string> {
            std::string seen;
            for (int i = 0; i != 4; ++i) {
                try {
                    auto const piece = co_await in.read_some();
                    seen += piece.empty() ? "(end)" : std::string{piece};
                } catch (http_error const& error) {
                    seen += '(' + std::to_string(error.status()) + ')';
                }
            }
            co_return seen;
        });
        app_.post("/ignore", []() -> task<std::string> { co_return "unread"; });
    }
};

TEST_F(request_body_test, is_given_without_a_wait_when_it_has_arrived)
{
    ask(method::post, "/read", "hello");
    EXPECT_EQ(sent(), "<send 200>hello");
    EXPECT_EQ(by_->receives, 0);
}

TEST_F(request_body_test, is_waited_for_piece_by_piece)
{
    ask(method::post, "/read", "", false);
    for (auto const* const piece : {"he", "l", "lo"}) {
        EXPECT_EQ(on_->bodies_coming_in(), 1U);
        EXPECT_EQ(sent(), "");
        by_->give(piece);
        run();
    }
    by_->end_body();
    run();
    EXPECT_EQ(sent(), "<send 200>hello");
    EXPECT_EQ(on_->bodies_coming_in(), 0U);
    EXPECT_EQ(by_->closings, "");
}

TEST_F(request_body_test, is_not_touched_when_nobody_wants_it)
{
    expects_continue_ = true;
    ask(method::post, "/ignore", "", false);
    EXPECT_EQ(sent(), "<send 200>unread");
    EXPECT_EQ(by_->receives + by_->asked, 0);
}

// What the client is asked for.

TEST_F(request_body_test, is_asked_for_when_the_client_waits_for_that)
{
    expects_continue_ = true;
    ask(method::post, "/read", "", false);
    EXPECT_EQ(by_->asked, 1);
    by_->give("hello");
    by_->end_body();
    run();
    EXPECT_EQ(sent(), "<send 200>hello");
}

TEST_F(request_body_test, is_not_asked_for_anew_when_it_has_begun)
{
    expects_continue_ = true;
    ask(method::post, "/read", "he", false);
    EXPECT_EQ(by_->asked, 0);
    EXPECT_EQ(by_->asked_late, 1);
}

TEST_F(request_body_test, is_not_asked_for_of_a_client_that_sends_it_anyway)
{
    ask(method::post, "/read", "", false);
    EXPECT_EQ(by_->receives, 1);
    EXPECT_EQ(by_->asked + by_->asked_late, 0);
}

// What is refused.

TEST_F(request_body_test, may_be_as_long_as_the_limit)
{
    ask(method::post, "/read", std::string(20, 'x'));
    EXPECT_EQ(sent(), "<send 200>" + std::string(20, 'x'));
}

TEST_F(request_body_test, is_refused_beyond_the_limit)
{
    ask(method::post, "/read", std::string(21, 'x'));
    EXPECT_TRUE(sent().starts_with("<send 413>")) << sent();
    EXPECT_EQ(by_->closings, "linger ");
}

TEST_F(request_body_test, is_refused_when_its_pieces_together_are_beyond_the_limit)
{
    ask(method::post, "/read", std::string(20, 'x'), false);
    EXPECT_EQ(sent(), "");
    by_->give("x");
    run();
    EXPECT_TRUE(sent().starts_with("<send 413>")) << sent();
}

TEST_F(request_body_test, stays_refused_for_a_handler_that_reads_on)
{
    ask(method::post, "/read_on", std::string(21, 'x'), false);
    by_->give("in the hole");
    run();
    by_->end_body();
    run();
    EXPECT_EQ(sent(), "<send 200>(413)(413)(413)(413)");
}

TEST_F(request_body_test, is_refused_when_it_is_malformed)
{
    ask(method::post, "/read", "he", false);
    by_->malformed = wire::error::bad_chunk;
    by_->give("?");
    run();
    EXPECT_TRUE(sent().starts_with("<send 400>")) << sent();
    EXPECT_EQ(by_->closings, "linger ");
}

TEST_F(request_body_test, is_an_error_when_it_ends_too_early_and_nobody_lingers_for_more)
{
    ask(method::post, "/read", "he", false);
    by_->cut_body();
    run();
    EXPECT_TRUE(sent().starts_with("<send 400>")) << sent();
    EXPECT_NE(sent().find("ended too early"), std::string::npos);
    EXPECT_EQ(by_->closings, "close ");
}

TEST_F(request_body_test, is_counted_anew_with_the_next_request)
{
    ask(method::post, "/read", std::string(15, 'x'));
    ask(method::post, "/read", std::string(15, 'y'));
    EXPECT_EQ(sent(), "<send 200>" + std::string(15, 'y'));
}

// Time.

TEST_F(request_body_test, is_refused_when_it_comes_too_slowly)
{
    ask(method::post, "/read", "he", false);
    pass(5s);
    EXPECT_EQ(sent(), "");
    pass(500ms);
    EXPECT_TRUE(sent().starts_with("<send 408>")) << sent();
    EXPECT_EQ(by_->closings, "linger ");
    EXPECT_EQ(on_->bodies_coming_in(), 0U);
}

TEST_F(request_body_test, does_not_come_too_slowly_while_the_loop_has_not_read_it)
{
    ask(method::post, "/read", "he", false);
    by_->unread = true;
    pass(20s);
    EXPECT_EQ(sent(), "");
}

TEST_F(request_body_test, takes_the_clients_time_and_not_the_handlers)
{
    options_.limits.handler_timeout = 1s;
    ask(method::post, "/read_and_wait", "", false);
    pass(4s);
    EXPECT_EQ(sent(), "");
    by_->give("hello");
    by_->end_body();
    pass(700ms);
    EXPECT_EQ(sent(), "<send 200>hello");
}

} // namespace
} // namespace serval::server_impl
