#include "base/percent.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::base {

using namespace std::string_literals;

TEST(percent, decodes_escapes_in_both_cases)
{
    EXPECT_EQ(percent_decode("/a%2Fb%2fc%20%C3%a4"), "/a/b/c \xC3\xA4");
    EXPECT_EQ(percent_decode("%00"), "\0"s);
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode(""), "");
}

TEST(percent, decodes_once)
{
    EXPECT_EQ(percent_decode("%2541"), "%41");
    EXPECT_EQ(percent_decode("%%41"), "%A");
}

TEST(percent, leaves_malformed_escapes_as_they_are)
{
    for (std::string_view const text : {"%", "%4", "%zz", "%4z", "%z4", "a%", "%%", "% 41"}) {
        EXPECT_EQ(percent_decode(text), text);
    }
}

TEST(percent, appends_to_what_is_there)
{
    std::string out = "x";
    percent_decode_append(out, "%41b");
    EXPECT_EQ(out, "xAb");
}

TEST(percent, tells_whether_there_is_an_escape)
{
    EXPECT_TRUE(has_escape("a%"));
    EXPECT_FALSE(has_escape("a+b"));
}

TEST(percent, encodes_what_a_location_may_not_have_raw)
{
    EXPECT_EQ(percent_encode_path("/a-b_c.d~e/!$&'()*+,;=:@"), "/a-b_c.d~e/!$&'()*+,;=:@");
    EXPECT_EQ(percent_encode_path("/a b?c#d%e\"\\\xC3\xA4"), "/a%20b%3Fc%23d%25e%22%5C%C3%A4");
    EXPECT_EQ(percent_encode_path("/x\r\nSet-Cookie: a\0"s), "/x%0D%0ASet-Cookie:%20a%00");
}

TEST(percent, encodes_a_path_that_would_name_another_host)
{
    EXPECT_EQ(percent_encode_path("//evil/x//y"), "/%2Fevil/x//y");
    EXPECT_EQ(percent_encode_path("/\\evil"), "/%5Cevil");
}

TEST(percent, encodes_all_but_unreserved_characters)
{
    EXPECT_EQ(percent_encode("a-b_c.d~9Z"), "a-b_c.d~9Z");
    EXPECT_EQ(percent_encode("a/b c+d%e\xC3\xA4\0"s), "a%2Fb%20c%2Bd%25e%C3%A4%00");
}

TEST(percent, decodes_what_it_encoded)
{
    std::string every;
    for (int i = 0; i != 256; ++i)
        every.push_back(static_cast<char>(static_cast<unsigned char>(i)));
    EXPECT_EQ(percent_decode(percent_encode_path(every)), every);
    EXPECT_EQ(percent_decode(percent_encode(every)), every);
}

} // namespace serval::base
