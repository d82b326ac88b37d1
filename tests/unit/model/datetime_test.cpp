#include <serval/datetime.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace serval {

namespace {

using namespace std::chrono_literals;

date const day = 2024y / std::chrono::January / 2;

TEST(datetime, writes_a_naive_and_an_aware_one)
{
    EXPECT_EQ((datetime{day, {3, 4, 5}}.isoformat()), "2024-01-02T03:04:05");
    EXPECT_EQ((datetime{day, {3, 4, 5, 500'000}}.isoformat()), "2024-01-02T03:04:05.500000");
    EXPECT_EQ((datetime{day, {3, 4, 5, 123456, 2h}}.isoformat()), "2024-01-02T03:04:05.123456+02:00");
    EXPECT_EQ((datetime{day, {3, 4, 5, 0, -90min}}.isoformat()), "2024-01-02T03:04:05-01:30");
    EXPECT_EQ((datetime{day, {3, 4, 5, 0, -30s}}.isoformat()), "2024-01-02T03:04:05-00:00:30");
    EXPECT_EQ(datetime{1y / 1 / 1}.isoformat(), "0001-01-01T00:00:00");
}

TEST(datetime, writes_utc_as_pydantic_or_as_python)
{
    datetime const utc{day, {3, 4, 5, 0, 0s}};
    EXPECT_EQ(utc.isoformat(), "2024-01-02T03:04:05Z");
    EXPECT_EQ(utc.isoformat(utc_style::zulu), "2024-01-02T03:04:05Z");
    EXPECT_EQ(utc.isoformat(utc_style::offset), "2024-01-02T03:04:05+00:00");
    EXPECT_EQ((time_of_day{3, 4, 5, 0, 0s}.isoformat()), "03:04:05Z");
}

TEST(datetime, converts_from_and_to_instants)
{
    auto const instant = std::chrono::sys_time<std::chrono::microseconds>{1'700'000'000'123'456us};
    datetime const when{instant};
    EXPECT_EQ(when.isoformat(), "2023-11-14T22:13:20.123456Z");
    EXPECT_EQ(when.to_sys_time(), instant);
    EXPECT_EQ((datetime{day, {0, 30, 0, 0, 1h}}.to_sys_time()), std::chrono::sys_days{day} - 30min);
    EXPECT_EQ(datetime{std::chrono::sys_time<std::chrono::microseconds>{-1us}}.isoformat(),
              "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(datetime{}.isoformat(), "1970-01-01T00:00:00");
}

TEST(datetime, compares_instants_and_keeps_naive_ones_apart)
{
    datetime const utc{day, {1, 0, 0, 0, 0s}};
    datetime const paris{day, {2, 0, 0, 0, 1h}};
    datetime const naive{day, {1, 0}};
    EXPECT_EQ(utc, paris);
    EXPECT_NE(utc, naive);
    EXPECT_FALSE(utc < naive || utc > naive);
    EXPECT_LT(naive, (datetime{day, {1, 1}}));
}

TEST(datetime, refuses_parts_out_of_range)
{
    EXPECT_THROW((time_of_day{24, 0}), std::invalid_argument);
    EXPECT_THROW((time_of_day{-1, 0}), std::invalid_argument);
    EXPECT_THROW((time_of_day{0, 60}), std::invalid_argument);
    EXPECT_THROW((time_of_day{0, 0, 60}), std::invalid_argument);
    EXPECT_THROW((time_of_day{0, 0, 0, 1'000'000}), std::invalid_argument);
    EXPECT_THROW((time_of_day{0, 0, 0, 0, 24h}), std::invalid_argument);
    EXPECT_THROW(datetime{2023y / 2 / 29}, std::invalid_argument);
    EXPECT_THROW(datetime{0y / 1 / 1}, std::invalid_argument);
    EXPECT_THROW(datetime{10000y / 1 / 1}, std::invalid_argument);
    EXPECT_THROW(datetime{(std::chrono::sys_time<std::chrono::microseconds>::max)()}, std::invalid_argument);
}

TEST(datetime, reads_the_clock)
{
    auto const before = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    datetime const now = datetime::utc_now();
    auto const after = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    EXPECT_TRUE(now.is_aware());
    EXPECT_LE(before, now.to_sys_time());
    EXPECT_LE(now.to_sys_time(), after);

    datetime const local = datetime::now();
    EXPECT_FALSE(local.is_aware());
    EXPECT_LT(local.to_sys_time() - now.to_sys_time(), 15h);
    EXPECT_GT(local.to_sys_time() - now.to_sys_time(), -13h);
}

struct duration_case {
    std::int64_t microseconds;
    char const* text;
};

TEST(datetime, writes_durations_as_pydantic)
{
    constexpr std::int64_t second = 1'000'000;
    duration_case const cases[] = {
        {0, "PT0S"},
        {second, "PT1S"},
        {-second, "-PT1S"},
        {1, "PT0.000001S"},
        {second / 10, "PT0.1S"},
        {second * 3 / 2, "PT1.5S"},
        {60 * second, "PT1M"},
        {3600 * second, "PT1H"},
        {3600 * second + 3600, "PT1H0.0036S"},
        {86400 * second, "P1D"},
        {90000 * second, "P1DT1H"},
        {93784 * second + second / 2, "P1DT2H3M4.5S"},
        {365 * 86400 * second, "P1Y"},
        {366 * 86400 * second, "P1Y1D"},
        {std::numeric_limits<std::int64_t>::min(), "-P292471Y76DT4H54.775808S"},
    };
    for (auto const& c : cases)
        EXPECT_EQ(isoformat(duration{c.microseconds}), c.text);
    EXPECT_EQ(total_seconds(93784s), 93784.0);
    EXPECT_EQ(total_seconds(-1500ms), -1.5);
    EXPECT_EQ(isoformat(day), "2024-01-02");
}

} // namespace

} // namespace serval
