#include "base/random_hex.hpp"

#include <gtest/gtest.h>

namespace serval::base {

TEST(random_hex, gives_two_digits_a_byte)
{
    EXPECT_EQ(random_hex(0), "");
    EXPECT_EQ(random_hex(13).size(), 26U);
    EXPECT_EQ(random_hex(256).size(), 512U);
    EXPECT_EQ(random_hex(256).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(random_hex, gives_another_text_each_time)
{
    EXPECT_NE(random_hex(16), random_hex(16));
}

} // namespace serval::base
