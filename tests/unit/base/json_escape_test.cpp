#include "base/json_escape.hpp"

#include <gtest/gtest.h>

namespace serval::base {
namespace {

std::string escaped(std::string_view text)
{
    std::string out = "x";
    append_json_string(out, text);
    return out;
}

TEST(json_escape, quotes_and_appends)
{
    EXPECT_EQ(escaped(""), "x\"\"");
    EXPECT_EQ(escaped("Item not found"), "x\"Item not found\"");
}

TEST(json_escape, escapes_what_must_be_and_nothing_else)
{
    using namespace std::string_view_literals;
    EXPECT_EQ(escaped("a\"b\\c/d"), R"(x"a\"b\\c/d")");
    EXPECT_EQ(escaped("\n\r\t\b\f"), R"(x"\n\r\t\b\f")");
    EXPECT_EQ(escaped("\0\x1f\x7f"sv), "x\"\\u0000\\u001f\x7f\"");
    EXPECT_EQ(escaped("\xC3\xA4\xF0\x9F\x98\x80"), "x\"\xC3\xA4\xF0\x9F\x98\x80\"");
}

TEST(json_escape, replaces_what_is_no_utf_8)
{
    EXPECT_EQ(escaped("a\xFF\"\xC3"), "x\"a\xEF\xBF\xBD\\\"\xEF\xBF\xBD\"");
}

} // namespace
} // namespace serval::base
