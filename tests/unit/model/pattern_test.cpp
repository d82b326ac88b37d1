#include "model/pattern.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace serval::model {

namespace {

TEST(pattern, searches_anywhere_unless_it_is_anchored)
{
    EXPECT_TRUE(pattern{"b+"}.search("abbc"));
    EXPECT_FALSE(pattern{"^b+"}.search("abbc"));
    EXPECT_TRUE(pattern{"^[a-z]+$"}.search("abc"));
    EXPECT_FALSE(pattern{"^[a-z]+$"}.search("abC"));
    EXPECT_TRUE(pattern{""}.search(""));
}

TEST(pattern, ends_only_at_the_very_end)
{
    EXPECT_FALSE(pattern{"^a$"}.search("a\n"));
    EXPECT_TRUE(pattern{"(?m)^a$"}.search("a\n"));
}

TEST(pattern, counts_characters_and_not_bytes)
{
    EXPECT_TRUE(pattern{"^.$"}.search("\xC3\xBC"));
    EXPECT_TRUE(pattern{"^\\p{L}+$"}.search("\xC3\xBC\xD0\x96"));
}

TEST(pattern, sees_past_a_zero_byte)
{
    EXPECT_TRUE(pattern{"b$"}.search({"a\0b", 3}));
}

TEST(pattern, refuses_an_invalid_expression_by_name)
{
    for (char const* const expression : {"(", "[a-", "a{2,1}", "(?=a)", "\\1", "((a{100}){100}){100}"}) {
        try {
            pattern const unexpected{expression};
            FAIL() << expression;
        } catch (std::invalid_argument const& error) {
            EXPECT_NE(std::string{error.what()}.find(expression), std::string::npos) << error.what();
        }
    }
}

TEST(pattern, takes_linear_time_where_backtracking_explodes)
{
    pattern const nested{"^(a+)+$"};
    EXPECT_FALSE(nested.search(std::string(100'000, 'a') + "b"));
}

TEST(pattern, keeps_its_expression_when_moved)
{
    pattern first{"a.c"};
    pattern second = std::move(first);
    EXPECT_EQ(second.expression(), "a.c");
    EXPECT_TRUE(second.search("abc"));
}

} // namespace

} // namespace serval::model
