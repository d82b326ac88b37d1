#include "base/ascii.hpp"
#include "wire/target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace serval::wire {

TEST(target, refuses_every_byte_that_is_no_visible_ascii_and_the_fragment)
{
    for (int i = 0; i != 256; ++i) {
        char const c = static_cast<char>(static_cast<unsigned char>(i));
        bool const expected = i > 0x20 && i < 0x7F && c != '#';
        EXPECT_EQ(parse_target(method::get, std::string{"/a"} + c).has_value(), expected) << i;
        EXPECT_EQ(parse_target(method::get, std::string{"/a?b"} + c).has_value(), expected) << i;
    }
}

TEST(target, refuses_nothing_at_all)
{
    EXPECT_FALSE(parse_target(method::get, ""));
}

TEST(target, takes_absolute_form_apart)
{
    auto const target = parse_target(method::get, "http://[::1]:80/a/b?c/d?e");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->authority, "[::1]:80");
    EXPECT_EQ(target->path, "/a/b");
    EXPECT_EQ(target->query, "c/d?e");
}

TEST(target, takes_any_unknown_method_for_a_path_only)
{
    EXPECT_TRUE(parse_target(method::other, "/a"));
    EXPECT_FALSE(parse_target(method::other, "*"));
    EXPECT_TRUE(parse_target(method::options, "*"));
    EXPECT_FALSE(parse_target(method::connect, "http://a/"));
}

TEST(authority, may_be_a_name_or_an_address_with_a_port_or_without)
{
    for (std::string_view const good :
         {"a", "a.b", "A-b_c~d", "a:", "a:0", "a:65535", "127.0.0.1", "127.0.0.1:80", "[::]",
          "[::1]:", "[::1]:80", "[2001:db8::ff00:42:8329]", "[::ffff:1.2.3.4]", "xn--bcher-kva.example",
          "a%41", "!$&'()*+,;=", "a."}) {
        EXPECT_TRUE(is_valid_authority(good)) << good;
    }
}

/// Byte by byte, for what has no brackets.
bool is_name_and_port(std::string_view text)
{
    constexpr std::string_view marks = "-._~!$&'()*+,;=";
    auto const hex = [](char c) { return base::is_hex(c); };
    std::size_t at = 0;
    while (at != text.size() && text[at] != ':') {
        bool const letter = base::to_lower(text[at]) >= 'a' && base::to_lower(text[at]) <= 'z';
        bool const good = letter || base::is_digit(text[at]) || marks.find(text[at]) != marks.npos;
        bool const escape =
            text[at] == '%' && text.size() - at >= 3 && hex(text[at + 1]) && hex(text[at + 2]);
        if (!good && !escape) return false;
        at += escape ? 3 : 1;
    }
    if (at == 0 || at == text.size()) return at != 0;
    auto const port = text.substr(at + 1);
    bool const number = std::ranges::all_of(port, [](char c) { return base::is_digit(c); });
    return number && port.size() <= 5 && (port.empty() || std::stoi(std::string{port}) <= 65535);
}

TEST(authority, is_judged_by_each_of_its_bytes)
{
    for (std::string_view const good :
         {"a", "localhost", "127.0.0.1:8000", "www.example.com", "a-long-name.of-many-parts.example:65535",
          "a:6", "%41b:443", "a%c3%bc.example"}) {
        for (std::size_t at = 0; at != good.size(); ++at) {
            for (unsigned byte = 0; byte != 256; ++byte) {
                std::string text{good};
                text[at] = static_cast<char>(static_cast<unsigned char>(byte));
                if (at == 0 && byte == '[') continue;
                EXPECT_EQ(is_valid_authority(text), is_name_and_port(text)) << text;
            }
        }
    }
}

TEST(authority, may_be_nothing_else)
{
    for (std::string_view const bad : {"",
                                       ":",
                                       ":80",
                                       "a:b",
                                       "a:-1",
                                       "a:+1",
                                       "a:65536",
                                       "a:000080",
                                       "a:99999999999999999999",
                                       "a b",
                                       " a",
                                       "a ",
                                       "a@b",
                                       "a/b",
                                       "a?b",
                                       "a#b",
                                       "a\\b",
                                       "a\"b",
                                       "a<b",
                                       "a[b]",
                                       "a%",
                                       "a%4",
                                       "a%4g",
                                       "a:80:80",
                                       "::1",
                                       "[",
                                       "[]",
                                       "[]:80",
                                       "[:]",
                                       "[::1",
                                       "::1]",
                                       "[::1]80",
                                       "[::1]:x",
                                       "[::1%lo]",
                                       "[1.2.3.4]",
                                       "[g::]",
                                       "[v1.a]",
                                       "[1111:2222:3333:4444:5555:6666:7777:8888:9999]",
                                       "a\x80",
                                       "a\tb"}) {
        EXPECT_FALSE(is_valid_authority(bad)) << bad;
    }
    EXPECT_FALSE(is_valid_authority(std::string_view{"a\0b", 3}));
    EXPECT_FALSE(is_valid_authority(std::string_view{"[::1\0]", 6}));
    EXPECT_FALSE(is_valid_authority("[" + std::string(5000, ':') + "]"));
}

} // namespace serval::wire
