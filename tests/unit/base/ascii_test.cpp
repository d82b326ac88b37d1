#include "base/ascii.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace serval::base {

TEST(ascii, lowers_ascii_letters_and_nothing_else)
{
    for (int i = 0; i != 256; ++i) {
        char const c = static_cast<char>(static_cast<unsigned char>(i));
        char const expected = i >= 'A' && i <= 'Z' ? static_cast<char>(i + 32) : c;
        EXPECT_EQ(to_lower(c), expected) << i;
    }
}

TEST(ascii, compares_without_case)
{
    EXPECT_TRUE(iequals("", ""));
    EXPECT_TRUE(iequals("Content-Length", "cONTENT-lENGTH"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("a", "b"));
    EXPECT_FALSE(iequals("@", "`")); // differ by the bit that letters differ by
    EXPECT_FALSE(iequals("[", "{"));
}

TEST(ascii, trims_only_blanks_and_only_at_the_ends)
{
    EXPECT_EQ(trim_ows(" \t a b\t "), "a b");
    EXPECT_EQ(trim_ows(" \t "), "");
    EXPECT_EQ(trim_ows(""), "");
    EXPECT_EQ(trim_ows("\r\na\v"), "\r\na\v");
}

TEST(ascii, knows_the_token_characters)
{
    std::string_view const punctuation = "!#$%&'*+-.^_`|~";
    for (int i = 0; i != 256; ++i) {
        char const c = static_cast<char>(static_cast<unsigned char>(i));
        bool const alphanumeric = i < 128 && std::isalnum(i) != 0;
        bool const expected = alphanumeric || punctuation.find(c) != std::string_view::npos;
        EXPECT_EQ(is_token_char(c), expected) << i;
    }
}

TEST(ascii, knows_tokens)
{
    EXPECT_TRUE(is_token("X-y"));
    EXPECT_FALSE(is_token(""));
    EXPECT_FALSE(is_token("a b"));
    EXPECT_FALSE(is_token("a:"));
}

TEST(ascii, knows_digits)
{
    for (int i = 0; i != 256; ++i) {
        char const c = static_cast<char>(static_cast<unsigned char>(i));
        EXPECT_EQ(is_digit(c), i >= '0' && i <= '9') << i;
        EXPECT_EQ(is_hex(c), i < 128 && std::isxdigit(i) != 0) << i;
    }
    EXPECT_EQ(hex_value('0'), 0);
    EXPECT_EQ(hex_value('a'), 10);
    EXPECT_EQ(hex_value('F'), 15);
    EXPECT_EQ(hex_value('g'), -1);
}

static_assert(iequals("A", "a") && is_token("t") && trim_ows(" x ") == "x", "usable at compile time");

} // namespace serval::base
