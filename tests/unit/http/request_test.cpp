#include "http/request_state.hpp"
#include "support/parsed_head.hpp"

#include <serval/request.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace serval {
namespace {

class request_test : public testing::Test {
protected:
    request_test()
    {
        EXPECT_EQ(test::parse_head(head_, state_.head), wire::error::none);
        state_.path = state_.head.path;
        state_.client = &client_;
        state_.route_pattern = "/items/{id}/{name}";
        state_.path_names = names_;
        state_.path_values[0] = "7";
        state_.path_values[1] = "x";
        state_.body = "the body";
    }

    std::string const head_ =
        "PUT /items/7/x?a=1&b=%20x&a=2 HTTP/1.1\r\nHost: example.org:80\r\nX-Token: t\r\n"
        "x-token: u\r\nCookie: a=1; b=2\r\ncookie: b=3\r\n\r\n";
    std::vector<std::string> const names_{"id", "name"};
    client_address const client_{"10.0.0.1", 4711};
    detail::request_state state_;
    request request_{state_};
};

TEST_F(request_test, shows_the_request_line)
{
    EXPECT_EQ(request_.method(), method::put);
    EXPECT_EQ(request_.method_name(), "PUT");
    EXPECT_EQ(request_.target(), "/items/7/x?a=1&b=%20x&a=2");
    EXPECT_EQ(request_.path(), "/items/7/x");
    EXPECT_EQ(request_.query_string(), "a=1&b=%20x&a=2");
    EXPECT_EQ(request_.http_version(), "1.1");
    state_.head.http_1_0 = true;
    EXPECT_EQ(request_.http_version(), "1.0");
}

TEST_F(request_test, finds_query_parameters)
{
    EXPECT_EQ(request_.query("a"), "2");
    EXPECT_EQ(request_.query("b"), " x");
    EXPECT_EQ(request_.query("c"), std::nullopt);
}

TEST_F(request_test, finds_path_parameters)
{
    EXPECT_EQ(request_.path_param("id"), "7");
    EXPECT_EQ(request_.path_param("name"), "x");
    EXPECT_EQ(request_.path_param("other"), std::nullopt);
    EXPECT_EQ(request_.route(), "/items/{id}/{name}");
}

TEST_F(request_test, finds_fields)
{
    EXPECT_EQ(request_.header("x-TOKEN"), "t");
    EXPECT_EQ(request_.header("x-other"), std::nullopt);
    EXPECT_EQ(request_.header_count(), 5u);
    EXPECT_EQ(request_.header_at(2).first, "x-token");
    EXPECT_EQ(request_.header_at(2).second, "u");
    EXPECT_EQ(request_.host(), "example.org:80");
}

TEST_F(request_test, finds_cookies_in_every_cookie_field)
{
    EXPECT_EQ(request_.cookie("a"), "1");
    EXPECT_EQ(request_.cookie("b"), "3");
    EXPECT_EQ(request_.cookie("c"), std::nullopt);
}

TEST_F(request_test, shows_the_client_and_the_body)
{
    EXPECT_EQ(request_.client().host, "10.0.0.1");
    EXPECT_EQ(request_.client().port, 4711);
    EXPECT_EQ(request_.body(), "the body");
    EXPECT_EQ(&request_.state(), &state_);
}

TEST_F(request_test, is_stopped_through_its_state)
{
    auto const token = request_.stop_token();
    EXPECT_FALSE(token.stop_requested());
    state_.begin_stop().request_stop();
    EXPECT_TRUE(token.stop_requested());
}

} // namespace
} // namespace serval
