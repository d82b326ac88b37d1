#include "model/number_text.hpp"
#include "support/extreme_digits.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace serval::model {

namespace {

struct integer_case {
    std::string text;
    std::int64_t value;
};

std::string type_of(auto const& result)
{
    return result ? "ok" : result.error().type;
}

TEST(number_text, reads_integers_in_pydantics_spellings)
{
    integer_case const cases[] = {
        {"0", 0},
        {"5", 5},
        {"-5", -5},
        {"+5", 5},
        {"-0", 0},
        {"00", 0},
        {"007", 7},
        {"-007", -7},
        {"0_5", 5},
        {"0__5", 5},
        {"1_0", 10},
        {"1_000_000", 1'000'000},
        {" 7", 7},
        {"7 ", 7},
        {"\t7\r\n", 7},
        {"\xC2\xA0"
         "7\xE3\x80\x80",
         7},
        {"5.0", 5},
        {"5.000", 5},
        {"00.0", 0},
        {"-1.0", -1},
        {"1_0.00", 10},
        {"0-5", -5},
        {"00-_5", -5},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
        {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
        {"+9223372036854775807", std::numeric_limits<std::int64_t>::max()},
        {"00000000000000000000000000000000001", 1},
        {std::string(5000, '0'), 0},
    };
    for (auto const& c : cases) {
        auto const result = parse_int64(c.text);
        ASSERT_TRUE(result) << c.text;
        EXPECT_EQ(*result, c.value) << c.text;
    }
}

TEST(number_text, reads_extreme_digits_as_they_are_or_not_at_all)
{
    for (std::string const& digits : serval::test::extreme_digits()) {
        bool const fits = serval::test::at_most(digits, "9223372036854775807");
        bool const fits_unsigned = serval::test::at_most(digits, "18446744073709551615");
        bool const fits_python = digits.size() <= 4300;
        for (std::string const& zeros : {std::string{}, std::string(40, '0')}) {
            auto const value = parse_int64(zeros + digits);
            EXPECT_EQ(value ? std::to_string(*value) : "none", fits ? digits : "none") << digits;
            auto const unsigned_value = parse_uint64(zeros + digits);
            EXPECT_EQ(unsigned_value ? std::to_string(*unsigned_value) : "none",
                      fits_unsigned ? digits : "none");
            auto const big = parse_big_integer(zeros + digits);
            EXPECT_EQ(big ? big->str() : "none", fits_python ? digits : "none");
        }
        auto const number = parse_integer_from_json_number(digits);
        EXPECT_EQ(number ? std::to_string(number->magnitude) : "none", fits_unsigned ? digits : "none");
    }
}

TEST(number_text, reads_extreme_decimals_as_the_nearest_double)
{
    for (std::string const& text : serval::test::extreme_decimals()) {
        for (std::string const& written : {text, "-" + text}) {
            double const expected = std::strtod(written.c_str(), nullptr);
            auto const read = parse_double(written);
            ASSERT_TRUE(read) << written;
            EXPECT_EQ(*read, expected) << written;
            EXPECT_EQ(std::signbit(*read), std::signbit(expected)) << written;
            EXPECT_EQ(double_from_json_number(written), expected) << written;
        }
    }
}

TEST(number_text, refuses_what_is_no_integer)
{
    for (std::string const text : {"",
                                   " ",
                                   "+",
                                   "-",
                                   "abc",
                                   "5.",
                                   "5.5",
                                   ".0",
                                   "1__0",
                                   "_1",
                                   "1_",
                                   "0_",
                                   "0_.0",
                                   "--1",
                                   "+-1",
                                   "-+1",
                                   "- 5",
                                   "0x10",
                                   "1e3",
                                   "1.0_0",
                                   "1__0.0",
                                   "true",
                                   "null",
                                   "NaN",
                                   "1,0",
                                   "5;",
                                   "-0-5",
                                   "0-05",
                                   "\xEF\xBC\x91",
                                   "\x1C"
                                   "5",
                                   "\xE2\x80\x8B"
                                   "5",
                                   "1 2",
                                   "99999999999999999999x"}) {
        auto const result = parse_integer(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().type, "int_parsing") << text;
        EXPECT_EQ(result.error().message,
                  "Input should be a valid integer, unable to parse string as an integer");
        EXPECT_EQ(result.error().context, "");
    }
}

TEST(number_text, reports_integers_beyond_the_type_as_too_large)
{
    EXPECT_EQ(type_of(parse_int64("9223372036854775808")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_int64("-9223372036854775809")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_uint64("18446744073709551616")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_uint64("-1")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_uint64("99999999999999999999999")), "int_parsing_size");
    EXPECT_EQ(parse_uint64("-0").value(), 0U);
    EXPECT_EQ(parse_uint64("18446744073709551615").value(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(parse_integer("99999999999999999999").error().message,
              "Unable to parse input string as an integer, exceeded maximum size");
}

TEST(number_text, reads_plain_integers_as_from_chars_does)
{
    for (std::string_view const text : {"0",
                                        "-0",
                                        "7",
                                        "-7",
                                        "007",
                                        "10",
                                        "1234567890123456789",
                                        "-9223372036854775808",
                                        "9223372036854775807",
                                        "9999999999999999999",
                                        "12345678901234567890",
                                        "",
                                        "-",
                                        "--1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e2",
                                        "1_0",
                                        "x"}) {
        std::int64_t expected = 0;
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), expected);
        auto const read = read_plain_integer(text);
        bool const whole = ec != std::errc::invalid_argument && end == text.data() + text.size();
        bool const is_short = text.size() < (text.starts_with('-') ? 21 : 20);
        EXPECT_EQ(read.has_value(), whole && is_short) << text;
        if (read && ec == std::errc{}) {
            EXPECT_EQ(to_int64(*read), expected) << text;
        }
    }
}

TEST(number_text, knows_pythons_limit_on_digits)
{
    std::string const digits(4301, '9');
    EXPECT_EQ(type_of(parse_integer(digits)), "int_parsing_size");
    EXPECT_EQ(type_of(parse_integer("-" + digits)), "int_parsing_size");
    EXPECT_EQ(type_of(parse_integer(digits + "x")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_integer("+" + digits)), "int_parsing");
    EXPECT_EQ(type_of(parse_integer(" " + digits)), "int_parsing");
}

TEST(number_text, checks_the_range_of_every_width)
{
    EXPECT_TRUE(fits({127, false}, 8, true));
    EXPECT_FALSE(fits({128, false}, 8, true));
    EXPECT_TRUE(fits({128, true}, 8, true));
    EXPECT_FALSE(fits({129, true}, 8, true));
    EXPECT_TRUE(fits({255, false}, 8, false));
    EXPECT_FALSE(fits({256, false}, 8, false));
    EXPECT_FALSE(fits({1, true}, 8, false));
    EXPECT_TRUE(fits({0xFFFFFFFFFFFFFFFF, false}, 64, false));
    EXPECT_FALSE(fits({0x8000000000000000, false}, 64, true));
    EXPECT_TRUE(fits({0x8000000000000000, true}, 64, true));
    EXPECT_EQ(to_int64({0x8000000000000000, true}), std::numeric_limits<std::int64_t>::min());
}

TEST(number_text, reads_integers_from_json_numbers)
{
    EXPECT_EQ(parse_integer_from_json_number("12").value(), (integer_value{12, false}));
    EXPECT_EQ(parse_integer_from_json_number("-12").value(), (integer_value{12, true}));
    EXPECT_EQ(parse_integer_from_json_number("1.0").value(), (integer_value{1, false}));
    EXPECT_EQ(parse_integer_from_json_number("-1.0").value(), (integer_value{1, true}));
    EXPECT_EQ(parse_integer_from_json_number("-0.0").value(), (integer_value{0, false}));
    EXPECT_EQ(parse_integer_from_json_number("1e2").value(), (integer_value{100, false}));
    EXPECT_EQ(parse_integer_from_json_number("18446744073709551615").value(),
              (integer_value{0xFFFFFFFFFFFFFFFF, false}));
    EXPECT_EQ(type_of(parse_integer_from_json_number("18446744073709551616")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_integer_from_json_number("1e19")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_integer_from_json_number("-9223372036854775808.0")), "int_parsing_size");
    EXPECT_EQ(type_of(parse_integer_from_json_number("1e400")), "finite_number");
    auto const fraction = parse_integer_from_json_number("1.5");
    EXPECT_EQ(type_of(fraction), "int_from_float");
    EXPECT_EQ(fraction.error().message,
              "Input should be a valid integer, got a number with a fractional part");
}

struct double_case {
    std::string text;
    double value;
};

TEST(number_text, reads_doubles_in_pydantics_spellings)
{
    double const infinity = std::numeric_limits<double>::infinity();
    double_case const cases[] = {
        {"1.5", 1.5},
        {"+1.5", 1.5},
        {"-.5", -0.5},
        {".5", 0.5},
        {"5.", 5},
        {"5.e-1", 0.5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {" 1.5\n", 1.5},
        {"\xC2\xA0"
         "1.5",
         1.5},
        {"1_0.5", 10.5},
        {"1_.5", 1.5},
        {"1e_5", 1e5},
        {"inf", infinity},
        {"+INF", infinity},
        {"-Infinity", -infinity},
        {"1e400", infinity},
        {"-1e400", -infinity},
        {"1e-400", 0},
        {"0.00001e400", infinity},
        {"0e400", 0},
        {"1" + std::string(400, '0'), infinity},
        {"0." + std::string(400, '0') + "1", 0},
        {"0." + std::string(400, '0') + "1e401", 1},
        {"1e99999999999999999999", infinity},
        {"1e-99999999999999999999", 0},
        {"5e-324", 5e-324},
        {"1.7976931348623157e308", 1.7976931348623157e308},
    };
    for (auto const& c : cases) {
        auto const result = parse_double(c.text);
        ASSERT_TRUE(result) << c.text;
        EXPECT_EQ(*result, c.value) << c.text;
    }
    EXPECT_TRUE(std::isnan(parse_double("nan").value()));
    EXPECT_TRUE(std::isnan(parse_double("-NaN").value()));
    EXPECT_TRUE(std::isnan(parse_double("n_an").value()));
    EXPECT_TRUE(std::signbit(parse_double("-0").value()));
}

TEST(number_text, refuses_what_is_no_double)
{
    for (std::string const text : {"",
                                   "abc",
                                   ".",
                                   ".e1",
                                   "e5",
                                   "1e",
                                   "1e+",
                                   "++1",
                                   "0x10",
                                   "0x1p3",
                                   "nan(1)",
                                   "1__0",
                                   "_1",
                                   "1_",
                                   " 1_0",
                                   "1_0 ",
                                   "1,5",
                                   "infinit",
                                   "\x1C"
                                   "1",
                                   "\xEF\xBC\x91"}) {
        auto const result = parse_double(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().type, "float_parsing");
        EXPECT_EQ(result.error().message,
                  "Input should be a valid number, unable to parse string as a number");
    }
}

TEST(number_text, reads_doubles_from_json_numbers)
{
    EXPECT_EQ(double_from_json_number("1"), 1.0);
    EXPECT_EQ(double_from_json_number("-1.25e2"), -125.0);
    EXPECT_EQ(double_from_json_number("1e400"), std::numeric_limits<double>::infinity());
}

TEST(number_text, reads_booleans_in_any_case)
{
    for (std::string const text : {"1", "t", "true", "TRUE", "True", "y", "Yes", "on"}) {
        EXPECT_TRUE(parse_bool(text).value()) << text;
    }
    for (std::string const text : {"0", "f", "false", "FALSE", "n", "No", "off"}) {
        EXPECT_FALSE(parse_bool(text).value()) << text;
    }
    for (std::string const text : {"", "2", " true", "tru", "yess", "null", "01"}) {
        auto const result = parse_bool(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().type, "bool_parsing");
        EXPECT_EQ(result.error().message, "Input should be a valid boolean, unable to interpret input");
    }
}

TEST(number_text, reads_booleans_from_json_numbers)
{
    EXPECT_TRUE(parse_bool_from_json_number("1").value());
    EXPECT_TRUE(parse_bool_from_json_number("1.0").value());
    EXPECT_FALSE(parse_bool_from_json_number("0").value());
    EXPECT_FALSE(parse_bool_from_json_number("-0.0").value());
    EXPECT_EQ(type_of(parse_bool_from_json_number("5")), "bool_parsing");
    EXPECT_EQ(type_of(parse_bool_from_json_number("-1")), "bool_parsing");
    EXPECT_EQ(type_of(parse_bool_from_json_number("1.5")), "bool_type");
    EXPECT_EQ(type_of(parse_bool_from_json_number("1e300")), "bool_type");
    EXPECT_EQ(type_of(parse_bool_from_json_number("9223372036854775808")), "bool_type");
}

} // namespace

} // namespace serval::model
