#include "model/scalar.hpp"

#include <serval/detail/type_of.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace {

using namespace serval::model;
using serval::detail::type_of;

template <class T>
void round_trips_its_limits()
{
    for (T const value : {std::numeric_limits<T>::min(), T{0}, T{1}, std::numeric_limits<T>::max()}) {
        T copy{7};
        EXPECT_TRUE(store_integer(type_of<T>(), load_integer(type_of<T>(), &value), &copy));
        EXPECT_EQ(copy, value);
    }
}

TEST(scalar, keeps_integers_of_all_widths)
{
    round_trips_its_limits<std::int8_t>();
    round_trips_its_limits<std::uint8_t>();
    round_trips_its_limits<std::int16_t>();
    round_trips_its_limits<std::uint16_t>();
    round_trips_its_limits<std::int32_t>();
    round_trips_its_limits<std::uint32_t>();
    round_trips_its_limits<std::int64_t>();
    round_trips_its_limits<std::uint64_t>();
}

TEST(scalar, refuses_integers_beyond_their_type)
{
    std::int8_t narrow = 5;
    EXPECT_FALSE(store_integer(type_of<std::int8_t>(), make_integer(128), &narrow));
    EXPECT_FALSE(store_integer(type_of<std::int8_t>(), make_integer(-129), &narrow));
    EXPECT_EQ(narrow, 5);
    EXPECT_TRUE(store_integer(type_of<std::int8_t>(), make_integer(-128), &narrow));
    EXPECT_EQ(narrow, -128);
    std::uint16_t positive = 5;
    EXPECT_FALSE(store_integer(type_of<std::uint16_t>(), make_integer(-1), &positive));
    EXPECT_FALSE(store_integer(type_of<std::uint16_t>(), make_integer(65536), &positive));
    EXPECT_EQ(positive, 5);
}

TEST(scalar, knows_the_sign_of_enumerations)
{
    enum class signed_one : std::int8_t { low = -3 };
    auto const value = signed_one::low;
    EXPECT_EQ(load_integer(type_of<signed_one>(), &value), make_integer(-3));
}

TEST(scalar, refuses_numbers_that_are_not_finite_in_their_type)
{
    float narrow = 1;
    EXPECT_FALSE(store_number(type_of<float>(), 1e39, &narrow));
    EXPECT_FALSE(store_number(type_of<float>(), -1e39, &narrow));
    EXPECT_FALSE(store_number(type_of<float>(), std::numeric_limits<double>::quiet_NaN(), &narrow));
    EXPECT_EQ(narrow, 1.0F);
    EXPECT_TRUE(store_number(type_of<float>(), 0.1, &narrow));
    EXPECT_EQ(narrow, 0.1F);
    double wide = 1;
    EXPECT_TRUE(store_number(type_of<double>(), 1e39, &wide));
    EXPECT_EQ(wide, 1e39);
    EXPECT_FALSE(store_number(type_of<double>(), std::numeric_limits<double>::infinity(), &wide));
}

TEST(scalar, compares_across_signs_and_beyond_int64)
{
    constexpr auto min = std::numeric_limits<std::int64_t>::min();
    integer_value const huge{.magnitude = std::numeric_limits<std::uint64_t>::max(), .negative = false};
    EXPECT_GT(compare(huge, make_integer(std::numeric_limits<std::int64_t>::max())), 0);
    EXPECT_LT(compare(make_integer(min), make_integer(-1)), 0);
    EXPECT_EQ(compare(make_integer(min), make_integer(min)), 0);
    EXPECT_GT(compare(make_integer(-1), make_integer(-2)), 0);
    EXPECT_LT(compare(make_integer(-2), make_integer(-1)), 0);
    EXPECT_LT(compare(make_integer(-1), make_integer(0)), 0);
    EXPECT_GT(compare(make_integer(1), make_integer(-1)), 0);
}

} // namespace
