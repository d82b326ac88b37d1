#include "model/decimal_text.hpp"
#include "support/extreme_digits.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace serval::model {
namespace {

std::string read(std::string_view text)
{
    auto const value = parse_decimal(text);
    return value ? value->str() : value.error().type;
}

std::string number(std::string_view text)
{
    std::string out;
    append_decimal_number(out, decimal{text});
    return out;
}

TEST(decimal_text, keeps_the_digits_as_python_does)
{
    EXPECT_EQ(read("1.50"), "1.50");
    EXPECT_EQ(read("00.10"), "0.10");
    EXPECT_EQ(read("-0"), "-0");
    EXPECT_EQ(read("-0.00"), "-0.00");
    EXPECT_EQ(read("+.5"), "0.5");
    EXPECT_EQ(read("5."), "5");
    EXPECT_EQ(read("1e3"), "1E+3");
    EXPECT_EQ(read("12e3"), "1.2E+4");
    EXPECT_EQ(read("0.000001"), "0.000001");
    EXPECT_EQ(read("0.0000001"), "1E-7");
    EXPECT_EQ(read("0e5"), "0E+5");
    EXPECT_EQ(read("123456789012345678901234567890.12"), "123456789012345678901234567890.12");
}

TEST(decimal_text, takes_spaces_underscores_and_digits_of_any_script)
{
    EXPECT_EQ(read("\t 1.5\xC2\xA0"), "1.5");
    EXPECT_EQ(read("_1__0_.5_"), "10.5");
    EXPECT_EQ(read("1e5_0"), "1E+50");
    EXPECT_EQ(read("\xD9\xA1\xD9\xA2"), "12");
    EXPECT_EQ(read("\xF0\x9D\x9F\x99"), "1"); // U+1D7D9
}

TEST(decimal_text, refuses_what_decimal_refuses)
{
    for (std::string_view const text : {"",
                                        " ",
                                        "_",
                                        ".",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1,5",
                                        "0x1",
                                        "1 2",
                                        "--1",
                                        "+-1",
                                        "1.1.1",
                                        "1f",
                                        "nanx",
                                        "infin",
                                        "s",
                                        "\xC3\xA9",
                                        "\xF0\x80\x80\xB1",
                                        "\xC1\xB1"}) // an overlong 1, a q likewise
        EXPECT_EQ(read(text), "decimal_parsing") << text;
}

TEST(decimal_text, tells_nan_and_infinities_apart)
{
    for (std::string_view const text : {"nan", "-NaN", "NaN123", "sNaN", "+inf", "-Infinity", " inf "})
        EXPECT_EQ(read(text), "finite_number") << text;
}

TEST(decimal_text, bounds_the_exponent_as_pythons_decimal)
{
    EXPECT_EQ(read("1E999999999999999999"), "1E+999999999999999999");
    EXPECT_EQ(read("1E1000000000000000000"), "decimal_parsing");
    EXPECT_EQ(read("10E999999999999999999"), "decimal_parsing");
    EXPECT_EQ(read("1E-1999999999999999997"), "1E-1999999999999999997");
    EXPECT_EQ(read("1E-1999999999999999998"), "decimal_parsing");
    EXPECT_EQ(read("0.1E-1999999999999999997"), "decimal_parsing");
    EXPECT_EQ(read("1E" + std::string(5000, '9')), "decimal_parsing");
    EXPECT_EQ(read("1E-19999999996999999997"), "decimal_parsing");
}

TEST(decimal_text, keeps_extreme_exponents_or_refuses_them)
{
    for (std::string const& text : serval::test::extreme_decimals()) {
        for (std::string const& written : {text, "-" + text}) {
            auto const read = parse_decimal(written);
            if (!read) continue; // what the limits of the exponent refuse is tested above
            auto const again = parse_decimal(read->str());
            ASSERT_TRUE(again) << written;
            EXPECT_TRUE(*again == *read && again->exponent() == read->exponent()) << written;
            EXPECT_EQ(read->to_double(), std::strtod(written.c_str(), nullptr)) << written;
            EXPECT_TRUE(read->is_zero() || (*read < decimal{}) == read->is_negative()) << written;
        }
        std::string number;
        if (auto const read = parse_decimal_from_json_number(text)) append_decimal_number(number, *read);
        EXPECT_LT(number.size(), 5100U) << text;
    }
}

TEST(decimal_text, reads_json_numbers_as_pythons_str_of_them)
{
    EXPECT_EQ(parse_decimal_from_json_number("0.10")->str(), "0.1");
    EXPECT_EQ(parse_decimal_from_json_number("1e22")->str(), "1E+22");
    EXPECT_EQ(parse_decimal_from_json_number("100.0")->str(), "100.0");
    EXPECT_EQ(parse_decimal_from_json_number("-0")->str(), "0");
    EXPECT_EQ(parse_decimal_from_json_number("123456789012345678901234567890")->str(),
              "123456789012345678901234567890");
    EXPECT_EQ(parse_decimal_from_json_number("1e400").error().type, "finite_number");
}

TEST(decimal_text, writes_numbers_as_fastapis_encoder)
{
    EXPECT_EQ(number("1.50"), "1.5");
    EXPECT_EQ(number("100"), "100");
    EXPECT_EQ(number("1E3"), "1000");
    EXPECT_EQ(number("-0"), "0");
    EXPECT_EQ(number("-0.0"), "-0.0");
    EXPECT_EQ(number("1e-400"), "0.0");
    EXPECT_EQ(number("123456789012345678901234567890"), "123456789012345678901234567890");
}

TEST(decimal_text, writes_without_an_endless_row_of_zeros)
{
    EXPECT_EQ(number("1E128"), '1' + std::string(128, '0'));
    EXPECT_EQ(number("1E129"), "1E+129"); // a short text must not have a long answer
    EXPECT_EQ(number("-1E4299"), "-1E+4299");
    EXPECT_EQ(number("0E999999999999999999"), "0");
}

} // namespace
} // namespace serval::model
