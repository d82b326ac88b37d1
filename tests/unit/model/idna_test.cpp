#include "model/idna.hpp"

#include <gtest/gtest.h>

namespace serval::model {
namespace {

TEST(idna, encodes_labels_that_are_not_ascii)
{
    EXPECT_EQ(domain_to_ascii("m\xC3\xBCnchen.de"), "xn--mnchen-3ya.de");
    EXPECT_EQ(domain_to_ascii("M\xC3\x9CNCHEN.DE"), "xn--mnchen-3ya.de");
    EXPECT_EQ(domain_to_ascii("fa\xC3\x9F.de"), "xn--fa-hia.de");
    EXPECT_EQ(domain_to_ascii("\xE2\x98\x83.net"), "xn--n3h.net");
}

TEST(idna, maps_full_width_forms_and_full_stops)
{
    EXPECT_EQ(domain_to_ascii("\xEF\xBD\x81.com"), "a.com"); // U+FF41
    EXPECT_EQ(domain_to_ascii("a\xE3\x80\x82"
                              "b"),
              "a.b"); // U+3002
    EXPECT_EQ(domain_to_ascii("a\xC2\xAD"
                              "b"),
              "ab"); // a soft hyphen
}

TEST(idna, keeps_valid_punycode_only)
{
    EXPECT_EQ(domain_to_ascii("XN--MNCHEN-3YA.de"), "xn--mnchen-3ya.de");
    EXPECT_FALSE(domain_to_ascii("xn--a"));
    EXPECT_FALSE(domain_to_ascii("xn--"));
    EXPECT_FALSE(domain_to_ascii("xn--abc"));
}

TEST(idna, refuses_what_no_label_has)
{
    EXPECT_FALSE(domain_to_ascii("a b"));
    EXPECT_FALSE(domain_to_ascii("\xC3\xA9@b"));
    EXPECT_FALSE(domain_to_ascii("\xCC\x81"
                                 "a"));        // a combining accent first
    EXPECT_FALSE(domain_to_ascii("\xCD\xB8")); // U+0378 is no character
    EXPECT_FALSE(domain_to_ascii("\xFF"));
}

} // namespace
} // namespace serval::model
