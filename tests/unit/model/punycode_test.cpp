#include "model/punycode.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::model {

namespace {

struct pair_case {
    char const* unicode;
    char const* ascii;
};

TEST(punycode, translates_both_ways)
{
    // RFC 3492 section 7.1 (B, L) and common names.
    pair_case const cases[] = {
        {"\xC3\xBC", "tda"},
        {"b\xC3\xBC"
         "cher",
         "bcher-kva"},
        {"\xE4\xBB\x96\xE4\xBB\xAC\xE4\xB8\xBA\xE4\xBB\x80\xE4\xB9\x88\xE4\xB8\x8D\xE8\xAF\xB4\xE4\xB8\xAD"
         "\xE6\x96\x87",
         "ihqwcrb4cv8a8dqg056pqjye"},
        {"3\xE5\xB9\xB4"
         "b\xE7\xB5\x84\xE9\x87\x91\xE5\x85\xAB\xE5\x85\x88\xE7\x94\x9F",
         "3b-ww4c5e180e575a65lsy2b"},
        {"\xD1\x80\xD1\x84", "p1ai"},
        {"", ""},
    };
    for (auto const& c : cases) {
        EXPECT_EQ(to_punycode(c.unicode), c.ascii);
        EXPECT_EQ(from_punycode(c.ascii), c.unicode);
    }
}

TEST(punycode, refuses_what_is_malformed_or_too_long)
{
    EXPECT_EQ(from_punycode("t"), std::nullopt);
    EXPECT_EQ(from_punycode("t!a"), std::nullopt);
    EXPECT_EQ(from_punycode("99999999"), std::nullopt);
    EXPECT_EQ(from_punycode("\xC3\xBC-a"), std::nullopt);
    EXPECT_EQ(from_punycode(std::string(64, 'a')), std::nullopt);
    EXPECT_EQ(to_punycode(std::string(64, 'a')), std::nullopt);
}

} // namespace

} // namespace serval::model
