#include "decode_support.hpp"

#include <serval/timedelta.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace serval {
namespace {

using namespace std::chrono_literals;

TEST(timedelta, has_pythons_range)
{
    auto const longest = timedelta::from_string("P999999999DT23H59M59.999999S");
    ASSERT_TRUE(longest);
    EXPECT_EQ(longest->isoformat(), "P2739726Y9DT23H59M59.999999S");
    EXPECT_EQ(longest->total_seconds(), 86400000000000.0);
    EXPECT_EQ(timedelta::from_string("-999999999 days")->total_seconds(), -86399999913600.0);
    EXPECT_FALSE(timedelta::from_string("P1000000000D"));
}

TEST(timedelta, is_the_same_as_a_duration_where_that_suffices)
{
    EXPECT_EQ(timedelta::from_string("-1 day, 00:00:00.5")->to_duration(), -(24h + 500ms));
    EXPECT_EQ(timedelta::from_string("P999999999D")->to_duration(), std::nullopt);
    EXPECT_EQ(timedelta{1500ms}, *timedelta::from_string("PT1.5S"));
    EXPECT_LT(timedelta{-1500ms}, timedelta{-1s});
    EXPECT_EQ(timedelta{duration::min()}.isoformat(), isoformat(duration::min()));
}

TEST(timedelta, rounds_seconds_once_as_python)
{
    EXPECT_EQ(timedelta::from_string("P300000DT0.123457S")->total_seconds(), 25920000000.12346);
    EXPECT_EQ(timedelta::from_string("P104249DT23H47M34.740993S")->total_seconds(), 9007199254.740993);
    EXPECT_EQ(timedelta::from_string("P999999999DT0.000001S")->total_seconds(), 86399999913600.0);
    EXPECT_EQ(total_seconds(1us), 1e-06);
}

TEST(timedelta, is_read_and_written_as_durations_are)
{
    using model::test::from_json;
    EXPECT_EQ(from_json<timedelta>("86399999913600.25").value.isoformat(), "P2739726Y9DT0.25S");
    EXPECT_EQ(from_json<timedelta>("true").value, timedelta{1s});
    EXPECT_NE(from_json<timedelta>("86400000000000").errors.find("may not exceed 999,999,999 days"),
              std::string::npos);
    EXPECT_NE(from_json<timedelta>("null").errors.find("time_delta_type"), std::string::npos);
    EXPECT_EQ(model::test::to_json(timedelta{90s}), R"("PT1M30S")");
    EXPECT_EQ(model::test::to_json(from_json<timedelta>(R"("P1D")").value), R"("P1D")");
}

} // namespace
} // namespace serval
