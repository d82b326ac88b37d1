#include "decode_support.hpp"
#include "model/constraint_set.hpp"

#include <serval/big_integer.hpp>
#include <serval/constraints.hpp>
#include <serval/decimal.hpp>
#include <serval/detail/parameter_traits.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace serval;
using namespace serval::model;
using detail::type_of;

/// The errors of a JSON value of type T under constraints.
template <class T, auto... Constraints>
std::string errors_of(std::string_view json)
{
    static constexpr auto declared = detail::constraints_among<Constraints...>();
    auto const constraints = resolve_constraints(declared, type_of<T>(), "test");
    return test::from_json<T>(json, constraints).errors;
}

/// The same, reduced to message and ctx.
template <class T, auto... Constraints>
std::string told(std::string_view json)
{
    std::string const all = errors_of<T, Constraints...>(json);
    auto const message = all.find(R"("msg":")");
    if (message == std::string::npos) return all;
    auto const input = all.find(R"(,"input":)");
    auto const context = all.find(R"("ctx":)");
    return all.substr(message + 6, input - message - 6) + ' ' +
           all.substr(context + 6, all.size() - context - 7);
}

template <class T, auto... Constraints>
std::string refusal()
{
    static constexpr auto declared = detail::constraints_among<Constraints...>();
    try {
        resolve_constraints(declared, type_of<T>(), "parameter \"p\"");
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return "none";
}

TEST(constraint_set, writes_an_error_as_fastapi_does)
{
    EXPECT_EQ(
        (errors_of<int, ge(1)>("0")),
        R"({"type":"greater_than_equal","loc":["body"],"msg":"Input should be greater than or equal to 1",)"
        R"("input":0,"ctx":{"ge":1}})");
}

TEST(constraint_set, tells_the_first_violation_in_pydantics_order)
{
    // Checked against pydantic-core 2.46: multiple_of, le, lt, ge, gt, whatever the order of declaration.
    EXPECT_EQ((told<int, gt(5), multiple_of(3), ge(3)>("1")),
              R"("Input should be a multiple of 3" {"multiple_of":3})");
    EXPECT_EQ((told<int, gt(5), ge(3)>("1")), R"("Input should be greater than or equal to 3" {"ge":3})");
    EXPECT_EQ((told<int, lt(5), le(3)>("10")), R"("Input should be less than or equal to 3" {"le":3})");
    EXPECT_EQ((told<std::string, serval::pattern("^x"), min_length(3)>(R"("ab")")),
              R"("String should have at least 3 characters" {"min_length":3})");
    EXPECT_EQ((told<std::string, serval::pattern("^x"), max_length(1)>(R"("éé")")),
              R"("String should have at most 1 character" {"max_length":1})");
    EXPECT_EQ((told<std::string, serval::pattern("^a'\"")>(R"("b")")),
              R"("String should match pattern '^a'\"'" {"pattern":"^a'\""})");
}

TEST(constraint_set, writes_bounds_of_numbers_plain_in_text_and_as_python_in_ctx)
{
    EXPECT_EQ((told<double, le(10)>("11")), R"("Input should be less than or equal to 10" {"le":10.0})");
    EXPECT_EQ((told<double, gt(1.5)>("1.5")), R"("Input should be greater than 1.5" {"gt":1.5})");
    EXPECT_EQ((told<double, ge(1e-7)>("0")),
              R"("Input should be greater than or equal to 0.0000001" {"ge":1e-07})");
    EXPECT_EQ((told<double, lt(1e16)>("1e18")),
              R"("Input should be less than 10000000000000000" {"lt":1e+16})");
}

TEST(constraint_set, takes_what_fits)
{
    EXPECT_EQ((errors_of<int, ge(1), le(10), multiple_of(3)>("9")), "");
    EXPECT_EQ((errors_of<int, multiple_of(3)>("-9")), "");
    EXPECT_EQ((errors_of<int, ge(1.0)>("true")), "");
    EXPECT_EQ((errors_of<std::uint64_t, gt(5)>("18446744073709551615")), "");
    EXPECT_NE(
        (errors_of<std::uint64_t, lt(std::numeric_limits<std::int64_t>::max())>("18446744073709551615")), "");
    EXPECT_EQ((errors_of<std::string, min_length(2), max_length(2)>(R"("éé")")), "");
    EXPECT_EQ((errors_of<std::string, max_length(0)>(R"("")")), "");
    EXPECT_EQ((errors_of<double, multiple_of(0.1)>("0.3")), "");
    EXPECT_EQ((errors_of<double, multiple_of(0.01)>("1.13")), "");
    EXPECT_NE((errors_of<double, multiple_of(0.5)>("0.75")), "");
}

TEST(constraint_set, looks_into_optional_and_defaulted)
{
    EXPECT_EQ((errors_of<std::optional<int>, ge(3)>("null")), "");
    EXPECT_NE((errors_of<std::optional<int>, ge(3)>("2")), "");
    EXPECT_NE((errors_of<defaulted<std::optional<int>>, ge(3)>("2")), "");
}

TEST(constraint_set, counts_elements)
{
    EXPECT_EQ((told<std::vector<int>, max_length(0)>("[1]")),
              R"("List should have at most 0 items after validation, not 1" )"
              R"({"field_type":"List","max_length":0,"actual_length":1})");
    EXPECT_EQ((errors_of<std::vector<int>, min_length(2), max_length(2)>("[1,2]")), "");
}

TEST(constraint_set, refuses_what_does_not_fit_the_type)
{
    EXPECT_EQ((refusal<std::string, ge(1)>()), R"(serval: parameter "p": ge is for numbers only)");
    EXPECT_EQ((refusal<bool, le(1)>()), R"(serval: parameter "p": le is for numbers only)");
    EXPECT_EQ((refusal<int, serval::pattern("x")>()),
              R"(serval: parameter "p": pattern is for strings only)");
    EXPECT_EQ((refusal<int, ge(1.5)>()), R"(serval: parameter "p": ge of an integer must be an integer)");
    EXPECT_EQ((refusal<int, ge(1e300)>()), R"(serval: parameter "p": ge of an integer must be an integer)");
    EXPECT_EQ((refusal<int, multiple_of(0)>()),
              R"(serval: parameter "p": multiple_of must be greater than zero)");
    EXPECT_EQ((refusal<double, multiple_of(-0.5)>()),
              R"(serval: parameter "p": multiple_of must be greater than zero)");
    EXPECT_TRUE((refusal<std::string, serval::pattern("[")>()).starts_with(R"(serval: parameter "p": )"));
    EXPECT_EQ((refusal<std::optional<std::vector<int>>, min_length(1)>()), "none");
}

TEST(constraint_set, bounds_integers_of_any_size)
{
    EXPECT_EQ((told<big_integer, le(10)>("100000000000000000000")),
              R"("Input should be less than or equal to 10" {"le":10})");
    EXPECT_EQ((errors_of<big_integer, ge(1), multiple_of(3)>("300000000000000000000")), "");
    EXPECT_NE((errors_of<big_integer, multiple_of(3)>("100000000000000000000")), "");
    EXPECT_NE((errors_of<big_integer, gt(-1)>("-100000000000000000000")), "");
    EXPECT_EQ((errors_of<big_integer, lt(0)>("-1")), "");
}

TEST(constraint_set, bounds_decimals_exactly)
{
    // As pydantic 2.13 on Python's Decimal.
    EXPECT_EQ((told<decimal, ge(1)>(R"("0")")), R"("Input should be greater than or equal to 1" {"ge":1})");
    EXPECT_EQ((told<decimal, le(10.5)>("99")), R"("Input should be less than or equal to 10.5" {"le":10.5})");
    EXPECT_EQ((errors_of<decimal, ge(0.1), lt(1)>(R"("0.10")")), "");
    EXPECT_NE((errors_of<decimal, gt(0.1)>(R"("0.10")")), "");
    EXPECT_EQ((errors_of<decimal, gt(0.1)>(R"("0.1000000000000000000000000001")")), "");
    EXPECT_EQ((refusal<decimal, multiple_of(2)>()),
              R"(serval: parameter "p": multiple_of is not for decimals)");
}

TEST(constraints, of_unsigned_numbers_reach_their_end)
{
    constexpr auto large = 9'223'372'036'854'775'808ULL;
    using wide = std::uint64_t;
    EXPECT_EQ((told<wide, ge(large)>("5")),
              R"("Input should be greater than or equal to 9223372036854775808" {"ge":9223372036854775808})");
    EXPECT_EQ((told<wide, ge(large)>("9223372036854775808")), "");
    EXPECT_EQ((told<wide, le(large)>("5")), "");
    EXPECT_NE((told<wide, le(large)>("9223372036854775809")), "");
    EXPECT_EQ((told<wide, multiple_of(large)>("9223372036854775808")), "");
    EXPECT_NE((told<wide, multiple_of(large)>("9223372036854775809")), "");
    EXPECT_NE((told<wide, gt(0x1p63)>("9223372036854775808")), "");
    EXPECT_NE((told<big_integer, ge(large)>("5")), "");
    EXPECT_EQ((told<big_integer, ge(large)>("9223372036854775808")), "");
    EXPECT_NE((told<decimal, ge(large)>("5")), "");
    EXPECT_EQ((told<double, le(large)>("5")), "");
    EXPECT_NE((told<double, ge(large)>("5")), "");
    EXPECT_EQ((told<int, le(large)>("5")), "");
    EXPECT_EQ((told<std::string, max_length(std::numeric_limits<std::size_t>::max())>(R"("abc")")), "");
}

TEST(constraints, of_floats_are_compared_as_floats)
{
    EXPECT_EQ((told<float, le(0.1)>("0.1")), "");
    EXPECT_EQ((told<float, ge(0.7)>("0.7")), "");
    EXPECT_EQ((told<float, lt(0.7)>("0.7")), R"("Input should be less than 0.7" {"lt":0.7})");
    EXPECT_EQ((told<float, gt(0.1)>("0.1")), R"("Input should be greater than 0.1" {"gt":0.1})");
    EXPECT_EQ((told<float, le(0.1F)>("0.2")), R"("Input should be less than or equal to 0.1" {"le":0.1})");
    EXPECT_EQ((told<float, multiple_of(0.1)>("0.3")), "");
    EXPECT_EQ((told<float, multiple_of(0.1F)>("123.4")), "");
    EXPECT_EQ((told<float, multiple_of(0.1)>("0.35")),
              R"("Input should be a multiple of 0.1" {"multiple_of":0.1})");
    EXPECT_EQ((told<float, le(1e300)>("3e38")), "");
}

} // namespace
