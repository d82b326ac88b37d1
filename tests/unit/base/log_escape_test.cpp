#include "base/log_escape.hpp"

#include <gtest/gtest.h>

namespace serval::base {
namespace {

using namespace std::string_view_literals;

std::string escaped(std::string_view text)
{
    std::string out = "x";
    append_log_escaped(out, text);
    return out.substr(1);
}

std::string printable(std::string_view text)
{
    std::string out = "x";
    append_log_printable(out, text);
    return out.substr(1);
}

TEST(log_escape, keeps_plain_text)
{
    EXPECT_EQ(escaped("/items/1?q=a%20b&x='~"), "/items/1?q=a%20b&x='~");
    EXPECT_EQ(escaped(""), "");
}

TEST(log_escape, escapes_control_characters)
{
    EXPECT_EQ(escaped("a\r\nb\t\0c\x1b[31m\x7f"sv), R"(a\x0d\x0ab\x09\x00c\x1b[31m\x7f)");
}

TEST(log_escape, escapes_what_would_end_the_quotes)
{
    EXPECT_EQ(escaped(R"(a" 200 OK\)"), R"(a\x22 200 OK\x5c)");
}

TEST(log_escape, keeps_the_quotes_of_a_whole_message)
{
    EXPECT_EQ(printable("\"GET /\\x1b\": a\nb"), R"("GET /\x1b": a\x0ab)");
}

TEST(log_escape, keeps_utf_8)
{
    EXPECT_EQ(escaped("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(escaped("\xC2\xA0"), "\xC2\xA0"); // the first character after C1
}

TEST(log_escape, escapes_bytes_that_are_not_utf_8)
{
    EXPECT_EQ(escaped("\xFF"), R"(\xff)");
    EXPECT_EQ(escaped("\xC3("), R"(\xc3()");
    EXPECT_EQ(escaped("\xC3"), R"(\xc3)");
    EXPECT_EQ(escaped("\xE2\x82"), R"(\xe2\x82)");
    EXPECT_EQ(escaped("\xED\xA0\x80"), R"(\xed\xa0\x80)"); // a surrogate
    EXPECT_EQ(escaped("\xC0\x8A"), R"(\xc0\x8a)");         // an overlong line feed
}

TEST(log_escape, escapes_characters_beyond_ascii_that_control_the_display)
{
    EXPECT_EQ(escaped("\xC2\x85\xC2\x9B"), R"(\xc2\x85\xc2\x9b)");                 // NEL, CSI
    EXPECT_EQ(escaped("\xE2\x80\xA8\xE2\x80\xAE"), R"(\xe2\x80\xa8\xe2\x80\xae)"); // line separator, RLO
    EXPECT_EQ(escaped("\xE2\x81\xA6"), R"(\xe2\x81\xa6)");                         // LRI
    EXPECT_EQ(escaped("\xE2\x80\xA7\xE2\x80\xAF"), "\xE2\x80\xA7\xE2\x80\xAF");
}

TEST(log_escape, escapes_what_is_not_seen)
{
    EXPECT_EQ(escaped("\xE2\x80\x8F\xD8\x9C"), R"(\xe2\x80\x8f\xd8\x9c)");         // RLM, ALM
    EXPECT_EQ(escaped("\xE2\x80\x8B\xC2\xAD"), R"(\xe2\x80\x8b\xc2\xad)");         // zero width space, SHY
    EXPECT_EQ(escaped("\xEF\xBB\xBF\xE1\xA0\x8E"), R"(\xef\xbb\xbf\xe1\xa0\x8e)"); // BOM, MVS
    EXPECT_EQ(escaped("\xF3\xA0\x81\x81"), R"(\xf3\xa0\x81\x81)");                 // a tag
    EXPECT_EQ(escaped("\xE3\x85\xA4\xEF\xB8\x8F"), R"(\xe3\x85\xa4\xef\xb8\x8f)"); // Hangul filler, VS16
    EXPECT_EQ(escaped("\xEF\xBF\xBC\xEF\xBF\xBD\xF4\x8F\xBF\xBF"),
              "\xEF\xBF\xBC\xEF\xBF\xBD\xF4\x8F\xBF\xBF");
}

TEST(log_escape, leaves_no_control_byte_of_any_pair)
{
    for (int a = 0; a != 256; ++a) {
        for (int b = 0; b != 256; ++b) {
            std::string const text = {static_cast<char>(static_cast<unsigned char>(a)),
                                      static_cast<char>(static_cast<unsigned char>(b))};
            for (char const c : escaped(text)) {
                ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << a << ' ' << b;
            }
        }
    }
}

TEST(log_escape, tells_plain_text)
{
    EXPECT_TRUE(is_plain_log_text("a \"b\\"));
    EXPECT_FALSE(is_plain_log_text("a\n"));
    EXPECT_FALSE(is_plain_log_text("\x7f"));
    EXPECT_FALSE(is_plain_log_text("\xC3\xA4"));
}

} // namespace
} // namespace serval::base
