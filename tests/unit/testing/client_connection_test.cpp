#include "support/scripted_server.hpp"
#include "testing/client_connection.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace serval::testing_impl {
namespace {

class client_connection_test : public testing::Test {
protected:
    static constexpr auto answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static constexpr auto stream_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    test::scripted_server server;
};

TEST_F(client_connection_test, gives_a_response_that_comes_in_pieces)
{
    auto const exchange = server.start();
    server.write("HTTP/1.1 200 OK\r\nContent-");
    server.write("Length: 2\r\n\r\no");
    EXPECT_FALSE(exchange->done());
    server.write("k");
    ASSERT_TRUE(exchange->done());
    EXPECT_EQ(exchange->wait_for_response().body, "ok");
}

TEST_F(client_connection_test, is_used_again_after_a_whole_response)
{
    server.start();
    server.write(answer);
    auto const second = server.start();
    server.write(answer);
    EXPECT_TRUE(second->done());
    EXPECT_EQ(server.opened(), 1U);
}

TEST_F(client_connection_test, is_closed_when_bytes_follow_the_response)
{
    auto const exchange = server.start();
    server.write(std::string{answer} + "x");
    EXPECT_EQ(exchange->wait_for_response().body, "ok");
    EXPECT_TRUE(server.client_has_left());
    server.start();
    EXPECT_EQ(server.opened(), 2U);
}

TEST_F(client_connection_test, is_closed_when_the_server_speaks_unasked)
{
    server.start();
    server.write(answer);
    server.write("HTTP/1.1 408 ");
    EXPECT_EQ(server.open_now(), 0U);
}

TEST_F(client_connection_test, fails_a_request_whose_response_breaks_off)
{
    auto const exchange = server.start();
    server.read();
    server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    server.close();
    ASSERT_TRUE(exchange->done());
    EXPECT_THROW(exchange->wait_for_response(), std::runtime_error);
    EXPECT_EQ(server.opened(), 1U);
}

TEST_F(client_connection_test, sends_a_request_again_that_a_kept_connection_has_not_read)
{
    server.start();
    server.read();
    server.write(answer);
    auto const exchange = server.start();
    server.close();
    EXPECT_EQ(server.opened(), 2U);
    server.write(answer);
    ASSERT_TRUE(exchange->done());
    EXPECT_EQ(exchange->wait_for_response().body, "ok");
}

TEST_F(client_connection_test, carries_a_whole_response_after_a_streamed_one_with_a_narrow_window)
{
    auto stream = server.stream(std::string{stream_head} + "0\r\n\r\n", 5);
    EXPECT_EQ(stream.next(), std::nullopt);
    auto const exchange = server.start();
    EXPECT_EQ(server.write(answer), std::string_view{answer}.size());
    EXPECT_EQ(exchange->wait_for_response().body, "ok");
    EXPECT_EQ(server.opened(), 1U);
}

} // namespace
} // namespace serval::testing_impl
