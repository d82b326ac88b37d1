#include "wire/cookies.hpp"

#include <gtest/gtest.h>

namespace serval::wire {

TEST(cookies, are_found_by_name)
{
    EXPECT_EQ(find_cookie("a=1; b=2;c=3", "a"), "1");
    EXPECT_EQ(find_cookie("a=1; b=2;c=3", "b"), "2");
    EXPECT_EQ(find_cookie("a=1; b=2;c=3", "c"), "3");
    EXPECT_EQ(find_cookie("a=1; b=2;c=3", "d"), std::nullopt);
    EXPECT_EQ(find_cookie("aa=1", "a"), std::nullopt);
    EXPECT_EQ(find_cookie("A=1", "a"), std::nullopt);
    EXPECT_EQ(find_cookie("", "a"), std::nullopt);
}

TEST(cookies, lose_the_blanks_around_names_and_values)
{
    EXPECT_EQ(find_cookie(" \ta = x y \t;", "a"), "x y");
}

TEST(cookies, may_have_an_equals_sign_in_the_value)
{
    EXPECT_EQ(find_cookie("a=b=c", "a"), "b=c");
    EXPECT_EQ(find_cookie("a=", "a"), "");
}

TEST(cookies, without_an_equals_sign_have_no_name)
{
    EXPECT_EQ(find_cookie("x; a=1", ""), "x");
    EXPECT_EQ(find_cookie("a", "a"), std::nullopt);
    EXPECT_EQ(find_cookie("=y", ""), "y");
    EXPECT_EQ(find_cookie("; ;=", ""), std::nullopt);
}

TEST(cookies, that_are_repeated_count_with_the_last)
{
    EXPECT_EQ(find_cookie("a=1; b=2; a=3", "a"), "3");
}

// The expectations are what Python's http.cookies._unquote answers; it gives characters where these are
// bytes.
TEST(cookies, are_unquoted_as_python_does)
{
    EXPECT_EQ(find_cookie(R"(a="b c")", "a"), "b c");
    EXPECT_EQ(find_cookie(R"(a="b\"c")", "a"), "b\"c");
    EXPECT_EQ(find_cookie(R"(a="\101\377\400\8")", "a"), "A\xFF"
                                                         "4008");
    EXPECT_EQ(find_cookie(R"(a="b\\")", "a"), "b\\");
    EXPECT_EQ(find_cookie(R"(a="\\101")", "a"), "\\101");
    EXPECT_EQ(find_cookie(R"(a="b\073c")", "a"), "b;c");
    EXPECT_EQ(find_cookie(R"(a="\1")", "a"), "1");
    EXPECT_EQ(find_cookie(R"(a="\")", "a"), "\\");
    EXPECT_EQ(find_cookie(R"(a="")", "a"), "");
    EXPECT_EQ(find_cookie(R"(a=")", "a"), "\"");
    EXPECT_EQ(find_cookie(R"(a=b"c")", "a"), "b\"c\"");
}

// As in Starlette: pairs are split before quotes are looked at.
TEST(cookies, are_split_inside_quotes_too)
{
    EXPECT_EQ(find_cookie(R"(a="b;c")", "a"), "\"b");
}

} // namespace serval::wire
