#include "wire/query_string.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::wire {

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs parsed(std::string_view text)
{
    query_string query;
    EXPECT_TRUE(query.parse(text)) << text;
    pairs all;
    for (key_value const& p : query.pairs())
        all.emplace_back(p.key, p.value);
    return all;
}

std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text.substr(i).starts_with("%44") || text.substr(i).starts_with("%a4") ||
            text.substr(i).starts_with("%4a") || text.substr(i).starts_with("%aa")) {
            char const byte = static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
            out += static_cast<unsigned char>(byte) < 0x80 ? std::string(1, byte) : "\xEF\xBF\xBD";
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

pairs split(std::string_view text)
{
    pairs all;
    for (std::size_t at = 0; at <= text.size();) {
        std::string_view const pair = text.substr(at, text.find('&', at) - at);
        at += pair.size() + 1;
        if (pair.empty()) continue;
        std::size_t const equals = std::min(pair.find('='), pair.size());
        all.emplace_back(decoded(pair.substr(0, equals)),
                         decoded(pair.substr(std::min(equals + 1, pair.size()))));
    }
    return all;
}

} // namespace

// The expectations are what Python's parse_qsl(text, keep_blank_values=True) answers.
TEST(query_string, splits_as_python_does)
{
    EXPECT_EQ(parsed(""), pairs{});
    EXPECT_EQ(parsed("&"), pairs{});
    EXPECT_EQ(parsed("a=1&&b"), (pairs{{"a", "1"}, {"b", ""}}));
    EXPECT_EQ(parsed("="), (pairs{{"", ""}}));
    EXPECT_EQ(parsed("=x&y="), (pairs{{"", "x"}, {"y", ""}}));
    EXPECT_EQ(parsed("a=b=c&a=2"), (pairs{{"a", "b=c"}, {"a", "2"}}));
    EXPECT_EQ(parsed("role=user&x=;role=admin"), (pairs{{"role", "user"}, {"x", ";role=admin"}}));
}

TEST(query_string, decodes_as_python_does)
{
    EXPECT_EQ(parsed("%zz=%4&+%2B=+"), (pairs{{"%zz", "%4"}, {" +", " "}}));
    EXPECT_EQ(parsed("%26=%3D"), (pairs{{"&", "="}}));
    EXPECT_EQ(parsed("q=%FF%C3%A4%C3"), (pairs{{"q", "\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD"}}));
    EXPECT_EQ(parsed("%"), (pairs{{"%", ""}}));
    EXPECT_EQ(parsed("a=%2541"), (pairs{{"a", "%41"}}));
}

TEST(query_string, repairs_raw_bytes_that_are_not_utf8)
{
    EXPECT_EQ(parsed("\xFF=\x80&b=\xC3\xA4"), (pairs{{"\xEF\xBF\xBD", "\xEF\xBF\xBD"}, {"b", "\xC3\xA4"}}));
}

TEST(query_string, keeps_its_views_good_however_much_is_decoded)
{
    std::string text;
    for (int i = 0; i != 500; ++i)
        text += "%41" + std::to_string(i) + "=\xFF+&";
    query_string query;
    ASSERT_TRUE(query.parse(text));
    ASSERT_EQ(query.pairs().size(), 500U);
    for (std::size_t i = 0; i != 500; ++i) {
        ASSERT_EQ(query.pairs()[i].key, "A" + std::to_string(i));
        ASSERT_EQ(query.pairs()[i].value, "\xEF\xBF\xBD ");
    }
}

TEST(query_string, does_not_copy_what_needs_no_decoding)
{
    std::string const text = "a=b&c=%41";
    query_string query;
    ASSERT_TRUE(query.parse(text));
    EXPECT_EQ(query.pairs()[0].value.data(), text.data() + 2);
    EXPECT_NE(query.pairs()[1].value.data(), text.data() + 6);
}

TEST(query_string, finds_the_last_value_of_a_key)
{
    query_string query;
    ASSERT_TRUE(query.parse("a=1&b=2&a=3&A=4"));
    ASSERT_NE(query.last("a"), nullptr);
    EXPECT_EQ(query.last("a")->value, "3");
    EXPECT_EQ(query.last("c"), nullptr);
}

TEST(query_string, refuses_more_keys_than_allowed)
{
    query_string query;
    EXPECT_TRUE(query.parse("a&b&&c", 3));
    EXPECT_FALSE(query.parse("a&b&c&d", 3));
    EXPECT_TRUE(query.pairs().empty());
    std::string text;
    for (std::size_t i = 0; i != query_string::default_max_keys; ++i)
        text += "a&";
    EXPECT_TRUE(query.parse(text));
    EXPECT_FALSE(query.parse(text + "a"));
}

TEST(query_string, replaces_its_content)
{
    query_string query;
    ASSERT_TRUE(query.parse("a=%41"));
    ASSERT_TRUE(query.parse("b=%42"));
    ASSERT_EQ(query.pairs().size(), 1U);
    EXPECT_EQ(query.pairs()[0].value, "B");
    query.clear();
    EXPECT_TRUE(query.pairs().empty());
}

// Every text of up to six of the characters that matter, against what splits and decodes step by step.
TEST(query_string, finds_in_one_pass_what_steps_find)
{
    constexpr std::string_view characters = "a=&+%4";
    for (std::size_t size = 0; size != 7; ++size) {
        std::size_t count = 1;
        for (std::size_t i = 0; i != size; ++i)
            count *= characters.size();
        for (std::size_t n = 0; n != count; ++n) {
            std::string text;
            for (std::size_t rest = n; text.size() != size; rest /= characters.size())
                text += characters[rest % characters.size()];
            ASSERT_EQ(parsed(text), split(text)) << text;
        }
    }
}

} // namespace serval::wire
