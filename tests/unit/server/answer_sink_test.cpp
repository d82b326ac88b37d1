// The body of an answer, to a carrier that takes it as a test says.
#include "scripted_carrier.hpp"
#include "server/answer_sink.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

class answer_sink_test : public scripted_exchange {};

task<void> make_hello(http::body_sink& out)
{
    co_await http::append_all(out, "he");
    co_await http::append_all(out, "llo");
}

TEST_F(answer_sink_test, begins_the_answer_with_the_first_bytes_of_its_body)
{
    stream("/a", &make_hello);
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200>hello<end>");
}

TEST_F(answer_sink_test, begins_an_answer_that_has_no_body_at_its_end)
{
    stream("/a", [](http::body_sink&) -> task<void> { co_return; });
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200><end>");
}

TEST_F(answer_sink_test, states_the_producers_length)
{
    stream("/a", &make_hello, 5);
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200 5>hello<end>");
}

TEST_F(answer_sink_test, states_the_length_that_the_handler_has_stated_rather_than_the_producers)
{
    stream("/a", &make_hello, 7, 5);
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200 5>hello<end>");
}

TEST_F(answer_sink_test, takes_what_there_is_room_for)
{
    std::vector<std::size_t> taken;
    stream("/a", [&](http::body_sink& out) -> task<void> {
        by_->room_at_most = 4;
        taken = {out.append(""), out.append("hello"), out.append("o")};
        co_await out.flush();
        co_await http::append_all(out, "o, in many pieces");
    });
    ask(method::get, "/a");
    EXPECT_EQ(taken, (std::vector<std::size_t>{0, 4, 0}));
    EXPECT_EQ(sent(), "<begin 200>hello, in many pieces<end>");
}

// Lengths that are not kept.

TEST_F(answer_sink_test, takes_a_body_back_that_is_too_long_as_long_as_nothing_has_left)
{
    stream("/a", &make_hello, 2);
    ask(method::get, "/a");
    EXPECT_TRUE(sent().starts_with("<send 500>")) << sent();
    EXPECT_TRUE(log_->contains("more bytes than its content-length")) << log_->all();
}

TEST_F(answer_sink_test, cuts_what_is_longer_than_was_stated)
{
    stream(
        "/a",
        [](http::body_sink& out) -> task<void> {
            EXPECT_EQ(out.append("hello"), 3U);
            co_await out.flush();
            co_await http::append_all(out, "lo");
        },
        3);
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200 3>hel<broken>");
}

TEST_F(answer_sink_test, breaks_off_a_body_that_is_too_short)
{
    stream(
        "/a",
        [](http::body_sink& out) -> task<void> {
            co_await http::append_all(out, "hello");
            co_await out.flush();
        },
        7);
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200 7>hello<broken>");
    EXPECT_TRUE(log_->contains("ended 2 bytes before")) << log_->all();
}

// Failures.

TEST_F(answer_sink_test, answers_with_an_error_when_the_stream_fails_before_anything_has_left)
{
    stream("/a", [](http::body_sink& out) -> task<void> {
        co_await http::append_all(out, "hello");
        throw std::runtime_error("no more");
    });
    ask(method::get, "/a");
    EXPECT_TRUE(sent().starts_with("<send 500>")) << sent();
}

TEST_F(answer_sink_test, breaks_off_when_the_stream_fails_after_bytes_have_left)
{
    stream("/a", [](http::body_sink& out) -> task<void> {
        co_await http::append_all(out, "hello");
        co_await out.flush();
        throw std::runtime_error("no more");
    });
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200>hello<broken>");
    EXPECT_TRUE(log_->contains("no more"));
}

TEST_F(answer_sink_test, tells_the_stream_that_its_client_is_lost)
{
    boost::system::error_code seen;
    stream("/a", [&](http::body_sink& out) -> task<void> {
        co_await http::append_all(out, "hello");
        by_->lose();
        try {
            out.flush_now();
        } catch (boost::system::system_error const& error) {
            seen = error.code();
            throw;
        }
    });
    ask(method::get, "/a");
    EXPECT_EQ(seen, boost::asio::error::connection_reset);
    EXPECT_EQ(sent(), "");
    EXPECT_FALSE(exchange_->active());
}

// Waits.

TEST_F(answer_sink_test, waits_for_a_client_that_does_not_read)
{
    int steps = 0;
    stream("/a", [&](http::body_sink& out) -> task<void> {
        by_->blocked = true;
        co_await http::append_all(out, "hello");
        EXPECT_FALSE(out.flush_now());
        ++steps;
        co_await out.flush();
        ++steps;
    });
    ask(method::get, "/a");
    EXPECT_EQ(steps, 1);
    EXPECT_TRUE(by_->writing());
    by_->read_again();
    run();
    EXPECT_EQ(steps, 2);
    EXPECT_EQ(sent(), "<begin 200>hello<end>");
}

task<void> make_little(http::body_sink& out)
{
    co_await http::append_all(out, "a");
    co_await out.flush();
    co_await sleep_for(1h);
}

TEST_F(answer_sink_test, gives_a_sign_of_life_after_15_s_of_silence)
{
    stream("/a", &make_little);
    ask(method::get, "/a");
    pass(14s);
    EXPECT_EQ(by_->wire, "<begin 200>a");
    pass(2s);
    EXPECT_EQ(by_->wire, "<begin 200>a:\n");
    pass(13s);
    EXPECT_EQ(by_->wire, "<begin 200>a:\n");
    pass(3s);
    EXPECT_EQ(by_->wire, "<begin 200>a:\n:\n");
}

TEST_F(answer_sink_test, gives_no_sign_of_life_that_would_count_as_the_body)
{
    stream("/a", &make_little, 5);
    ask(method::get, "/a");
    pass(40s);
    EXPECT_EQ(by_->wire, "<begin 200 5>a");
}

TEST_F(answer_sink_test, gives_no_sign_of_life_before_the_answer_has_begun)
{
    stream("/a", [](http::body_sink&) -> task<void> { co_await sleep_for(1h); });
    ask(method::get, "/a");
    pass(40s);
    EXPECT_EQ(sent(), "");
}

// Files.

TEST_F(answer_sink_test, has_the_carrier_send_a_file_behind_what_was_appended)
{
    stream(
        "/a",
        [&](http::body_sink& out) -> task<void> {
            by_->files = true;
            co_await http::append_all(out, "ab");
            co_await out.send_file(-1, 100, 6);
        },
        8);
    ask(method::get, "/a");
    EXPECT_EQ(sent(), "<begin 200 8>ab<file 100+4><file 104+2><end>");
}

TEST_F(answer_sink_test, waits_with_a_file_for_a_client_that_does_not_read)
{
    stream(
        "/a",
        [&](http::body_sink& out) -> task<void> {
            by_->files = true;
            co_await out.flush();
            by_->blocked = true;
            co_await out.send_file(-1, 0, 4);
        },
        4);
    ask(method::get, "/a");
    EXPECT_EQ(by_->wire, "<begin 200 4>");
    by_->read_again();
    run();
    EXPECT_EQ(sent(), "<begin 200 4><file 0+4><end>");
}

} // namespace
} // namespace serval::server_impl
