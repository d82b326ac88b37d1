#include "decode_support.hpp"
#include "support/extreme_digits.hpp"

#include <serval/big_integer.hpp>
#include <serval/datetime.hpp>
#include <serval/decimal.hpp>
#include <serval/email.hpp>
#include <serval/url.hpp>
#include <serval/uuid.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using test_pair = std::pair<std::string_view, std::string_view>;
using namespace serval::model;
using serval::test::at_most;
using serval::test::extreme_digits;

enum class colour { red, green };
enum class level { low = 1, high };
[[maybe_unused]] constexpr serval::enum_by_value rules(serval::rules_for<level>)
{
    return {};
}

/// What becomes of a JSON value: the value again, or the type of the error.
template <class T>
std::string told(std::string_view json)
{
    auto const result = test::from_json<T>(json);
    if (result.ok) return test::to_json(result.value);
    auto const begin = result.errors.find(":\"") + 2;
    return result.errors.substr(begin, result.errors.find('"', begin) - begin);
}

template <class T>
void expect(std::initializer_list<test_pair> cases)
{
    for (auto const& [json, answer] : cases)
        EXPECT_EQ(told<T>(json), answer) << json;
}

// The answers are pydantic 2.13's, but where a comment says otherwise.

TEST(decode_scalar, reads_booleans)
{
    expect<bool>({{"true", "true"},
                  {"1", "true"},
                  {"0.0", "false"},
                  {R"("TRUE")", "true"},
                  {R"("off")", "false"},
                  {"2", "bool_parsing"},
                  {R"(" true")", "bool_parsing"},
                  {"1.5", "bool_type"},
                  {"null", "bool_type"},
                  {"[]", "bool_type"}});
}

TEST(decode_scalar, reads_integers_of_their_width)
{
    expect<int>({{"-7", "-7"},
                 {"1.0", "1"},
                 {"-0", "0"},
                 {"true", "1"},
                 {R"(" 1_000 ")", "1000"},
                 {"1.5", "int_from_float"},
                 {R"("1e3")", "int_parsing"},
                 {R"("")", "int_parsing"},
                 {"null", "int_type"},
                 {"{}", "int_type"},
                 // Python's int has no limit; C++'s types have.
                 {"2147483647", "2147483647"},
                 {"2147483648", "int_parsing_size"},
                 {R"("-2147483649")", "int_parsing_size"},
                 {"99999999999999999999999999", "int_parsing_size"}});
    expect<std::uint64_t>({{"18446744073709551615", "18446744073709551615"},
                           {R"("18446744073709551615")", "18446744073709551615"},
                           {"18446744073709551616", "int_parsing_size"},
                           {"-1", "int_parsing_size"}});
    expect<std::int8_t>({{"-128", "-128"}, {"128", "int_parsing_size"}, {R"("-129")", "int_parsing_size"}});
}

TEST(decode_scalar, reads_numbers_that_are_finite)
{
    expect<double>({{"1", "1.0"},
                    {"true", "1.0"},
                    {R"("1_0.5")", "10.5"},
                    {R"(".5")", "0.5"},
                    {"null", "float_type"},
                    {R"("x")", "float_parsing"},
                    // FastAPI takes these, and fails with 500 when it writes them.
                    {"1e400", "finite_number"},
                    {R"("nan")", "finite_number"},
                    {R"("-inf")", "finite_number"}});
    expect<double>({{"1" + std::string(400, '0'), "float_type"}});
    expect<float>({{"3.5", "3.5"}, {"1e39", "finite_number"}});
}

TEST(decode_scalar, reads_strings_and_names)
{
    expect<std::string>({{R"("a\u00e9")", "\"aé\""}, {"1", "string_type"}, {"null", "string_type"}});
    expect<colour>({{R"("green")", R"("green")"},
                    {R"("Green")", "enum"},
                    {"1", "enum"},
                    {"null", "enum"},
                    {"[]", "enum"}});
    expect<serval::email>(
        {{R"(" A@B.CO")", R"("A@b.co")"}, {"null", "string_type"}, {R"("x")", "value_error"}});
    expect<serval::uuid>({{"5", "uuid_type"}, {"null", "uuid_type"}, {R"("x")", "uuid_parsing"}});
}

TEST(decode_scalar, reads_times)
{
    expect<serval::date>({{R"("2024-01-02")", R"("2024-01-02")"},
                          {"86400", R"("1970-01-02")"},
                          {"5", "date_from_datetime_inexact"},
                          {"null", "date_type"},
                          {"true", "date_type"},
                          {R"("x")", "date_from_datetime_parsing"}});
    expect<serval::time_of_day>({{R"("03:04")", R"("03:04:00")"},
                                 {"5", R"("00:00:05+00:00")"},
                                 {"-1", "time_parsing"},
                                 {"[]", "time_type"}});
    expect<serval::datetime>({{"1.5", R"("1970-01-01T00:00:01.500000+00:00")"},
                              {"null", "datetime_type"},
                              {"true", "datetime_type"},
                              {R"("x")", "datetime_from_date_parsing"}});
    expect<serval::duration>({{"1.5", R"("PT1.5S")"},
                              {"true", R"("PT1S")"},
                              {R"("P1D")", R"("P1D")"},
                              {"null", "time_delta_type"},
                              {R"("x")", "time_delta_parsing"}});
}

TEST(decode_scalar, refuses_times_that_their_type_cannot_hold)
{
    // system_clock counts nanoseconds, which ends in 2262.
    using nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;
    expect<nanoseconds>({{R"("2024-01-02T03:04:05.5+02:00")", R"("2024-01-02T01:04:05.500000+00:00")"},
                         {R"("9999-01-01")", "datetime_parsing"},
                         {R"("0001-01-01")", "datetime_parsing"}});
    expect<std::chrono::sys_days>({{R"("9999-12-31")", R"("9999-12-31T00:00:00+00:00")"}});
    using narrow = std::chrono::duration<std::int16_t>;
    expect<narrow>(
        {{"32767", R"("PT9H6M7S")"}, {"32768", "time_delta_parsing"}, {R"("-P1D")", "time_delta_parsing"}});
    expect<std::chrono::nanoseconds>({{R"("P200000D")", "time_delta_parsing"}});
}

TEST(decode_scalar, refuses_times_of_which_their_type_would_lose_a_part)
{
    using namespace std::chrono;
    expect<minutes>({{R"("PT2M")", R"("PT2M")"}, {"120", R"("PT2M")"}, {"-120.0", R"("-PT2M")"}});
    expect<minutes>({{R"("PT90S")", "time_delta_parsing"}, {"119.999999", "time_delta_parsing"}});
    expect<seconds>({{"1.9", "time_delta_parsing"}, {"-0.1", "time_delta_parsing"}, {"2", R"("PT2S")"}});
    expect<milliseconds>({{"1.9", R"("PT1.9S")"}, {"1.0001", "time_delta_parsing"}});
    expect<days>({{R"("P2D")", R"("P2D")"}, {"true", "time_delta_parsing"}});
    expect<duration<double>>({{"1.9", R"("PT1.9S")"}});
    expect<duration<int, std::ratio<1, 3>>>({{"1", R"("PT1S")"}});
    expect<sys_seconds>({{R"("2024-01-02T03:04:05")", R"("2024-01-02T03:04:05+00:00")"},
                         {R"("2024-01-02T03:04:05.5")", "datetime_parsing"},
                         {"0.5", "datetime_parsing"}});
    expect<sys_days>({{R"("2024-01-02")", R"("2024-01-02T00:00:00+00:00")"}, {"1", "datetime_parsing"}});
}

TEST(decode_scalar, names_the_unit_that_a_time_is_no_multiple_of)
{
    using namespace std::chrono;
    EXPECT_EQ(test::from_json<minutes>(R"("PT90S")").errors,
              R"({"type":"time_delta_parsing","loc":["body"],"msg":"Input should be a valid timedelta, )"
              R"(value is not a whole number of minutes","input":"PT90S",)"
              R"("ctx":{"error":"value is not a whole number of minutes"}})");
    EXPECT_NE(test::from_text<sys_seconds>("0.5").errors.find("a whole number of seconds"),
              std::string::npos);
    EXPECT_NE(test::from_json<months>("1").errors.find("a multiple of 2629746000000 microseconds"),
              std::string::npos);
}

TEST(decode_scalar, reads_extreme_digits_as_they_are_or_not_at_all)
{
    for (std::string const& digits : extreme_digits()) {
        for (std::string const& text : {digits, "-" + digits}) {
            std::string const value = text == "-0" ? "0" : text;
            auto const expect_within = [&](auto type, std::string_view most, std::string_view least) {
                bool const held = at_most(digits, text.front() == '-' ? least : most);
                EXPECT_EQ(told<decltype(type)>("\"" + text + "\""), held ? value : "int_parsing_size")
                    << text;
            };
            expect_within(std::int8_t{}, "127", "128");
            expect_within(std::uint8_t{}, "255", "0");
            expect_within(std::int16_t{}, "32767", "32768");
            expect_within(std::uint16_t{}, "65535", "0");
            expect_within(std::int32_t{}, "2147483647", "2147483648");
            expect_within(std::uint32_t{}, "4294967295", "0");
            expect_within(std::int64_t{}, "9223372036854775807", "9223372036854775808");
            expect_within(std::uint64_t{}, "18446744073709551615", "0");
        }
    }
}

TEST(decode_scalar, reads_enumerations_by_number_as_pythons_intenum)
{
    expect<level>({{"1", "1"},
                   {"2.0", "2"},
                   {"true", "1"},
                   {R"(" +01 ")", "1"},
                   {R"("2.00")", "2"},
                   {"3", "enum"},
                   {"1.5", "enum"},
                   {"null", "enum"},
                   {R"("low")", "enum"},
                   {R"("")", "enum"},
                   {"false", "enum"},
                   {"[]", "enum"},
                   {"1e30", "enum"},
                   {"9223372036854775807", "enum"},
                   {"9223372036854775808", "int_parsing_size"}});
    auto const text = test::from_text<level>("9223372036854775808");
    EXPECT_NE(text.errors.find(R"("input":9223372036854775808)"), std::string::npos) << text.errors;
}

TEST(decode_scalar, reads_integers_of_any_size)
{
    expect<serval::big_integer>({{"123456789012345678901234567890", "123456789012345678901234567890"},
                                 {R"("-1_000_000_000_000_000_000_000")", "-1000000000000000000000"},
                                 {"-0", "0"},
                                 {"1e3", "1000"},
                                 {"true", "1"},
                                 {"1.5", "int_from_float"},
                                 {"1e30", "int_parsing_size"},
                                 {"null", "int_type"},
                                 {R"("x")", "int_parsing"}});
}

TEST(decode_scalar, reads_decimals_and_urls)
{
    expect<serval::decimal>({{R"("1.50")", "1.5"},
                             {"0.1", "0.1"},
                             {"100", "100"},
                             {"true", "decimal_type"},
                             {"null", "decimal_type"},
                             {R"("x")", "decimal_parsing"},
                             {R"("nan")", "finite_number"}});
    expect<serval::url>({{R"("HTTP://A")", R"("http://a/")"},
                         {"1", "url_type"},
                         {"null", "url_type"},
                         {R"("x")", "url_parsing"},
                         {R"("ftp://x")", "url_scheme"}});
}

} // namespace
