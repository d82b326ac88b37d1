#include "model/temporal_text.hpp"
#include "support/extreme_digits.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace serval::model {

namespace {

template <class T>
std::string show(outcome<T> const& result)
{
    if (!result) return result.error().type + ": " + result.error().message;
    if constexpr (requires { result->isoformat(); })
        return result->isoformat();
    else
        return isoformat(*result);
}

struct temporal_case {
    std::string text;
    std::string expected; // what is written back, or the problem's reason
};

/// Runs `parse` on each case; one whose answer has no digit at its start (but for a sign or `P`) is a
/// problem's reason.
template <class Parse>
void expect_values(Parse parse, std::initializer_list<temporal_case> cases)
{
    for (auto const& c : cases)
        EXPECT_EQ(show(parse(c.text)), c.expected) << c.text;
}

template <class Parse>
void expect_problems(Parse parse, std::string const& start, std::initializer_list<temporal_case> cases)
{
    for (auto const& c : cases)
        EXPECT_EQ(show(parse(c.text)), start + c.expected) << c.text;
}

constexpr char const* inexact =
    "date_from_datetime_inexact: Datetimes provided to dates should have zero time - e.g. be exact dates";

TEST(temporal_text, reads_datetimes)
{
    expect_values(parse_datetime,
                  {
                      {"2024-01-02T03:04:05", "2024-01-02T03:04:05"},
                      {"2024-01-02 03:04:05", "2024-01-02T03:04:05"},
                      {"2024-01-02t03:04:05", "2024-01-02T03:04:05"},
                      {"2024-01-02_03:04:05", "2024-01-02T03:04:05"},
                      {"2024-01-02T03:04", "2024-01-02T03:04:00"},
                      {"2024-01-02T03:04Z", "2024-01-02T03:04:00Z"},
                      {"2024-01-02T03:04:05.123456+02:00", "2024-01-02T03:04:05.123456+02:00"},
                      {"2024-01-02T03:04:05+0200", "2024-01-02T03:04:05+02:00"},
                      {"2024-01-02T03:04:05.1234567", "2024-01-02T03:04:05.123456"},
                      {"2024-01-02T03:04:05,5", "2024-01-02T03:04:05.500000"},
                      {"2024-01-02T03:04:05z", "2024-01-02T03:04:05Z"},
                      {"2024-01-02T03:04:05-00:00", "2024-01-02T03:04:05Z"},
                      {"2024-01-02T03:04:05\xE2\x88\x92"
                       "01:00",
                       "2024-01-02T03:04:05-01:00"},
                      {"2024-01-02", "2024-01-02T00:00:00"},
                      {"2024-02-29", "2024-02-29T00:00:00"},
                      {"0001-01-01", "0001-01-01T00:00:00"},
                      {"9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"},
                  });
}

TEST(temporal_text, reads_unix_times_from_text)
{
    expect_values(parse_datetime, {
                                      {"0", "1970-01-01T00:00:00Z"},
                                      {"-1", "1969-12-31T23:59:59Z"},
                                      {"+5", "1970-01-01T00:00:05Z"},
                                      {"1700000000000", "2023-11-14T22:13:20Z"},
                                      {"20000000000", "2603-10-11T11:33:20Z"},
                                      {"20000000001", "1970-08-20T11:33:20.001000Z"},
                                      {"-20000000001", "1969-05-14T12:26:39.999000Z"},
                                      {"253402300799999", "9999-12-31T23:59:59.999000Z"},
                                      {"-62135596800000", "0001-01-01T00:00:00Z"},
                                      {"1700000000.123456", "2023-11-14T22:13:20.123456Z"},
                                      {"1700000000.9999999", "2023-11-14T22:13:21Z"},
                                      {"1700000000123.5", "2023-11-14T22:13:20.123500Z"},
                                      {"-1.5", "1969-12-31T23:59:58.500000Z"},
                                      {"-0.5", "1969-12-31T23:59:59.500000Z"},
                                      {"1.7e9", "2023-11-14T22:13:20Z"},
                                      {"5.", "1970-01-01T00:00:05Z"},
                                      {"20240102", "1970-08-23T06:15:02Z"},
                                  });
}

TEST(temporal_text, explains_a_bad_datetime_as_a_bad_date)
{
    constexpr char const* start = "datetime_from_date_parsing: Input should be a valid datetime or date, ";
    constexpr char const* extra = "unexpected extra characters at the end of the input";
    expect_problems(parse_datetime, start,
                    {
                        {"abc", "input is too short"},
                        {"", "input is too short"},
                        {"1e5", "input is too short"},
                        {"nan", "input is too short"},
                        {"1.0e400", "input is too short"},
                        {"2024-02-30T00:00:00", "day value is outside expected range"},
                        {"2023-02-29", "day value is outside expected range"},
                        {"2024-01-00", "day value is outside expected range"},
                        {"2024-13-01", "month value is outside expected range of 1-12"},
                        {"2024-00-01", "month value is outside expected range of 1-12"},
                        {"202a-01-02", "invalid character in year"},
                        {" 2024-01-02", "invalid character in year"},
                        {"2024-a1-02", "invalid character in month"},
                        {"2024-01-a2", "invalid character in day"},
                        {"2024/01/02", "invalid date separator, expected `-`"},
                        {"2024-01-02T25:00:00", extra},
                        {"2024-01-02T03:04:60", extra},
                        {"2024-01-02x03:04:05", extra},
                        {"2024-01-02T03:04:05.", extra},
                        {"2024-01-02T03:04:05+24:00", extra},
                        {"99999999999999999", "dates after 9999 are not supported as unix timestamps"},
                        {"253402300800000", "dates after 9999 are not supported as unix timestamps"},
                        {"-62167219200001", "dates before 0000 are not supported as unix timestamps"},
                        {"9223372036854775808", "invalid date separator, expected `-`"},
                        {"-9223372036854775808", "invalid character in year"},
                    });
    EXPECT_EQ(show(parse_datetime("0000-01-01T00:00:00")),
              "datetime_parsing: Input should be a valid datetime, year 0 is out of range");
    EXPECT_EQ(parse_datetime("abc").error().context, R"({"error":"input is too short"})");
}

TEST(temporal_text, reads_datetimes_from_json_numbers)
{
    expect_values(parse_datetime_from_json_number, {
                                                       {"1700000000", "2023-11-14T22:13:20Z"},
                                                       {"1700000000000", "2023-11-14T22:13:20Z"},
                                                       {"-1.5", "1969-12-31T23:59:58.500000Z"},
                                                       {"-0.25", "1969-12-31T23:59:59.750000Z"},
                                                       {"20000000001.5", "1970-08-20T11:33:20.001500Z"},
                                                   });
    expect_problems(
        parse_datetime_from_json_number, "datetime_parsing: Input should be a valid datetime, ",
        {
            {"1e400", "dates after 9999 are not supported as unix timestamps"},
            {"1000000000000000000000000000000", "dates after 9999 are not supported as unix timestamps"},
            {"-1e300", "dates before 0000 are not supported as unix timestamps"},
            {"-9223372036854775808", "dates before 0000 are not supported as unix timestamps"},
            {"-62135596800001", "year 0 is out of range"},
        });
}

TEST(temporal_text, reads_dates)
{
    expect_values(parse_date, {
                                  {"2024-01-02", "2024-01-02"},
                                  {"2024-01-02T00:00:00", "2024-01-02"},
                                  {"2024-01-02T00:00:00+05:00", "2024-01-02"},
                                  {"0", "1970-01-01"},
                                  {"86400", "1970-01-02"},
                                  {"-86400", "1969-12-31"},
                                  {"86400000000", "1972-09-27"},
                                  {"2024-01-02T01:00:00", inexact},
                                  {"2024-01-02T00:00:00.000001", inexact},
                                  {"86401", inexact},
                                  {"1.5", inexact},
                                  {"20240102", inexact},
                              });
    expect_problems(parse_date, "date_from_datetime_parsing: Input should be a valid date or datetime, ",
                    {
                        {"abc", "input is too short"},
                        {"2024-1-2", "input is too short"},
                        {"2024-02-30", "day value is outside expected range"},
                        {"2024-01-02T", "input is too short"},
                        {"2024-01-02x", "invalid datetime separator, expected `T`, `t`, `_` or space"},
                        {"2024-01-02T25:00", "hour value is outside expected range of 0-23"},
                        {"99999999999999999", "dates after 9999 are not supported as unix timestamps"},
                    });
    EXPECT_EQ(show(parse_date("0000-01-01")),
              "date_parsing: Input should be a valid date in the format YYYY-MM-DD, year 0 is out of range");
    EXPECT_EQ(show(parse_date_from_json_number("86400.0")), "1970-01-02");
    EXPECT_EQ(show(parse_date_from_json_number("5")), inexact);
}

TEST(temporal_text, reads_times)
{
    expect_values(parse_time, {
                                  {"03:04", "03:04:00"},
                                  {"03:04:05", "03:04:05"},
                                  {"03:04:05.5", "03:04:05.500000"},
                                  {"03:04:05.1234567", "03:04:05.123456"},
                                  {"03:04:05Z", "03:04:05Z"},
                                  {"03:04+0130", "03:04:00+01:30"},
                                  {"23:59:59.999999-23:59", "23:59:59.999999-23:59"},
                              });
    expect_problems(parse_time, "time_parsing: Input should be in a valid time format, ",
                    {
                        {"", "input is too short"},
                        {"abc", "input is too short"},
                        {"3:04", "input is too short"},
                        {"03-04", "invalid time separator, expected `:`"},
                        {"ab:cd", "invalid character in hour"},
                        {"03:ab", "invalid character in minute"},
                        {"03:04:0", "invalid character in second"},
                        {"24:00", "hour value is outside expected range of 0-23"},
                        {"03:60", "minute value is outside expected range of 0-59"},
                        {"03:04:60", "second value is outside expected range of 0-59"},
                        {"03:04:05.", "second fraction digits missing after `.`"},
                        {"03:04x", "invalid timezone sign"},
                        {"03:04\xE2", "invalid timezone sign"},
                        {"03:04+1", "invalid timezone hour"},
                        {"03:04+01", "invalid timezone minute"},
                        {"03:04+01:0", "invalid timezone minute"},
                        {"03:04+01:60", "timezone minute value is outside expected range of 0-59"},
                        {"03:04+24:00", "timezone offset must be less than 24 hours"},
                        {"03:04Zx", "unexpected extra characters at the end of the input"},
                        {"03:04:05+01:00:00", "unexpected extra characters at the end of the input"},
                    });
}

TEST(temporal_text, reads_times_from_json_numbers)
{
    expect_values(parse_time_from_json_number, {
                                                   {"0", "00:00:00Z"},
                                                   {"86399", "23:59:59Z"},
                                                   {"1.5", "00:00:01.500000Z"},
                                               });
    expect_problems(parse_time_from_json_number, "time_parsing: Input should be in a valid time format, ",
                    {
                        {"-1", "time in seconds should be positive"},
                        {"-0.5", "time in seconds should be positive"},
                        {"86400", "numeric times may not exceed 86,399 seconds"},
                        {"86399.9999999", "numeric times may not exceed 86,399 seconds"},
                        {"1e400", "numeric times may not exceed 86,399 seconds"},
                    });
}

TEST(temporal_text, reads_durations)
{
    expect_values(parse_duration, {
                                      {"P1D", "P1D"},
                                      {"+P1D", "P1D"},
                                      {"-P1D", "-P1D"},
                                      {"P1M", "P30D"},
                                      {"P1W", "P7D"},
                                      {"P1Y2M", "P1Y60D"},
                                      {"P1DT2H3M4.5S", "P1DT2H3M4.5S"},
                                      {"PT1,5S", "PT1.5S"},
                                      {"PT1.S", "PT1S"},
                                      {"P1.123W", "P7DT20H39M50.4S"},
                                      {"P1.5Y", "P1Y182DT12H"},
                                      {"PT0.9999999S", "PT1S"},
                                      {"P1DT", "P1D"},
                                      {"PT1." + std::string(400, '9') + "S", "PT1S"},
                                      {"01:02", "PT1H2M"},
                                      {"01:02:03.5", "PT1H2M3.5S"},
                                      {"-01:02:03", "-PT1H2M3S"},
                                      {"25:00:00", "P1DT1H"},
                                      {"01:02:03.1234567xyz", "PT1H2M3.123456S"},
                                      {"1 day", "P1D"},
                                      {"1d", "P1D"},
                                      {"1 day, 02:03:04", "P1DT2H3M4S"},
                                      {"2days02:03:04", "P2DT2H3M4S"},
                                      {"1 DAYS 02:03:04", "P1DT2H3M4S"},
                                      {"106751991 days", "P292471Y76D"},
                                  });
}

TEST(temporal_text, explains_what_is_no_duration)
{
    expect_problems(parse_duration, "time_delta_parsing: Input should be a valid timedelta, ",
                    {
                        {"", "input is too short"},
                        {"-", "input is too short"},
                        {"P", "input is too short"},
                        {"-PT", "input is too short"},
                        {"abc", "invalid digit in duration"},
                        {"10", "\"day\" identifier in duration not correctly formatted"},
                        {"1 daY", "\"day\" identifier in duration not correctly formatted"},
                        {"1 dax", "\"day\" identifier in duration not correctly formatted"},
                        {"1 day x", "input is too short"},
                        {"1 day, 25:00:00", "durations may not exceed 999,999,999 hours"},
                        {"1:2:3", "invalid character in minute"},
                        {"01:02:03Z", "unexpected extra characters at the end of the input"},
                        {"12345", "invalid character in hour"},
                        {"99999999999:00:00", "durations may not exceed 999,999,999 hours"},
                        {"P1S", "quantity invalid in date part of duration"},
                        {"PT1D", "quantity invalid in time part of duration"},
                        {"P1.5DT1H", "quantity fraction invalid in duration"},
                        {"PTT1S", "`t` character repeated in duration"},
                        {"P99999999999D", "a numeric value in the duration is too large"},
                        {"PT4294967296S", "a numeric value in the duration is too large"},
                        {"1000000000 days", "durations may not exceed 999,999,999 days"},
                        {"106751992 days", "durations may not exceed 106,751,991 days"},
                        {"999999999 days", "durations may not exceed 106,751,991 days"},
                    });
    EXPECT_EQ(parse_duration("10").error().context,
              R"({"error":"\"day\" identifier in duration not correctly formatted"})");
}

TEST(temporal_text, reads_durations_from_json_numbers)
{
    expect_values(parse_duration_from_json_number, {
                                                       {"0", "PT0S"},
                                                       {"93784", "P1DT2H3M4S"},
                                                       {"-1.5", "-PT1.5S"},
                                                       {"0.1", "PT0.1S"},
                                                       {"-1e-7", "PT0S"},
                                                   });
    for (char const* const text : {"86400000000000", "-86400000000000", "1e300", "1e400",
                                   "9223372036854775807", "-9223372036854775808", "100000000000000000000"}) {
        EXPECT_EQ(show(parse_duration_from_json_number(text)),
                  "time_delta_parsing: Input should be a valid timedelta, durations may not exceed "
                  "999,999,999 days")
            << text;
    }
}

/// What `parse` reads of a text is written as text that it reads as the same.
template <class Parse>
void expect_round_trip(std::string const& text, Parse const& parse, auto const& write)
{
    auto const read = parse(text);
    if (!read) return;
    auto const again = parse(write(*read));
    ASSERT_TRUE(again) << text;
    EXPECT_TRUE(*again == *read) << text;
}

void expect_round_trips(std::string const& text)
{
    auto const isoformat_of = [](auto const& value) { return value.isoformat(); };
    expect_round_trip(text, parse_date, [](date day) { return isoformat(day); });
    expect_round_trip(text, parse_time, isoformat_of);
    expect_round_trip(text, parse_datetime, isoformat_of);
    expect_round_trip(text, parse_timedelta, isoformat_of);
    expect_round_trip(text, parse_duration, [](duration value) { return isoformat(value); });
}

void expect_bounded(std::string const& raw)
{
    auto const day = parse_date_from_json_number(raw);
    EXPECT_TRUE(!day || day->ok()) << raw;
    auto const instant = parse_datetime_from_json_number(raw);
    EXPECT_TRUE(!instant || instant->date().ok()) << raw;
    auto const time = parse_time_from_json_number(raw);
    EXPECT_TRUE(!time || time->since_midnight() < std::chrono::days{1}) << raw;
    auto const span = parse_timedelta_from_json_number(raw);
    EXPECT_TRUE(!span || std::chrono::abs(span->whole_seconds()) <= std::chrono::days{1'000'000'000}) << raw;
    auto const narrow = parse_duration_from_json_number(raw);
    EXPECT_TRUE(!narrow || narrow->count() != std::numeric_limits<std::int64_t>::min()) << raw;
}

TEST(temporal_text, reads_extreme_digits_as_they_are_or_not_at_all)
{
    for (std::string const& digits : serval::test::extreme_digits()) {
        for (std::string_view const sign : {"", "-", "+"}) {
            for (std::string_view const form : {"#",
                                                "#.5",
                                                "#.000000000000000001",
                                                "P#D",
                                                "P#Y",
                                                "P#W",
                                                "P1.#D",
                                                "PT#S",
                                                "PT#.#S",
                                                "PT#H",
                                                "PT#M",
                                                "P#DT#H#M#S",
                                                "#:00",
                                                "#:59:59.#",
                                                "00:#",
                                                "00:00:#",
                                                "# days",
                                                "# days, #:00:00",
                                                "2024-01-#",
                                                "#-01-01",
                                                "2024-01-01T00:00:00.#",
                                                "2024-01-01T00:00:00+#:00",
                                                "2024-01-01T00:00:00+00:#"}) {
                std::string text{sign};
                for (char const c : form)
                    text += c == '#' ? digits : std::string(1, c);
                expect_round_trips(text);
            }
        }
        expect_bounded(digits);
        expect_bounded("-" + digits);
    }
}

TEST(temporal_text, reads_extreme_numbers_within_its_bounds)
{
    for (std::string const& text : serval::test::extreme_decimals()) {
        expect_bounded(text);
        expect_bounded("-" + text);
    }
}

} // namespace

} // namespace serval::model
