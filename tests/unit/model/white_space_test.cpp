#include "model/white_space.hpp"

#include <gtest/gtest.h>

namespace serval::model {

namespace {

TEST(white_space, trims_unicodes_white_space_at_both_ends)
{
    EXPECT_EQ(trim_white_space(" \t\n\v\f\ra b\xC2\x85\xC2\xA0\xE1\x9A\x80\xE2\x80\x80\xE2\x80\x8A"), "a b");
    EXPECT_EQ(trim_white_space("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\x9F\xE3\x80\x80x"), "x");
    EXPECT_EQ(trim_white_space("  "), "");
    EXPECT_EQ(trim_white_space(""), "");
}

TEST(white_space, keeps_what_only_looks_like_it)
{
    EXPECT_EQ(trim_white_space("\xE2\x80\x8B"), "\xE2\x80\x8B"); // zero width space
    EXPECT_EQ(trim_white_space("\x1C"), "\x1C");
    EXPECT_EQ(trim_white_space("\xA0"), "\xA0");           // not UTF-8
    EXPECT_EQ(trim_white_space("a\xC3\xA0"), "a\xC3\xA0"); // à ends in a byte that is in NBSP, too
}

TEST(white_space, strips_pythons_separators_too)
{
    EXPECT_EQ(strip_python_space("\x1C\x1D x\x1E\x1F"), "x");
}

} // namespace

} // namespace serval::model
