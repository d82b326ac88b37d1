#include "base/http_date.hpp"
#include "support/extreme_digits.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace serval::base {

namespace {

std::string formatted(std::time_t time)
{
    auto const text = format_http_date(time);
    return {text.data(), text.size()};
}

// The C library's answer, in the C locale.
std::string expected(std::time_t time)
{
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

} // namespace

TEST(http_date, formats_the_example_of_the_rfc)
{
    EXPECT_EQ(formatted(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(http_date, formats_as_the_c_library_does)
{
    for (std::time_t time = -5'000'000'000; time < 8'000'000'000; time += 86400 * 7 + 3607) {
        ASSERT_EQ(formatted(time), expected(time)) << time;
    }
    for (std::time_t const time :
         {std::time_t{-1}, std::time_t{0}, std::time_t{951782399}, std::time_t{951782400},
          std::time_t{4107542399}, std::time_t{4107542400}}) {
        EXPECT_EQ(formatted(time), expected(time));
    }
}

TEST(http_date, clamps_years_that_have_no_four_digits)
{
    EXPECT_EQ(formatted(std::numeric_limits<std::time_t>::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(formatted(std::numeric_limits<std::time_t>::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(http_date, reads_what_it_writes)
{
    for (std::time_t time = -5'000'000'000; time < 8'000'000'000; time += 86400 * 11 + 3607) {
        ASSERT_EQ(parse_http_date(formatted(time)), time);
    }
}

TEST(http_date, reads_the_three_formats)
{
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), 784111777);
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), 784975777);
    EXPECT_EQ(parse_http_date("Thursday, 01-Jan-70 00:00:00 GMT"), 0);
    EXPECT_EQ(parse_http_date("Thursday, 01-Jan-69 00:00:00 GMT"), 3124224000);
}

TEST(http_date, refuses_what_is_no_date)
{
    for (std::string_view const text :
         {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ",
          "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 29 Feb 1994 08:49:37 GMT",
          "Sun, 29 Feb 2100 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 -8:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
          "Sun Nov 06 08:49:37 94"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

TEST(http_date, reads_no_more_digits_than_a_date_has)
{
    for (std::string const& digits : test::extreme_digits()) {
        bool const year = digits.size() == 4;
        EXPECT_EQ(parse_http_date("Sun, 06 Nov " + digits + " 08:49:37 GMT").has_value(), year) << digits;
        EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 " + digits).has_value(), year) << digits;
        EXPECT_EQ(parse_http_date("Sunday, 06-Nov-" + digits + " 08:49:37 GMT").has_value(),
                  digits.size() == 2);
        EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 " + digits + ":49:37 GMT").has_value(),
                  digits.size() == 2 && digits <= "23");
    }
}

TEST(http_date, knows_leap_years)
{
    EXPECT_TRUE(parse_http_date("Tue, 29 Feb 2000 00:00:00 GMT"));
    EXPECT_TRUE(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"));
}

} // namespace serval::base
