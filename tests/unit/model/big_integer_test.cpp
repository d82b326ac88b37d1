#include "model/number_text.hpp"

#include <serval/big_integer.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace serval {
namespace {

TEST(big_integer, keeps_all_digits)
{
    EXPECT_EQ(big_integer{"-123456789012345678901234567890"}.str(), "-123456789012345678901234567890");
    EXPECT_EQ(big_integer{std::numeric_limits<std::int64_t>::min()}.str(), "-9223372036854775808");
    EXPECT_EQ(big_integer{std::numeric_limits<std::uint64_t>::max()}.str(), "18446744073709551615");
    EXPECT_EQ(big_integer{}.str(), "0");
    EXPECT_EQ(big_integer{"-0"}, big_integer{0});
}

TEST(big_integer, reads_what_an_int_reads)
{
    EXPECT_EQ(big_integer{" +1_000_000_000_000_000_000_000 "}.str(), "1000000000000000000000");
    EXPECT_EQ(big_integer{"007.00"}.str(), "7");
    EXPECT_FALSE(big_integer::from_string("1e3"));
    EXPECT_FALSE(big_integer::from_string("99999999999999999999x"));
    EXPECT_THROW(big_integer{"1.5"}, std::invalid_argument);
}

TEST(big_integer, ends_at_pythons_4300_digits)
{
    EXPECT_EQ(big_integer{std::string(4300, '1')}.digits().size(), 4300U);
    EXPECT_EQ(model::parse_big_integer(std::string(4301, '1')).error().type, "int_parsing_size");
}

TEST(big_integer, gives_64_bits_when_they_suffice)
{
    EXPECT_EQ(big_integer{"-9223372036854775808"}.to_int64(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(big_integer{"9223372036854775808"}.to_int64(), std::nullopt);
    EXPECT_EQ(big_integer{"99999999999999999999"}.to_int64(), std::nullopt);
}

TEST(big_integer, compares_by_value)
{
    EXPECT_LT(big_integer{9}, big_integer{10});
    EXPECT_LT(big_integer{-10}, big_integer{-9});
    EXPECT_LT(big_integer{-1}, big_integer{0});
    EXPECT_GT(big_integer{"100000000000000000000"}, big_integer{std::numeric_limits<std::int64_t>::max()});
}

TEST(big_integer, divides_for_a_remainder)
{
    EXPECT_EQ(big_integer{"100000000000000000000000"}.magnitude_modulo(3), 1U);
    EXPECT_EQ(big_integer{"99999999999999999999999999999999999999"}.magnitude_modulo(
                  std::numeric_limits<std::uint64_t>::max()),
              0x54C5'6EE8'5A86'C479U);
}

} // namespace
} // namespace serval
