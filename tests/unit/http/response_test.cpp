#include "wire/cookies.hpp"

#include <serval/response.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace serval {
namespace {

using namespace std::string_view_literals;

TEST(response, is_an_empty_200_at_first)
{
    response const r;
    EXPECT_EQ(r.status(), 200);
    EXPECT_EQ(r.body(), "");
    EXPECT_EQ(r.content_type(), "");
    EXPECT_TRUE(r.headers().empty());
}

TEST(response, holds_what_it_is_given)
{
    response r{201, "text"};
    EXPECT_EQ(r.status(), 201);
    EXPECT_EQ(r.body(), "text");
    EXPECT_EQ(r.content_type(), "text/plain; charset=utf-8");
    r.status(202).body("{}").content_type("application/json").header("x-a", "1");
    EXPECT_EQ(r.status(), 202);
    EXPECT_EQ(r.body(), "{}");
    EXPECT_EQ(r.content_type(), "application/json");
    EXPECT_EQ(r.headers().get("X-A"), "1");
}

TEST(response, takes_any_content_type)
{
    response r{200, "", "text/csv"};
    EXPECT_EQ(r.content_type(), "text/csv");
    r.content_type(r.content_type());
    EXPECT_EQ(r.content_type(), "text/csv");
    r.content_type("");
    EXPECT_EQ(r.content_type(), "");
    EXPECT_THROW(r.content_type("a\r\nb: c"), std::invalid_argument);
}

TEST(response, keeps_the_content_type_out_of_its_fields)
{
    response r;
    r.header("Content-Type", "image/png");
    EXPECT_EQ(r.content_type(), "image/png");
    EXPECT_TRUE(r.headers().empty());
}

TEST(response, has_one_content_type_the_one_that_was_given_last)
{
    response r{200, "{}", "application/json"};
    r.headers().set("Content-Type", "application/problem+json");
    EXPECT_EQ(r.content_type(), "application/problem+json");
    r.content_type(r.content_type()); // a view of the field that it replaces
    EXPECT_EQ(r.content_type(), "application/problem+json");
    EXPECT_TRUE(r.headers().empty());
    r.headers().add("content-type", "a/first");
    r.headers().add("CONTENT-TYPE", "a/second");
    EXPECT_EQ(r.content_type(), "a/first");
    r.content_type("");
    EXPECT_EQ(r.content_type(), "");
}

TEST(response, refuses_a_status_that_is_none)
{
    for (int const status : {-1, 0, 99, 100, 199, 600, 1000}) { // an interim status is never final
        EXPECT_THROW(response{status}, std::invalid_argument) << status;
        EXPECT_THROW((response{status, ""}), std::invalid_argument) << status;
    }
    EXPECT_EQ(response{200}.status(), 200);
    EXPECT_EQ(response{599}.status(), 599);
}

TEST(response, adds_cookies)
{
    response r;
    r.cookie("a", "1").cookie("b", "x", "Path=/; HttpOnly");
    ASSERT_EQ(r.headers().size(), 2u);
    EXPECT_EQ(r.headers().begin()->name, "set-cookie");
    EXPECT_EQ(r.headers().begin()->value, "a=1");
    EXPECT_EQ((r.headers().begin() + 1)->value, "b=x; Path=/; HttpOnly");
}

TEST(response, quotes_cookie_values_as_python_does)
{
    response r;
    r.cookie("a", "x y;\"\\\r\n\xC3\xA4");
    EXPECT_EQ(r.headers().get("set-cookie"), R"(a="x y\073\"\\\015\012\303\244")");
}

TEST(response, writes_cookies_that_a_request_can_read)
{
    std::string every;
    for (int i = 1; i != 256; ++i)
        every.push_back(static_cast<char>(static_cast<unsigned char>(i)));
    for (std::string const& value : {every, std::string{"plain"}, std::string{}, std::string{"a b"}}) {
        response r;
        r.cookie("c", value);
        EXPECT_EQ(wire::find_cookie(*r.headers().get("set-cookie"), "c"), value);
    }
}

TEST(response, refuses_cookies_that_could_inject)
{
    response r;
    for (auto const name : {""sv, "a b"sv, "a="sv, "a;"sv, "a\r\n"sv})
        EXPECT_THROW(r.cookie(name, "1"), std::invalid_argument) << name;
    EXPECT_THROW(r.cookie("a", "1", "Path=/\r\nx: y"), std::invalid_argument);
    EXPECT_TRUE(r.headers().empty());
}

TEST(response, becomes_an_empty_200_again_and_keeps_its_memory)
{
    response r{404, std::string(1000, 'x'), "text/csv"};
    r.header("a", "b");
    char const* const memory = r.body().data();
    r.clear();
    EXPECT_EQ(r.status(), 200);
    EXPECT_EQ(r.body(), "");
    EXPECT_EQ(r.content_type(), "");
    EXPECT_TRUE(r.headers().empty());
    EXPECT_EQ(r.body().data(), memory);
    EXPECT_GE(r.body().capacity(), 1000u);
}

TEST(response, gives_a_large_body_back)
{
    response r{200, std::string(100'000, 'x')};
    r.clear();
    EXPECT_LT(r.body().capacity(), 100u);
}

TEST(redirect, encodes_what_a_location_may_not_have)
{
    auto const r = redirect("/a b\"<>\\^`{|}\xC3\xA4?q=1&x=%20#f[1]@!$'()*+,;~");
    EXPECT_EQ(r.status(), 307);
    EXPECT_EQ(r.headers().get("location"),
              "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A4?q=1&x=%20#f[1]@!$'()*+,;~");
    EXPECT_EQ(r.body(), "");
    EXPECT_EQ(r.content_type(), "");
    EXPECT_EQ(redirect("https://example.org:8/x", 303).status(), 303);
}

TEST(redirect, refuses_line_breaks_and_other_statuses)
{
    EXPECT_THROW(redirect("/a\r\nset-cookie: b"), std::invalid_argument);
    EXPECT_THROW(redirect("/a\n"), std::invalid_argument);
    EXPECT_THROW(redirect("/a\r"), std::invalid_argument);
    EXPECT_THROW(redirect("/a", 200), std::invalid_argument);
    EXPECT_THROW(redirect("/a", 400), std::invalid_argument);
    EXPECT_EQ(redirect("\0\x1b"sv).headers().get("location"), "%00%1B");
}

} // namespace
} // namespace serval
