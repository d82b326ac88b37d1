#include "support/scripted_server.hpp"

#include <serval/testing/streamed_response.hpp>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval {
namespace {

using strings = std::vector<std::string>;

class streamed_response_test : public testing::Test {
protected:
    static constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static constexpr std::string_view sized = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
    static constexpr std::string_view unsized = "HTTP/1.1 200 OK\r\n\r\n";
    static constexpr std::string_view last = "0\r\n\r\n";

    static std::string with_head(std::string_view rest) { return std::string{head}.append(rest); }

    /// What `call` throws, or "".
    template <class F>
    static std::string thrown_by(F call)
    {
        try {
            call();
        } catch (std::runtime_error const& error) {
            return error.what();
        }
        return {};
    }

    static strings lines_of(streamed_response& stream)
    {
        strings all;
        while (auto line = stream.next_line())
            all.push_back(*std::move(line));
        return all;
    }

    test::scripted_server server;
};

TEST_F(streamed_response_test, has_its_head_before_its_body)
{
    auto const stream = server.stream("HTTP/1.1 201 Created\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(stream.status(), 201);
    EXPECT_EQ(stream.headers().size(), 2U);
    EXPECT_EQ(stream.header("x-a"), "b");
    EXPECT_EQ(stream.header("x-b"), std::nullopt);
}

TEST_F(streamed_response_test, gives_the_chunks_as_the_server_made_them)
{
    auto stream = server.stream(with_head("1\r\na\r\n3\r\nbcd\r\n0\r\n\r\n"));
    EXPECT_EQ(stream.next(), "a");
    EXPECT_EQ(stream.next(), "bcd");
    EXPECT_EQ(stream.next(), std::nullopt);
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(streamed_response_test, waits_for_the_rest_of_a_chunk)
{
    auto stream = server.stream(head);
    auto piece = std::async(std::launch::async, [&stream] { return stream.next(); });
    for (auto const* part : {"6", "\r\n", "ab", "cdef", "\r", "\n"})
        server.write(part);
    EXPECT_EQ(piece.get(), "abcdef");
}

TEST_F(streamed_response_test, gives_what_has_arrived_of_a_sized_body)
{
    auto stream = server.stream(sized);
    server.write("ab");
    EXPECT_EQ(stream.next(), "ab");
    server.write("cdef");
    EXPECT_EQ(stream.next(), "cdef");
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(streamed_response_test, ends_a_body_without_length_with_the_connection)
{
    auto stream = server.stream(unsized);
    server.write("abc");
    EXPECT_EQ(stream.next(), "abc");
    EXPECT_FALSE(stream.ended());
    server.end();
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(streamed_response_test, gives_what_has_arrived_without_waiting)
{
    auto stream = server.stream(head);
    EXPECT_EQ(stream.arrived(), strings{});
    server.write("1\r\na\r\n2\r\nbc\r\n2\r\nd");
    EXPECT_EQ(stream.arrived(), (strings{"a", "bc"}));
    EXPECT_EQ(stream.arrived(), strings{});
    server.write("e\r\n");
    EXPECT_EQ(stream.arrived(), strings{"de"});
    EXPECT_FALSE(stream.ended());
    server.write(last);
    EXPECT_EQ(stream.arrived(), strings{});
    EXPECT_TRUE(stream.ended());
}

TEST_F(streamed_response_test, gives_lines_however_they_are_chunked)
{
    auto stream = server.stream(with_head("2\r\nab\r\n5\r\nc\n\nd\r\r\n1\r\n\n\r\n4\r\ne\rf\n\r\n"
                                          "3\r\ng\nh\r\n1\r\ni\r\n0\r\n\r\n"));
    EXPECT_EQ(lines_of(stream), (strings{"abc", "", "d", "e\rf", "g", "hi"}));
    EXPECT_TRUE(stream.ended());
    EXPECT_EQ(stream.next_line(), std::nullopt);
}

TEST_F(streamed_response_test, has_no_line_after_the_last_line_end)
{
    auto stream = server.stream(with_head("2\r\na\n\r\n0\r\n\r\n"));
    EXPECT_EQ(lines_of(stream), strings{"a"});
}

TEST_F(streamed_response_test, gives_the_others_what_next_line_has_read_beyond_its_line)
{
    constexpr std::string_view body = "4\r\na\nbc\r\n1\r\nd\r\n0\r\n\r\n";
    {
        auto stream = server.stream(with_head(body));
        EXPECT_EQ(stream.next_line(), "a");
        EXPECT_EQ(stream.next(), "bc");
        EXPECT_EQ(stream.next(), "d");
    }
    {
        auto stream = server.stream(with_head(body));
        EXPECT_EQ(stream.next_line(), "a");
        EXPECT_EQ(stream.arrived(), (strings{"bc", "d"}));
    }
    {
        auto stream = server.stream(with_head(body));
        EXPECT_EQ(stream.next_line(), "a");
        EXPECT_EQ(stream.read_all(), "bcd");
        EXPECT_TRUE(stream.ended());
    }
}

TEST_F(streamed_response_test, gives_the_rest_at_once)
{
    auto stream = server.stream(with_head("1\r\na\r\n1\r\nb\r\n"));
    EXPECT_EQ(stream.next(), "a");
    auto rest = std::async(std::launch::async, [&stream] { return stream.read_all(); });
    server.write("1\r\nc\r\n");
    server.write(last);
    EXPECT_EQ(rest.get(), "bc");
    EXPECT_EQ(stream.read_all(), "");
}

TEST_F(streamed_response_test, throws_when_a_body_breaks_off_after_what_came_before)
{
    constexpr std::string_view bodies[] = {"1\r\na\r\n", "1\r\na\r\n1\r\n", "1\r\na\r\n2\r\nb",
                                           "1\r\na\r\n0\r\n"};
    for (auto const body : bodies) {
        SCOPED_TRACE(body);
        auto stream = server.stream(with_head(body));
        server.end();
        EXPECT_EQ(stream.next(), "a");
        EXPECT_EQ(thrown_by([&] { stream.next(); }),
                  "serval: the response is incomplete: the connection ended inside the response");
        EXPECT_NE(thrown_by([&] { stream.arrived(); }), "");
        EXPECT_FALSE(stream.ended());
    }
    auto stream = server.stream(sized);
    server.write("abc");
    server.end();
    EXPECT_EQ(stream.next(), "abc");
    EXPECT_NE(thrown_by([&] { stream.next(); }), "");
}

TEST_F(streamed_response_test, loses_nothing_when_the_rest_is_incomplete)
{
    auto stream = server.stream(with_head("2\r\na\n\r\n1\r\nb\r\n1\r\nc\r\n"));
    EXPECT_EQ(stream.next_line(), "a");
    server.end();
    EXPECT_NE(thrown_by([&] { stream.read_all(); }), "");
    EXPECT_EQ(stream.next(), "b");
    EXPECT_EQ(stream.arrived(), strings{"c"});
    EXPECT_NE(thrown_by([&] { stream.next(); }), "");
}

TEST_F(streamed_response_test, throws_at_a_chunk_that_is_wrong)
{
    auto stream = server.stream(with_head("1\r\na\r\nx\r\n"));
    EXPECT_EQ(stream.next(), "a");
    EXPECT_EQ(thrown_by([&] { stream.next(); }), "serval: the response is incomplete: a bad chunk size");
    EXPECT_TRUE(server.client_has_left());
}

TEST_F(streamed_response_test, throws_when_there_is_no_head)
{
    EXPECT_EQ(thrown_by([&] { server.stream("HTTP/2 200 OK\r\n"); }),
              "serval: no response: not an HTTP/1 status line");
}

TEST_F(streamed_response_test, takes_no_byte_that_nobody_has_asked_for)
{
    // Two chunks of 6 bytes fill the window; each that is taken makes room for itself alone.
    auto stream = server.stream(with_head("1\r\na\r\n1\r\nb\r\n"), 12);
    EXPECT_EQ(server.write("1\r\nc\r\n"), 0U);
    EXPECT_EQ(server.last_error, boost::asio::error::would_block);
    EXPECT_EQ(stream.next(), "a");
    EXPECT_EQ(server.write("1\r\nc\r\n1\r\nd\r\n"), 6U);
    EXPECT_EQ(stream.arrived(), (strings{"b", "c"}));
    EXPECT_EQ(server.write("1\r\nd\r\n"), 6U);
}

TEST_F(streamed_response_test, lets_the_server_write_without_a_window_only_while_a_call_waits)
{
    auto stream = server.stream(head, 0);
    EXPECT_EQ(server.write("1\r\na\r\n"), 0U);
    EXPECT_EQ(stream.arrived(), strings{});
    EXPECT_EQ(server.write("1\r\na\r\n"), 0U);
    auto piece = std::async(std::launch::async, [&stream] { return stream.next(); });
    while (server.write("1") == 0) { // until the call waits
    }
    server.write_all("\r\na\r\n");
    EXPECT_EQ(piece.get(), "a");
    EXPECT_EQ(server.write(last), 0U);
}

TEST_F(streamed_response_test, leaves_its_connection_for_the_next_request_at_its_end)
{
    {
        auto stream = server.stream(with_head("1\r\na\r\n0\r\n\r\n"));
        stream.read_all();
        auto second = server.stream(sized);
        server.write("abcdef");
        EXPECT_EQ(second.read_all(), "abcdef");
    }
    server.settle();
    EXPECT_EQ(server.opened(), 1U);
    EXPECT_EQ(server.open_now(), 1U);
}

TEST_F(streamed_response_test, disconnects_when_it_is_destroyed_before_its_end)
{
    {
        auto const stream = server.stream(head);
        EXPECT_FALSE(server.client_has_left());
    }
    server.settle();
    EXPECT_TRUE(server.client_has_left());
    EXPECT_EQ(server.open_now(), 0U);
}

TEST_F(streamed_response_test, disconnects_what_another_is_assigned_to)
{
    auto stream = server.stream(head);
    stream = server.stream(with_head("1\r\na\r\n0\r\n\r\n"));
    server.settle();
    EXPECT_EQ(server.opened(), 2U);
    EXPECT_EQ(server.open_now(), 1U);
    EXPECT_EQ(stream.read_all(), "a");
}

TEST_F(streamed_response_test, disconnects_as_a_client_that_goes_away)
{
    auto stream = server.stream(with_head("1\r\na\r\n"));
    stream.disconnect();
    EXPECT_EQ(thrown_by([&] { stream.next(); }),
              "serval: the response is incomplete: the client has disconnected");
    EXPECT_EQ(server.write("x"), 0U);
    EXPECT_EQ(server.last_error, boost::asio::error::broken_pipe);
}

TEST_F(streamed_response_test, resets_its_connection)
{
    auto stream = server.stream(head);
    stream.reset();
    EXPECT_NE(thrown_by([&] { stream.next(); }), "");
    EXPECT_EQ(server.write("x"), 0U);
    EXPECT_EQ(server.last_error, boost::asio::error::connection_reset);
}

TEST_F(streamed_response_test, leaves_a_connection_alone_that_serves_another_request)
{
    auto stream = server.stream(with_head(last));
    EXPECT_EQ(stream.next(), std::nullopt);
    auto const other = server.start();
    stream.disconnect();
    stream.reset();
    server.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(other->wait_for_response().status, 200);
}

TEST_F(streamed_response_test, wakes_a_call_that_waits_when_the_client_ends)
{
    auto stream = server.stream(head);
    auto failure =
        std::async(std::launch::async, [&stream] { return thrown_by([&stream] { stream.next(); }); });
    server.close_connections();
    EXPECT_EQ(failure.get(), "serval: the response is incomplete: the end");
}

TEST_F(streamed_response_test, keeps_what_it_has_when_its_loop_is_gone)
{
    auto ending = std::make_unique<test::scripted_server>();
    auto open = ending->stream(head);
    auto complete = ending->stream(with_head("2\r\na\n\r\n2\r\nbc\r\n0\r\n\r\n"));
    EXPECT_EQ(complete.next_line(), "a");
    EXPECT_EQ(complete.next(), "bc");
    EXPECT_EQ(complete.next(), std::nullopt);
    ending.reset();
    EXPECT_EQ(complete.next(), std::nullopt);
    EXPECT_TRUE(complete.ended());
    EXPECT_NE(thrown_by([&] { open.next(); }), "");
    EXPECT_NE(thrown_by([&] { open.arrived(); }), "");
    open.disconnect();
}

} // namespace
} // namespace serval
