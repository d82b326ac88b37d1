#include "model/float_text.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>

namespace serval::model {

namespace {

struct float_case {
    double value;
    char const* text;
};

TEST(float_text, writes_doubles_as_pythons_repr)
{
    double const infinity = std::numeric_limits<double>::infinity();
    float_case const cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {5, "5.0"},
        {-5, "-5.0"},
        {1.5, "1.5"},
        {0.1, "0.1"},
        {100, "100.0"},
        {123456.789, "123456.789"},
        {1e15, "1000000000000000.0"},
        {9999999999999998, "9999999999999998.0"},
        {1e16, "1e+16"},
        {1.5e16, "1.5e+16"},
        {1e22, "1e+22"},
        {1e100, "1e+100"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {0.00001, "1e-05"},
        {1e-7, "1e-07"},
        {1.25e-10, "1.25e-10"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {-1.7976931348623157e308, "-1.7976931348623157e+308"},
        {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
        {-0.00012345678901234568, "-0.00012345678901234567"},
        {-1234567890.1234567, "-1234567890.1234567"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {infinity, "inf"},
        {-infinity, "-inf"},
        {std::numeric_limits<double>::quiet_NaN(), "nan"},
    };
    for (auto const& c : cases) {
        std::string out = "x";
        append_python_float(out, c.value);
        EXPECT_EQ(out, std::string{"x"} + c.text);
        EXPECT_LE(out.size(), 1 + max_python_float);
    }
}

std::string written(char* (*write)(char*, double) noexcept, double value)
{
    char text[max_python_float];
    return {text, write(text, value)};
}

TEST(float_text, writes_what_has_few_digits_as_all_others)
{
    double const powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e16};
    std::mt19937_64 random{20261128};
    for (int round = 0; round != 100'000; ++round) {
        std::uint64_t const digits = random() >> (random() % 60); // of all lengths
        double const decimal = static_cast<double>(digits) / powers[random() % std::size(powers)];
        double const neighbour = std::nextafter(decimal, round % 2 == 0 ? 0.0 : 1e300);
        for (double const value : {decimal, -decimal, neighbour, std::bit_cast<double>(random())}) {
            if (!std::isfinite(value)) continue;
            ASSERT_EQ(written(write_python_float, value), written(write_any_python_float, value));
        }
    }
    for (double const value : {0.0, -0.0, 1e-4, 0.00012, 9.9999e-5, 5e-5, 999999999999999.0, 1e15,
                               999999999999999.9, 0.12345678, 0.123456789, 1.00000001, 0.1 + 0.2})
        EXPECT_EQ(written(write_python_float, value), written(write_any_python_float, value));
}

} // namespace

} // namespace serval::model
