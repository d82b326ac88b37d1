#include <serval/decimal.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace serval {
namespace {

TEST(decimal, compares_by_value)
{
    EXPECT_EQ(decimal{"1.0"}, decimal{"1.00"});
    EXPECT_EQ(decimal{"-0"}, decimal{"0E+5"});
    EXPECT_EQ(decimal{"100"}, decimal{"1E2"});
    EXPECT_LT(decimal{"1.09"}, decimal{"1.1"});
    EXPECT_LT(decimal{"-1.1"}, decimal{"-1.09"});
    EXPECT_LT(decimal{"-5"}, decimal{"0"});
    EXPECT_LT(decimal{"0"}, decimal{"1E-1000000"});
    EXPECT_GT(decimal{"1E+1000000"}, decimal{"9999"});
    EXPECT_GT(decimal{"1.0001"}, decimal{"1"});
    EXPECT_NE(decimal{"10"}, decimal{"1"});
}

TEST(decimal, is_made_of_an_integer)
{
    EXPECT_EQ(decimal{std::int64_t{-12}}.str(), "-12");
    EXPECT_TRUE(decimal{}.is_zero());
    EXPECT_EQ(decimal{"-1.25"}.digits(), "125");
    EXPECT_EQ(decimal{"-1.25"}.exponent(), -2);
    EXPECT_TRUE(decimal{"-1.25"}.is_negative());
}

TEST(decimal, gives_the_nearest_double)
{
    EXPECT_EQ(decimal{"0.1"}.to_double(), 0.1);
    EXPECT_EQ(decimal{"-1E+3"}.to_double(), -1000.0);
    EXPECT_TRUE(std::isinf(decimal{"1E+400"}.to_double()));
    EXPECT_EQ(decimal{"1E-400"}.to_double(), 0.0);
}

TEST(decimal, throws_for_what_is_none)
{
    EXPECT_THROW(decimal{"x"}, std::invalid_argument);
    EXPECT_FALSE(decimal::from_string("nan"));
    EXPECT_EQ(decimal::from_string("1_0")->str(), "10");
}

TEST(decimal, keeps_its_value_when_it_is_moved_from)
{
    serval::decimal from{"1E+5"};
    serval::decimal const to = std::move(from);
    EXPECT_EQ(to.str(), "1E+5");
    EXPECT_EQ(from.str(), "1E+5"); // not empty, which would be no number
}

} // namespace
} // namespace serval
