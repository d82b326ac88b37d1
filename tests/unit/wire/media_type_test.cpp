#include "wire/media_type.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

namespace {

std::optional<std::string> parameter(std::string_view value, std::string_view name)
{
    auto const type = parse_media_type(value);
    return type ? parameter_of(*type, name) : std::nullopt;
}

} // namespace

TEST(media_type, is_split)
{
    auto const type = parse_media_type(" Text/HTML ; charset=utf-8;q=1");
    ASSERT_TRUE(type);
    EXPECT_EQ(type->type, "Text");
    EXPECT_EQ(type->subtype, "HTML");
    EXPECT_EQ(type->parameters, " charset=utf-8;q=1");
    EXPECT_EQ(parse_media_type("a/b")->parameters, "");
    EXPECT_EQ(parse_media_type("a/b;")->parameters, "");
}

TEST(media_type, is_two_tokens)
{
    for (std::string_view const bad :
         {"", "text", "/", "text/", "/html", "text/html/x", "te xt/html", "text /html", "text/ html",
          "text/html x", "text,x/html", ";", "text;a/b"}) {
        EXPECT_FALSE(parse_media_type(bad)) << bad;
    }
}

TEST(media_type, is_json_when_its_name_says_so)
{
    for (std::string_view const good :
         {"application/json", "Application/JSON", "application/json; charset=utf-8",
          "application/problem+json", "application/vnd.x+JSON;v=1", "application/+json"}) {
        EXPECT_TRUE(is_json(good)) << good;
    }
    for (std::string_view const bad :
         {"", "text/json", "text/plain", "application/jsonx", "application/json+xml", "application/xjson",
          "application", "json", "application/json/x", "a/+json"}) {
        EXPECT_FALSE(is_json(bad)) << bad;
    }
}

TEST(media_type, has_parameters)
{
    EXPECT_EQ(parameter("a/b; x=1; BOUNDARY=--ab", "boundary"), "--ab");
    EXPECT_EQ(parameter("a/b;x=1;y=2", "y"), "2");
    EXPECT_EQ(parameter("a/b; x=1 ;; y=2 ;", "y"), "2");
    EXPECT_EQ(parameter("a/b", "x"), std::nullopt);
    EXPECT_EQ(parameter("a/b; x=1", "y"), std::nullopt);
}

TEST(media_type, has_quoted_parameters)
{
    EXPECT_EQ(parameter(R"(a/b; x="1; y=2"; y=3)", "y"), "3");
    EXPECT_EQ(parameter(R"(a/b; x="1\"\\; y=2")", "x"), "1\"\\; y=2");
    EXPECT_EQ(parameter(R"(a/b; x="")", "x"), "");
}

TEST(media_type, takes_unquoted_values_that_clients_send_although_they_are_no_tokens)
{
    EXPECT_EQ(parameter("a/b; boundary=a/b:c=d?(e)", "boundary"), "a/b:c=d?(e)");
}

TEST(media_type, has_no_parameter_where_one_is_malformed)
{
    for (std::string_view const bad : {"a/b; x", "a/b; x=", "a/b; =1", "a/b; x =1", "a/b; x= 1", "a/b; x=\"1",
                                       "a/b; x=\"1\\", "a/b; x=\"1\"2", "a/b; x=1 2", "a/b; x=1,2",
                                       "a/b; y; x=1", "a/b; x=\"\r\n\"", "a/b; x=\x01", "a/b; x=1; y=\""}) {
        EXPECT_EQ(parameter(bad, "x"), std::nullopt) << bad;
    }
}

TEST(media_type, has_no_parameter_that_is_there_twice)
{
    EXPECT_EQ(parameter("a/b; boundary=1; Boundary=2", "boundary"), std::nullopt);
    EXPECT_EQ(parameter("a/b; x=1; x=2; y=3", "y"), "3");
}

TEST(media_type, is_read_in_linear_time)
{
    std::string quotes = "a/b";
    for (int i = 0; i != 200000; ++i)
        quotes += ";x=\"\\\"\"";
    EXPECT_EQ(parameter(quotes, "y"), std::nullopt);
    EXPECT_EQ(parameter("a/b" + std::string(1 << 20, ';'), "y"), std::nullopt);
}

} // namespace serval::wire
