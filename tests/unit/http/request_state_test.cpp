#include "http/request_state.hpp"
#include "support/parsed_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace serval::detail {
namespace {

TEST(request_state, parses_the_query_once)
{
    request_state state;
    state.head.query = "a=1";
    EXPECT_EQ(state.parsed_query().pairs().size(), 1u);
    state.head.query = "a=1&b=2";
    EXPECT_EQ(state.parsed_query().pairs().size(), 1u);
    state.reset();
    state.head.query = "a=1&b=2";
    EXPECT_EQ(state.parsed_query().pairs().size(), 2u);
}

TEST(request_state, notes_a_query_of_too_many_parameters)
{
    request_state state;
    state.max_query_parameters = 2;
    state.head.query = "a=1&b=2&c=3";
    EXPECT_TRUE(state.parsed_query().pairs().empty());
    EXPECT_TRUE(state.query_too_long);
    state.reset();
    EXPECT_FALSE(state.query_too_long);
    EXPECT_EQ(state.max_query_parameters, 2u);
}

TEST(request_state, stops_the_tokens_that_it_gave_and_will_give)
{
    request_state state;
    auto const before = state.token();
    EXPECT_FALSE(before.stop_requested());
    EXPECT_TRUE(before.stop_possible());
    state.begin_stop().request_stop();
    EXPECT_TRUE(before.stop_requested());
    EXPECT_TRUE(state.token().stop_requested());
    state.reset();
    EXPECT_FALSE(state.token().stop_requested());
}

TEST(request_state, stops_a_token_asked_for_later)
{
    request_state state;
    state.begin_stop().request_stop();
    EXPECT_TRUE(state.token().stop_requested());
}

TEST(request_state, may_be_stopped_while_a_handler_on_the_pool_asks_for_a_token)
{
    for (int round = 0; round != 50; ++round) {
        request_state state;
        std::stop_token token;
        std::thread handler{[&] { token = state.token(); }};
        state.begin_stop().request_stop();
        handler.join();
        EXPECT_TRUE(token.stop_requested());
    }
}

TEST(request_state, forgets_the_request)
{
    client_address const client{"10.0.0.1", 1};
    std::string const names[] = {"id"};
    request_state state;
    ASSERT_EQ(test::parse_head("GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n", state.head), wire::error::none);
    state.client = &client;
    state.path = "/x";
    state.decoded_path = "/x";
    state.route_pattern = "/x";
    state.path_names = names;
    state.path_values[0] = "v";
    state.body = "b";
    state.body_read = true;
    state.reset();
    EXPECT_EQ(state.head.method, method::other);
    EXPECT_TRUE(state.head.fields().empty());
    EXPECT_TRUE(state.head.target.empty());
    EXPECT_TRUE(state.head.host.empty());
    EXPECT_TRUE(state.client->host.empty());
    EXPECT_TRUE(state.path.empty());
    EXPECT_TRUE(state.decoded_path.empty());
    EXPECT_TRUE(state.route_pattern.empty());
    EXPECT_TRUE(state.path_names.empty());
    EXPECT_TRUE(state.path_values[0].empty());
    EXPECT_TRUE(state.body.empty());
    EXPECT_FALSE(state.body_read);
}

TEST(request_state, keeps_a_small_body_buffer_and_gives_a_large_one_back)
{
    request_state state;
    state.body.assign(request_state::max_kept_body, 'x');
    char const* const memory = state.body.data();
    state.reset();
    EXPECT_EQ(state.body.data(), memory);
    EXPECT_GE(state.body.capacity(), request_state::max_kept_body);
    state.body.assign(request_state::max_kept_body + 1, 'x');
    state.reset();
    EXPECT_LT(state.body.capacity(), 100u);
}

} // namespace
} // namespace serval::detail
