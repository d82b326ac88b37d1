#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace serval::base {

namespace {

using namespace std::string_literals;

struct repair {
    std::string_view text;
    std::string_view repaired; // as Python's bytes.decode("utf-8", "replace") answers; '?' stands for U+FFFD
};

// From Unicode 15's table 3-8 to 3-11 and CPython's test_codecs.
constexpr repair repairs[] = {
    {"\x80", "?"},
    {"\xBF\xBF", "??"},
    {"\xC0\x80", "??"}, // overlong
    {"\xC1\xBF", "??"}, // overlong
    {"\xC2", "?"},      // truncated
    {"\xC2x", "?x"},
    {"\xE0\x80\x80", "???"}, // overlong
    {"\xE0\x9F\xBF", "???"}, // overlong
    {"\xE0\xA0", "?"},       // truncated
    {"\xE1\x80\xE2", "??"},
    {"\xE1\x80x", "?x"},
    {"\xED\xA0\x80", "???"},      // surrogate
    {"\xED\xBF\xBF", "???"},      // surrogate
    {"\xF0\x8F\xBF\xBF", "????"}, // overlong
    {"\xF0\x90\x80", "?"},        // truncated
    {"\xF1\x80\x80\xE1\x80\xC2", "???"},
    {"\xF4\x90\x80\x80", "????"}, // above U+10FFFF
    {"\xF5\x80\x80\x80", "????"},
    {"\xFF\xFE", "??"},
    {"a\xF1\x80\x80\xE1\x80\xC2"
     "b\x80"
     "c\x80\xBF"
     "d",
     "a???b?c??d"},
    {"0123456789abcdef\xFF"
     "0123456789",
     "0123456789abcdef?0123456789"},
};

std::string with_replacements(std::string_view text)
{
    std::string out;
    for (char const c : text)
        out += c == '?' ? "\xEF\xBF\xBD" : std::string(1, c);
    return out;
}

constexpr std::string_view valid[] = {
    "",
    "ASCII of more than eight bytes",
    "\x7F",
    "\xC2\x80",
    "\xDF\xBF",
    "\xE0\xA0\x80",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
    "12345678\xC3\xA4"
    "12345678\xE2\x82\xAC"
    "1",
};

} // namespace

TEST(utf8, accepts_well_formed_text)
{
    for (std::string_view const text : valid) {
        EXPECT_TRUE(is_valid_utf8(text)) << text;
        EXPECT_EQ(replace_invalid_utf8(text), text);
    }
    EXPECT_TRUE(is_valid_utf8("a\0b"s));
}

TEST(utf8, refuses_ill_formed_text)
{
    for (repair const& r : repairs)
        EXPECT_FALSE(is_valid_utf8(r.text)) << r.repaired;
}

TEST(utf8, replaces_maximal_subparts)
{
    for (repair const& r : repairs)
        EXPECT_EQ(replace_invalid_utf8(r.text), with_replacements(r.repaired));
}

TEST(utf8, finds_a_bad_byte_at_every_place)
{
    for (std::size_t i = 0; i != 40; ++i) {
        std::string text(40, 'x');
        text[i] = '\x80';
        EXPECT_FALSE(is_valid_utf8(text)) << i;
    }
}

TEST(utf8, counts_code_points)
{
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("abc"), 3U);
    EXPECT_EQ(count_code_points("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), 3U);
}

TEST(utf8, encodes_every_code_point_validly)
{
    for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 || (c > 0xD000 && c < 0xE100) ? 1 : 61) {
        std::string text;
        append_utf8(text, c);
        ASSERT_TRUE(is_valid_utf8(text)) << static_cast<std::uint32_t>(c);
        ASSERT_EQ(count_code_points(text), 1U);
    }
}

TEST(utf8, encodes_the_known_examples)
{
    std::string text;
    for (char32_t const c : {U'A', U'\u00E4', U'\u20AC', U'\U0001F600'})
        append_utf8(text, c);
    EXPECT_EQ(text, "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(utf8, finds_a_byte_beyond_ascii_at_every_place)
{
    for (std::size_t size = 1; size != 40; ++size) {
        for (std::size_t at = 0; at != size; ++at) {
            std::string text(size, 'x');
            EXPECT_TRUE(is_valid_utf8(text));
            text[at] = '\x80';
            EXPECT_FALSE(is_valid_utf8(text)) << size << ' ' << at;
            EXPECT_EQ(replace_invalid_utf8(text), text.replace(at, 1, "\xEF\xBF\xBD"));
        }
    }
}

TEST(utf8, encodes_what_is_no_character_as_the_replacement)
{
    for (std::uint32_t const c : {0xD800U, 0xDFFFU, 0x110000U, 0xFFFFFFFFU}) {
        std::string text;
        append_utf8(text, static_cast<char32_t>(c));
        EXPECT_EQ(text, "\xEF\xBF\xBD") << c;
    }
}

} // namespace serval::base
