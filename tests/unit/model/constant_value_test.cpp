#include "model/constant_value.hpp"

#include <serval/big_integer.hpp>
#include <serval/constraints.hpp>
#include <serval/datetime.hpp>
#include <serval/decimal.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/email.hpp>
#include <serval/literal.hpp>
#include <serval/model.hpp>
#include <serval/url.hpp>
#include <serval/uuid.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace serval::model;
using serval::detail::constant;
using serval::detail::constant_of;
using serval::detail::type_of;

enum class colour { red, green = 3 };

struct with_initial_values {
    int required = 7;
    serval::defaulted<int> count = 5;
    std::optional<std::string> note;
    serval::defaulted<double> impossible = std::numeric_limits<double>::infinity();
};

template <class T>
T stored(constant const& value)
{
    T out{};
    check_constant(type_of<T>(), value, "test");
    store_constant(type_of<T>(), value, &out);
    return out;
}

constant text(std::string_view value)
{
    return {.is = constant::kind::text, .text = value};
}

TEST(constant_value, stores_what_fits)
{
    EXPECT_EQ(stored<int>(constant_of(-5)), -5);
    EXPECT_EQ(stored<std::uint8_t>(constant_of(255)), 255);
    EXPECT_EQ(stored<double>(constant_of(5)), 5.0);
    EXPECT_EQ(stored<float>(constant_of(0.5)), 0.5F);
    EXPECT_EQ(stored<bool>(constant_of(true)), true);
    EXPECT_EQ(stored<colour>(constant_of(colour::green)), colour::green);
    EXPECT_EQ(stored<colour>(text("green")), colour::green);
    EXPECT_EQ(stored<std::string>(text("x")), "x");
    EXPECT_EQ(stored<std::optional<int>>(constant_of(3)), 3);
    EXPECT_EQ(stored<serval::email>(text("a@b.co")), "a@b.co");
    EXPECT_EQ(stored<serval::date>(text("2024-02-29")).day(), std::chrono::day{29});
    EXPECT_EQ(stored<std::vector<int>>({.is = constant::kind::empty}), std::vector<int>{});
    EXPECT_EQ(stored<int>({}), 0);
}

TEST(constant_value, refuses_what_does_not_fit)
{
    EXPECT_THROW(stored<std::uint8_t>(constant_of(256)), std::invalid_argument);
    EXPECT_THROW(stored<unsigned>(constant_of(-1)), std::invalid_argument);
    EXPECT_THROW(stored<int>(text("5")), std::invalid_argument);
    EXPECT_THROW(stored<int>(constant_of(1.0)), std::invalid_argument);
    EXPECT_THROW(stored<bool>(constant_of(1)), std::invalid_argument);
    EXPECT_THROW(stored<std::string>(constant_of(1)), std::invalid_argument);
    EXPECT_THROW(stored<colour>(text("blue")), std::invalid_argument);
    EXPECT_THROW(stored<colour>(constant_of(2)), std::invalid_argument);
    EXPECT_THROW(stored<serval::email>(text("nobody")), std::invalid_argument);
    EXPECT_THROW(stored<std::vector<int>>(constant_of(1)), std::invalid_argument);
    try {
        stored<std::optional<serval::uuid>>(text("x"));
        FAIL();
    } catch (std::invalid_argument const& e) {
        EXPECT_STREQ(e.what(), "serval: test: the default is no value of its type");
    }
}

TEST(constant_value, is_written_as_json)
{
    EXPECT_EQ(constant_json(type_of<double>(), constant_of(10)), "10.0");
    EXPECT_EQ(constant_json(type_of<colour>(), constant_of(colour::red)), R"("red")");
    EXPECT_EQ(constant_json(type_of<std::optional<std::string>>(), text("a\"")), R"("a\"")");
    EXPECT_EQ(constant_json(type_of<std::vector<int>>(), {.is = constant::kind::empty}), "[]");
    EXPECT_EQ(constant_json(type_of<std::chrono::seconds>(), text("PT90S")), R"("PT1M30S")"); // as in a model
}

TEST(constant_value, stores_literals_urls_and_exact_numbers)
{
    using serval::literal;
    EXPECT_EQ((stored<literal<"a", "b">>(text("b"))), "b");
    EXPECT_THROW((stored<literal<"a", "b">>(text("c"))), std::invalid_argument);
    EXPECT_EQ(stored<serval::url>(text("http://a")).str(), "http://a/");
    EXPECT_THROW(stored<serval::url>(text("a")), std::invalid_argument);
    EXPECT_EQ(stored<serval::decimal>(text("1.50")).str(), "1.50");
    EXPECT_EQ(stored<serval::decimal>(constant_of(3)).str(), "3");
    EXPECT_EQ(stored<serval::decimal>(constant_of(0.5)).str(), "0.5");
    EXPECT_EQ(stored<serval::big_integer>(constant_of(-3)), -3);
    EXPECT_THROW(stored<serval::big_integer>(text("3")), std::invalid_argument);
}

TEST(initial_members, are_those_of_the_initialisers_where_a_member_may_be_absent)
{
    EXPECT_EQ(initial_members_json(type_of<with_initial_values>()),
              (std::vector<std::string>{"", "5", "null", ""}));
}

TEST(constant_value, stores_unsigned_numbers_of_all_sizes)
{
    constexpr auto large = 18'446'744'073'709'551'615ULL;
    EXPECT_EQ(constant_json(type_of<std::uint64_t>(), constant_of(large)), "18446744073709551615");
    EXPECT_EQ(constant_json(type_of<double>(), constant_of(large)), "1.8446744073709552e+19");
    EXPECT_EQ(constant_json(type_of<serval::big_integer>(), constant_of(large)), "18446744073709551615");
    EXPECT_EQ(constant_json(type_of<serval::decimal>(), constant_of(large)), R"("18446744073709551615")");
    EXPECT_THROW(check_constant(type_of<std::int64_t>(), constant_of(large), "test"), std::invalid_argument);
    EXPECT_THROW(check_constant(type_of<colour>(), constant_of(large), "test"), std::invalid_argument);
}

} // namespace
