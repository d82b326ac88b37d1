#include "model/float_text.hpp"

#include <gtest/gtest.h>

#include <limits>

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

} // namespace

} // namespace serval::model
