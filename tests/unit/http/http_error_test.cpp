#include <serval/http_error.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace serval {
namespace {

TEST(http_error, carries_its_detail_as_json)
{
    http_error const e{404, "no \"such\"\nitem"};
    EXPECT_EQ(e.status(), 404);
    EXPECT_EQ(e.json_detail(), R"("no \"such\"\nitem")");
    EXPECT_STREQ(e.what(), "404: no \"such\"\nitem");
}

TEST(http_error, says_the_standard_phrase_by_default)
{
    EXPECT_EQ(http_error{404}.json_detail(), "\"Not Found\"");
    EXPECT_STREQ(http_error{404}.what(), "404: Not Found");
    EXPECT_EQ((http_error{503, {}}.json_detail()), "\"Service Unavailable\"");
}

TEST(http_error, carries_headers)
{
    http_error const e{401, "who?", {{"www-authenticate", "Bearer"}}};
    EXPECT_EQ(e.headers().get("WWW-Authenticate"), "Bearer");
}

TEST(http_error, takes_json_as_it_is)
{
    auto const e = http_error::with_json(418, R"({"a":1})", {{"x-a", "b"}});
    EXPECT_EQ(e.status(), 418);
    EXPECT_EQ(e.json_detail(), R"({"a":1})");
    EXPECT_EQ(e.headers().get("x-a"), "b");
    EXPECT_EQ(http_error::with_json(404, "").json_detail(), "\"Not Found\"");
}

TEST(http_error, refuses_a_status_that_is_none)
{
    for (int const status : {-1, 0, 99, 600, 1000})
        EXPECT_THROW(http_error{status}, std::invalid_argument) << status;
}

} // namespace
} // namespace serval
