#include "decode_support.hpp"
#include "model/json_numbers.hpp"
#include "support/extreme_digits.hpp"

#include <serval/json.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

namespace serval::model {
namespace {

using test::from_json;
using test::to_json;

TEST(json_numbers, integers_are_kept_or_refused)
{
    for (std::string const& digits : serval::test::extreme_digits()) {
        if (digits.size() > 4300) continue; // no JSON, as in Python
        auto const taken = from_json<json>(digits);
        EXPECT_EQ(taken.ok ? to_json(taken.value) : "", taken.ok ? digits : "");
        EXPECT_EQ(taken.ok, serval::test::at_most(digits, "18446744073709551615")) << digits;
        auto const negative = from_json<json>("-" + digits);
        EXPECT_EQ(negative.ok, serval::test::at_most(digits, "9223372036854775808")) << digits;
        if (negative.ok) {
            EXPECT_EQ(to_json(negative.value), digits == "0" ? "0" : "-" + digits);
        }
    }
}

TEST(json_numbers, others_become_the_nearest_double_or_are_refused)
{
    for (std::string const& text : serval::test::extreme_decimals()) {
        double const nearest = std::strtod(text.c_str(), nullptr);
        auto const taken = from_json<json>("[" + text + "]");
        EXPECT_EQ(taken.ok, std::isfinite(nearest)) << text;
        if (taken.ok) {
            EXPECT_EQ(taken.value.at(0), nearest) << text;
        }
    }
    EXPECT_EQ(to_json(from_json<json>("[0.10000000000000000001,1e-999,-1e-999,9007199254740993.0]").value),
              "[0.1,0.0,-0.0,9007199254740992.0]");
}

TEST(json_numbers, errors_say_where)
{
    EXPECT_EQ(from_json<json>(R"({"a":[1,{"b":-1e999}]})").errors,
              R"({"type":"finite_number","loc":["body","a",1,"b"],"msg":"Input should be a finite number",)"
              R"("input":-1e999})");
    EXPECT_EQ(
        from_json<json>("18446744073709551616").errors,
        R"({"type":"int_parsing_size","loc":["body"],"msg":"Unable to parse input string as an integer, )"
        R"(exceeded maximum size","input":18446744073709551616})");
    auto const in_model = from_json<std::map<std::string, json>>(R"({"k":[1e400,1e400]})");
    EXPECT_NE(in_model.errors.find(R"("loc":["body","k",0])"), std::string::npos);
    EXPECT_NE(in_model.errors.find(R"("loc":["body","k",1])"), std::string::npos);
}

TEST(json_numbers, of_equal_keys_only_the_last_counts)
{
    EXPECT_EQ(to_json(from_json<json>(R"({"a":1e999,"a":1})").value), R"({"a":1})");
    EXPECT_FALSE(from_json<json>(R"({"a":1,"a":1e999})").ok);
}

} // namespace
} // namespace serval::model
