// json_nlohmann against nlohmann's own parser and against json_writer.
#include "model/json_nlohmann.hpp"
#include "model/json_writer.hpp"

#include <serval/json.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace serval::model {
namespace {

using nlohmann::ordered_json;

ordered_json converted(std::string_view text)
{
    json_document document;
    EXPECT_EQ(document.parse(text), json_outcome::ok) << text;
    return to_nlohmann(document.root());
}

std::string text_of(ordered_json const& value)
{
    std::string out;
    EXPECT_TRUE(append_json(out, value));
    return out;
}

std::string echo(std::string_view text)
{
    json_document document;
    EXPECT_EQ(document.parse(text), json_outcome::ok) << text;
    std::string out;
    append_json_value(out, document.root());
    return out;
}

ordered_json nested(std::size_t depth)
{
    ordered_json value = ordered_json::array();
    for (std::size_t i = 1; i < depth; ++i) {
        ordered_json outer = ordered_json::array();
        outer.push_back(std::move(value));
        value = std::move(outer);
    }
    return value;
}

constexpr std::string_view documents[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-12",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "-9223372036854775808",
    "1.5",
    "-0.0",
    "1e5",
    "\"\"",
    R"("a\n\"\u0001é")",
    "[]",
    "{}",
    "[1,[2,[3]],{}]",
    R"({"b":1,"a":{"z":[],"y":null},"c":[true,"x"]})",
};

} // namespace

TEST(json_nlohmann, converts_to_what_nlohmann_itself_parses)
{
    for (auto const text : documents) {
        ordered_json const expected = ordered_json::parse(text);
        ordered_json const value = converted(text);
        EXPECT_EQ(value, expected) << text;
        EXPECT_EQ(value.dump(), expected.dump()) << text;
    }
}

TEST(json_nlohmann, writes_what_json_writer_writes)
{
    for (auto const text : documents)
        EXPECT_EQ(text_of(converted(text)), echo(text)) << text;
}

TEST(json_nlohmann, takes_the_last_of_equal_keys_at_the_place_of_the_first)
{
    EXPECT_EQ(text_of(converted(R"({"a":1,"b":2,"a":{"x":1,"x":3}})")), R"({"a":{"x":3},"b":2})");
}

TEST(json_nlohmann, makes_integers_beyond_64_bits_doubles)
{
    EXPECT_EQ(converted("9223372036854775807").type(), ordered_json::value_t::number_unsigned);
    EXPECT_EQ(converted("-9223372036854775808").get<std::int64_t>(),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(converted("18446744073709551616").get<double>(), 18446744073709551616.0);
    EXPECT_EQ(converted("-9223372036854775809").get<double>(), -9223372036854775808.0);
    EXPECT_EQ(text_of(converted("100000000000000000000")), "1e+20");
}

TEST(json_nlohmann, keeps_the_order_of_keys_and_pythons_floats)
{
    ordered_json const value{{"type", "async"}, {"b", 1.0}, {"a", 0.1}, {"list", {1, "é\n", nullptr}}};
    EXPECT_EQ(text_of(value), R"({"type":"async","b":1.0,"a":0.1,"list":[1,"é\n",null]})");
}

TEST(json_nlohmann, refuses_nan_and_infinity_and_leaves_the_text_as_it_was)
{
    std::string out = "before";
    ordered_json const not_a_number{{"a", {1, std::numeric_limits<double>::quiet_NaN()}}};
    ordered_json const infinite{{"a", 1}, {"b", {{"c", -std::numeric_limits<double>::infinity()}}}};
    EXPECT_FALSE(append_json(out, not_a_number));
    EXPECT_FALSE(append_json(out, infinite));
    EXPECT_FALSE(append_json(out, ordered_json(ordered_json::value_t::discarded)));
    EXPECT_EQ(out, "before");
}

TEST(json_nlohmann, refuses_nesting_that_would_exhaust_the_stack)
{
    std::string out;
    EXPECT_TRUE(append_json(out, nested(512)));
    EXPECT_EQ(out, std::string(512, '[') + std::string(512, ']'));
    out.clear();
    EXPECT_FALSE(append_json(out, nested(513)));
    EXPECT_EQ(out, "");
}

TEST(json_nlohmann, replaces_invalid_utf8_where_nlohmann_would_throw)
{
    EXPECT_EQ(text_of(ordered_json{{"\xff", "a\xc3"}}), "{\"\ufffd\":\"a\ufffd\"}");
}

TEST(json_nlohmann, writes_binary_values_as_nlohmann_does)
{
    ordered_json const plain = ordered_json::binary({1, 2, 255});
    ordered_json const typed = ordered_json::binary({}, 7);
    EXPECT_EQ(text_of(plain), plain.dump());
    EXPECT_EQ(text_of(typed), typed.dump());
}

TEST(json_nlohmann, converts_a_mebibyte_of_distinct_keys)
{
    std::string text = "{";
    for (int i = 0; text.size() < (1U << 20); ++i)
        text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
    text += "}";
    EXPECT_EQ(text_of(converted(text)), text); // quadratic insertion would run into the test's time limit
}

TEST(json_nlohmann, is_what_the_public_header_reads_and_writes_with)
{
    json_document document;
    ASSERT_EQ(document.parse(R"({"a":1,"a":2.0})"), json_outcome::ok);
    std::string out;
    EXPECT_EQ(detail::append_json(out, detail::to_json(document.root()), no_limit),
              detail::json_written::whole);
    EXPECT_EQ(out, R"({"a":2.0})");
}

} // namespace serval::model
