// json_text: the scan for escapes and the encodings of JSON.
#include "model/json_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace serval::model {
namespace {

using namespace std::string_view_literals;

std::string decoded(std::string_view bytes)
{
    std::string storage;
    auto const text = decode_json_bytes(bytes, storage);
    return text ? std::string{*text} : "undecodable";
}

} // namespace

TEST(json_text, stops_at_exactly_the_bytes_that_need_an_escape_at_every_offset)
{
    for (int byte = 0; byte < 256; ++byte) {
        bool const stops = byte < 0x20 || byte == '"' || byte == '\\';
        for (std::size_t at = 0; at < 18; ++at) {
            for (char const neighbour : {'x', '!', ' ', '\x80', '#', '[', ']'}) {
                std::string text(18, neighbour);
                text[at] = static_cast<char>(byte);
                char const* const end = text.data() + text.size();
                EXPECT_EQ(find_escape(text.data(), end), stops ? text.data() + at : end) << byte << ' ' << at;
            }
        }
    }
}

TEST(json_text, stops_at_the_first_of_several)
{
    std::string const text = "ab\"\\\n\"cdefgh";
    EXPECT_EQ(find_escape(text.data(), text.data() + text.size()), text.data() + 2);
    EXPECT_EQ(find_escape(text.data() + 3, text.data() + text.size()), text.data() + 3);
}

TEST(json_text, detects_and_transcodes_what_python_detects)
{
    EXPECT_EQ(decoded("[1]"), "[1]");
    EXPECT_EQ(decoded("\xef\xbb\xbf[1]"), "[1]");
    EXPECT_EQ(decoded("\xff\xfe[\0]\0"sv), "[]");
    EXPECT_EQ(decoded("\xfe\xff\0[\0]"sv), "[]");
    EXPECT_EQ(decoded("[\0]\0"sv), "[]");
    EXPECT_EQ(decoded("\0[\0]"sv), "[]");
    EXPECT_EQ(decoded("1\0"sv), "1");
    EXPECT_EQ(decoded("\0001"sv), "1");
    EXPECT_EQ(decoded("\xff\xfe\0\0[\0\0\0]\0\0\0"sv), "[]");
    EXPECT_EQ(decoded("\0\0\xfe\xff\0\0\0[\0\0\0]"sv), "[]");
    EXPECT_EQ(decoded("[\0\0\0]\0\0\0"sv), "[]");
    EXPECT_EQ(decoded("\0\0\0[\0\0\0]"sv), "[]");
    EXPECT_EQ(decoded("1\0\0\0"sv), "1");
    EXPECT_EQ(decoded("\xef\xbb\xbf"), "");
    EXPECT_EQ(decoded("12\0\0"sv), "12\0\0"sv); // told by its beginning
    EXPECT_EQ(decoded("\"\0\x3d\xd8\0\xde\xe9\0\"\0"sv), "\"😀é\"");
    EXPECT_EQ(decoded("\"\0\0\0\0\xf6\x01\0\"\0\0\0"sv), "\"😀\"");
}

TEST(json_text, refuses_what_no_encoding_allows)
{
    EXPECT_EQ(decoded("\"\xff\""), "undecodable");
    EXPECT_EQ(decoded("[\0]\0\0"sv), "undecodable");           // half a unit
    EXPECT_EQ(decoded("[\0\0\0]\0\0"sv), "undecodable");       // half a UTF-32 unit
    EXPECT_EQ(decoded("\"\0\x3d\xd8"sv), "undecodable");       // half a pair
    EXPECT_EQ(decoded("\"\0\x3d\xd8\"\0"sv), "undecodable");   // a high surrogate alone
    EXPECT_EQ(decoded("\"\0\0\xde\"\0"sv), "undecodable");     // a low one
    EXPECT_EQ(decoded("\"\0\0\0\0\0\x11\0"sv), "undecodable"); // beyond U+10FFFF
}

} // namespace serval::model
