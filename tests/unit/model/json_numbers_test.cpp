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

TEST(json_numbers, what_is_taken_is_what_was_sent)
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
    for (std::string const& text : serval::test::extreme_decimals())
        EXPECT_EQ(from_json<json>("[" + text + "]").ok, std::isfinite(std::strtod(text.c_str(), nullptr)))
            << text;
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
