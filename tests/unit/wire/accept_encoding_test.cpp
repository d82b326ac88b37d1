#include "support/extreme_digits.hpp"
#include "wire/accept_encoding.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {
namespace {

TEST(accept_encoding, gzip_is_taken_when_it_is_named)
{
    for (auto const* const value : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.5", "gzip ; q=1.000",
                                    " br\t,gzip", ",,gzip,", "gzip;q=0.001", "gzip, deflate, br, zstd"})
        EXPECT_TRUE(accepts_gzip(value)) << value;
}

TEST(accept_encoding, a_star_names_gzip_unless_it_is_named_itself)
{
    EXPECT_TRUE(accepts_gzip("*"));
    EXPECT_TRUE(accepts_gzip("br, *;q=0.1"));
    EXPECT_FALSE(accepts_gzip("*, gzip;q=0"));
    EXPECT_FALSE(accepts_gzip("*;q=0"));
    EXPECT_TRUE(accepts_gzip("*;q=0, gzip"));
}

TEST(accept_encoding, a_client_that_names_nothing_gets_the_plain_content)
{
    EXPECT_FALSE(accepts_gzip(""));
    EXPECT_FALSE(accepts_gzip(" , "));
    EXPECT_FALSE(accepts_gzip("br"));
    EXPECT_FALSE(accepts_gzip("gzipped, notgzip"));
}

TEST(accept_encoding, a_weight_of_zero_refuses)
{
    for (auto const* const value : {"gzip;q=0", "gzip;q=0.", "gzip;q=0.000", "gzip; Q=0"})
        EXPECT_FALSE(accepts_gzip(value)) << value;
}

TEST(accept_encoding, a_weight_of_more_digits_than_it_may_have_is_malformed)
{
    for (std::string const& digits : test::extreme_digits()) {
        EXPECT_EQ(accepts_gzip("gzip;q=" + digits + ",*;q=1"), digits != "0") << digits;
        EXPECT_EQ(accepts_gzip("gzip;q=" + digits), digits == "1") << digits;
        EXPECT_EQ(accepts_gzip("gzip;q=0." + digits), digits.size() <= 3 && digits != "0") << digits;
        EXPECT_EQ(accepts_gzip("gzip;q=1." + digits), digits == "0") << digits;
    }
}

TEST(accept_encoding, the_plain_content_can_be_preferred)
{
    EXPECT_FALSE(accepts_gzip("identity, gzip;q=0.9"));
    EXPECT_FALSE(accepts_gzip("gzip;q=0.1, identity;q=0.101"));
    EXPECT_TRUE(accepts_gzip("gzip;q=0.5, identity;q=0.5"));
    EXPECT_TRUE(accepts_gzip("identity;q=0.5, gzip;q=1.0"));
}

TEST(accept_encoding, an_element_with_a_malformed_weight_is_passed_over)
{
    for (auto const* const value : {"gzip;q=", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=0.5x",
                                    "gzip;q=-1", "gzip;level=9", "gzip;q=.5"})
        EXPECT_FALSE(accepts_gzip(value)) << value;
}

} // namespace
} // namespace serval::wire
