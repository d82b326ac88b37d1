#include "model/url_text.hpp"
#include "support/extreme_digits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace serval::model {
namespace {

/// The normalised URL, or why there is none.
std::string read(std::string_view text)
{
    auto const value = parse_url(text);
    if (value) return value->str();
    std::string const prefix = "Input should be a valid URL, ";
    auto const& message = value.error().message;
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

// Each line was asked of pydantic's HttpUrl.
TEST(url_text, normalises_as_pydantic)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"http://example.com", "http://example.com/"},
        {"HTTP://EXAMPLE.com", "http://example.com/"},
        {"http:example.com", "http://example.com/"},
        {"http:\\\\example.com\\b", "http://example.com/b"},
        {"  ht\ntp://a  ", "http://a/"},
        {"http://a:80", "http://a/"},
        {"https://a:443/x", "https://a/x"},
        {"http://a:08080", "http://a:8080/"},
        {"http://a:/x", "http://a/x"},
        {"http://:@c", "http://c/"},
        {"http://a:b@c/", "http://a:b@c/"},
        {"http://u@v@h", "http://u%40v@h/"},
        {"http://a b@c", "http://a%20b@c/"},
        {"http://a/b c?d e#f g", "http://a/b%20c?d%20e#f%20g"},
        {"http://a/\xC3\xA9?'#`", "http://a/%C3%A9?%27#%60"},
        {"http://a/{x}|%zz", "http://a/%7Bx%7D|%zz"},
        {"http://a/b/../c/./d", "http://a/c/d"},
        {"http://a/b/%2E%2e", "http://a/"},
        {"http://a/b/.", "http://a/b/"},
        {"http://a/../..", "http://a/"},
        {"http://a//b//../c", "http://a//b/c"},
        {"http://a?#", "http://a/?#"},
    };
    for (auto const& [text, normal] : cases)
        EXPECT_EQ(read(text), normal) << text;
}

TEST(url_text, says_what_is_no_url)
{
    EXPECT_EQ(read(""), "input is empty");
    EXPECT_EQ(read("abc"), "relative URL without a base");
    EXPECT_EQ(read("//x"), "relative URL without a base");
    EXPECT_EQ(read("1http://a"), "relative URL without a base");
    EXPECT_EQ(read("http://"), "empty host");
    EXPECT_EQ(read("http://?x"), "empty host");
    EXPECT_EQ(read("http://u@/x"), "empty host");
    EXPECT_EQ(read("http://a:65536"), "invalid port number");
    EXPECT_EQ(read("http://a:b"), "invalid port number");
    EXPECT_EQ(read("ftp://a:99999"), "invalid port number");
}

TEST(url_text, takes_ports_and_addresses_up_to_their_limits)
{
    for (std::string const& digits : serval::test::extreme_digits()) {
        if (digits.size() > 2000) continue; // no URL is so long
        EXPECT_EQ(parse_url("http://h:" + digits + "/").has_value(), serval::test::at_most(digits, "65535"))
            << digits;
        EXPECT_EQ(parse_url("http://" + digits + "/").has_value(),
                  serval::test::at_most(digits, "4294967295"));
        EXPECT_EQ(parse_url("http://1." + digits + "/").has_value(),
                  serval::test::at_most(digits, "16777215"));
        EXPECT_EQ(parse_url("http://1.2.3." + digits + "/").has_value(),
                  serval::test::at_most(digits, "255"));
        EXPECT_EQ(parse_url("http://0x" + digits + "/").has_value(), digits.size() <= 8) << digits;
    }
}

TEST(url_text, takes_http_and_https_only)
{
    for (std::string_view const text :
         {"ftp://x", "mailto:x", "javascript:1", "data:,x", "file:///x", "foo://", "ws://a", "file:c:/x"})
        EXPECT_EQ(read(text), "URL scheme should be 'http' or 'https'") << text;
}

TEST(url_text, bounds_the_length_in_bytes)
{
    EXPECT_EQ(read("http://a/" + std::string(2074, 'a')).size(), 2083U);
    EXPECT_EQ(read("http://a/" + std::string(2075, 'a')), "URL should have at most 2083 characters");
    EXPECT_EQ(parse_url(std::string(3000, ' ')).error().context, R"({"max_length":2083})");
}

} // namespace
} // namespace serval::model
