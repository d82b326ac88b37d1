#include "decode_support.hpp"
#include "model/model_layout.hpp"

#include <serval/datetime.hpp>
#include <serval/email.hpp>
#include <serval/json.hpp>
#include <serval/uuid.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shop {

struct inner_defaults {
    serval::defaulted<int> a = 1;
    std::optional<int> b = 2;
    std::vector<int> c{3};
};

struct no_defaults {
    int a;
    std::string b;
};

struct with_initialisers {
    std::optional<int> cleared = 5;
    serval::defaulted<std::optional<int>> level{std::optional<int>{6}};
    std::vector<std::string> tags{"initial"};
    std::vector<bool> bits{true};
    std::map<std::string, int> scores{{"initial", 1}};
    std::vector<std::pair<std::string, int>> ordered{{"initial", 1}};
    serval::defaulted<std::vector<int>> sizes{std::vector<int>{1, 2}};
    inner_defaults nested{.a = 10, .b = 20, .c = {30}};
    no_defaults plain{1, "x"};
    std::optional<inner_defaults> maybe = inner_defaults{.a = 100, .b = 200, .c = {300}};
    serval::json any = {"initial"};
};

enum class colour { red, green = 3 };

struct maker {
    std::string name;
    std::optional<std::string> country;
};

struct thing {
    std::string name;
    int count;
    std::uint8_t small;
    bool flag;
    double price;
    float ratio;
    colour tint;
    serval::email contact;
    serval::uuid id;
    serval::date day;
    serval::time_of_day at;
    serval::datetime when;
    std::chrono::sys_seconds instant;
    std::chrono::milliseconds length;
    std::optional<int> maybe;
    serval::defaulted<int> quantity = 7;
    std::vector<maker> makers;
    std::map<std::string, maker> by_name;
    std::vector<bool> bits;
    serval::json extra;
    maker main;
    serval::defaulted<std::vector<int>> sizes{std::vector<int>{1, 2}};
    serval::defaulted<maker> fallback{maker{"nobody", "nowhere"}};
    serval::defaulted<std::optional<int>> level{std::optional<int>{3}};
};

struct tree {
    std::string name;
    std::vector<tree> children;
};

struct strict {
    int a;
    serval::defaulted<int> b = 2;
};
constexpr auto rules(serval::rules_for<strict>)
{
    return serval::model_rules<serval::member<"b", serval::alias("bee")>, serval::forbid_extra>{};
}

struct bounded {
    std::string name;
    serval::defaulted<int> n = 6;
    std::optional<double> x;
    serval::defaulted<std::vector<int>> list = std::vector<int>{1};
    serval::defaulted<std::map<std::string, int>> map;
};
constexpr auto rules(serval::rules_for<bounded>)
{
    using namespace serval;
    return model_rules<member<"name", min_length(2), max_length(3), pattern("^[a-zé]+$")>,
                       member<"n", ge(1), multiple_of(2), le(10)>, member<"x", gt(0.5), lt(2)>,
                       member<"list", min_length(1), max_length(2)>, member<"map", max_length(1)>>{};
}

struct wide { // 32 members
    int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;
    serval::defaulted<std::string> b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14;
    std::optional<std::vector<int>> last;
};

struct large {
    serval::defaulted<std::string> a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};

} // namespace shop

namespace {

using namespace serval::model;
using test::from_json;
using test::from_text;
using test::to_json;

constexpr auto whole_thing =
    R"({"name":"n","count":-3,"small":255,"flag":true,"price":1.5,"ratio":0.1,"tint":"green",)"
    R"("contact":"a@b.co","id":"12345678-1234-5678-1234-567812345678","day":"2024-02-29","at":"03:04:05",)"
    R"("when":"2024-01-02T03:04:05Z","instant":"2024-01-02T03:04:05Z","length":"PT1.5S","maybe":null,)"
    R"("quantity":8,"makers":[{"name":"x","country":null},{"name":"y","country":"z"}],)"
    R"("by_name":{"k":{"name":"v","country":null}},"bits":[true,false,true],"extra":{"z":[1,2.5,null],"a":"b"},)"
    R"("main":{"name":"m","country":null},"sizes":[3],"fallback":{"name":"f","country":null},"level":null})";

TEST(decode, reads_a_value_of_every_kind)
{
    auto const result = from_json<shop::thing>(whole_thing);
    ASSERT_TRUE(result.ok) << result.errors;
    auto const& value = result.value;
    EXPECT_EQ(value.count, -3);
    EXPECT_EQ(value.small, 255);
    EXPECT_EQ(value.ratio, 0.1F);
    EXPECT_EQ(value.tint, shop::colour::green);
    EXPECT_EQ(value.contact, "a@b.co");
    EXPECT_EQ(value.length, std::chrono::milliseconds{1500});
    EXPECT_EQ(value.instant.time_since_epoch(), value.when.to_sys_time().time_since_epoch());
    EXPECT_EQ(value.makers.at(1).country, "z");
    EXPECT_EQ(value.by_name.at("k").name, "v");
    EXPECT_EQ(value.bits, (std::vector<bool>{true, false, true}));
    EXPECT_EQ(value.sizes.value(), std::vector<int>{3}); // in place of the default's elements
    EXPECT_EQ(value.fallback->country, std::nullopt);    // nothing of the default is left
    EXPECT_EQ(value.level.value(), std::nullopt);
    EXPECT_EQ(to_json(value), whole_thing);
}

TEST(decode, keeps_the_initialisers_of_what_is_absent)
{
    auto const result = from_json<shop::bounded>(R"({"name":"ab"})");
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(*result.value.n, 6);
    EXPECT_FALSE(result.value.x);
}

TEST(decode, lists_missing_members_in_order_with_the_whole_object)
{
    EXPECT_EQ(from_json<shop::strict>(R"({ "bee" : 1 })").errors,
              R"({"type":"missing","loc":["body","a"],"msg":"Field required","input":{"bee":1}})");
    auto const all = from_json<shop::thing>("{}").errors;
    std::size_t count = 0;
    for (std::size_t at = all.find("missing"); at != std::string::npos; at = all.find("missing", at + 1))
        ++count;
    EXPECT_EQ(count, 19U); // all but the optional and the defaulted ones
    EXPECT_LT(all.find(R"("name")"), all.find(R"("count")"));
}

TEST(decode, takes_the_last_of_equal_keys)
{
    auto const result = from_json<shop::strict>(R"({"a":"x","a":1,"bee":5,"a":2})");
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.a, 2);
    EXPECT_EQ(*result.value.b, 5);
}

TEST(decode, refuses_extra_keys_once_each_behind_the_other_errors)
{
    EXPECT_EQ(
        from_json<shop::strict>(R"({"z":1,"a":"x","y":2,"z":[3],"b":0})").errors,
        R"({"type":"int_parsing","loc":["body","a"],)"
        R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
        R"({"type":"extra_forbidden","loc":["body","z"],"msg":"Extra inputs are not permitted","input":[3]},)"
        R"({"type":"extra_forbidden","loc":["body","y"],"msg":"Extra inputs are not permitted","input":2},)"
        R"({"type":"extra_forbidden","loc":["body","b"],"msg":"Extra inputs are not permitted","input":0})");
}

TEST(decode, checks_the_rules_of_members)
{
    EXPECT_EQ(from_json<shop::bounded>(R"({"name":"éé","n":4,"x":1,"list":[1,2],"map":{"a":1}})").errors, "");
    EXPECT_EQ(
        from_json<shop::bounded>(R"({"name":"é","n":-3,"x":"2","list":[],"map":{"a":1,"b":2}})").errors,
        R"({"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 2 characters",)"
        R"("input":"é","ctx":{"min_length":2}},)"
        R"({"type":"multiple_of","loc":["body","n"],"msg":"Input should be a multiple of 2","input":-3,)"
        R"("ctx":{"multiple_of":2}},)"
        R"({"type":"less_than","loc":["body","x"],"msg":"Input should be less than 2","input":"2",)"
        R"("ctx":{"lt":2.0}},)"
        R"({"type":"too_short","loc":["body","list"],)"
        R"("msg":"List should have at least 1 item after validation, not 0","input":[],)"
        R"("ctx":{"field_type":"List","min_length":1,"actual_length":0}},)"
        R"({"type":"too_long","loc":["body","map"],)"
        R"("msg":"Dictionary should have at most 1 item after validation, not 2","input":{"a":1,"b":2},)"
        R"("ctx":{"field_type":"Dictionary","max_length":1,"actual_length":2}})");
}

TEST(decode, tells_of_a_list_that_is_too_long_and_nothing_of_its_elements)
{
    EXPECT_EQ(from_json<shop::bounded>(R"({"name":"ab","list":["x",1,"y"]})").errors,
              R"({"type":"too_long","loc":["body","list"],)"
              R"("msg":"List should have at most 2 items after validation, not 3","input":["x",1,"y"],)"
              R"("ctx":{"field_type":"List","max_length":2,"actual_length":3}})");
}

TEST(decode, reads_recursive_types)
{
    auto const result = from_json<shop::tree>(
        R"({"name":"a","children":[{"name":"b","children":[]},{"name":"c","children":[{"name":"d","children":[]}]}]})");
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.children.at(1).children.at(0).name, "d");
    EXPECT_EQ(from_json<shop::tree>(R"({"name":"a","children":[{"name":"b","children":[1]}]})").errors,
              R"({"type":"model_attributes_type","loc":["body","children",0,"children",0],)"
              R"("msg":"Input should be a valid dictionary or object to extract fields from","input":1})");
}

TEST(decode, reads_32_members_in_any_order)
{
    std::string text = "{\"last\":[9]";
    for (int i = 15; i >= 0; --i)
        text += ",\"a" + std::to_string(i) + "\":" + std::to_string(i);
    text += R"(,"b14":"end"})";
    auto const result = from_json<shop::wide>(text);
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.a15, 15);
    EXPECT_EQ(*result.value.b14, "end");
    EXPECT_EQ(result.value.last->at(0), 9);
}

TEST(decode, reads_types_of_anonymous_namespaces_and_functions)
{
    struct local {
        int inner;
        std::optional<std::string> note;
    };
    auto const result = from_json<std::vector<local>>(R"([{"inner":4,"note":"x"}])");
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.at(0).note, "x");
    EXPECT_EQ(to_json(result.value), R"([{"inner":4,"note":"x"}])");
}

TEST(decode, refuses_kinds_that_do_not_fit)
{
    EXPECT_EQ((from_json<std::map<std::string, int>>("[]").errors),
              R"({"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary","input":[]})");
    EXPECT_EQ(
        (from_json<std::map<std::string, int>>(R"({"k":1,"k":"x","j":null})").errors),
        R"({"type":"int_parsing","loc":["body","k"],)"
        R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
        R"({"type":"int_type","loc":["body","j"],"msg":"Input should be a valid integer","input":null})");
    EXPECT_EQ(from_json<std::vector<int>>(R"({"a":1})").errors,
              R"({"type":"list_type","loc":["body"],"msg":"Input should be a valid list","input":{"a":1}})");
    EXPECT_TRUE(from_json<std::optional<std::vector<int>>>("null").ok);
}

TEST(decode, reads_texts_into_lists)
{
    std::vector<std::string_view> const texts{"1", "x", "3", "y"};
    std::vector<int> value;
    validation_errors errors;
    location const query{"query"};
    location const here{query, "v"};
    EXPECT_FALSE(decode_texts(serval::detail::type_of<std::vector<int>>(), texts, &value, here, errors));
    EXPECT_EQ(
        test::items(errors),
        R"({"type":"int_parsing","loc":["query","v",1],)"
        R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
        R"({"type":"int_parsing","loc":["query","v",3],)"
        R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"y"})");
    errors.clear();
    std::optional<std::vector<bool>> bits;
    std::vector<std::string_view> const words{"on", "0"};
    EXPECT_TRUE(decode_texts(serval::detail::type_of<std::optional<std::vector<bool>>>(), words, &bits, here,
                             errors));
    EXPECT_EQ(bits, (std::vector<bool>{true, false}));
    EXPECT_EQ(from_text<std::vector<int>>("4").value, std::vector<int>{4});
}

TEST(decode, echoes_the_texts_of_a_list_of_the_wrong_length)
{
    serval::detail::constraint const least{serval::detail::constraint_kind::min_length,
                                           serval::detail::constant_of(2LL)};
    auto const& type = serval::detail::type_of<std::vector<int>>();
    auto const constraints = resolve_constraints({&least, 1}, type, "test");
    std::vector<std::string_view> const texts{"1"};
    std::vector<int> value;
    validation_errors errors;
    location const query{"query"};
    EXPECT_FALSE(decode_texts(type, constraints, texts, &value, location{query, "v"}, errors));
    EXPECT_EQ(errors.body(),
              R"({"detail":[{"type":"too_short","loc":["query","v"],)"
              R"("msg":"List should have at least 2 items after validation, not 1","input":["1"],)"
              R"("ctx":{"field_type":"List","min_length":2,"actual_length":1}}]})");
}

TEST(decode, knows_what_text_can_be_read_into)
{
    using serval::detail::type_of;
    EXPECT_TRUE(is_textual(type_of<std::optional<int>>()));
    EXPECT_TRUE(is_textual(type_of<serval::defaulted<std::vector<shop::colour>>>()));
    EXPECT_FALSE(is_textual(type_of<shop::tree>()));
    EXPECT_FALSE(is_textual(type_of<std::vector<std::vector<int>>>()));
    EXPECT_FALSE(is_textual(type_of<serval::json>()));
    EXPECT_TRUE(takes_many(type_of<std::optional<std::vector<int>>>()));
    EXPECT_FALSE(takes_many(type_of<std::string>()));
}

TEST(decode, stops_at_the_most_errors)
{
    std::string text = "[";
    for (int i = 0; i != 5000; ++i)
        text += "0,";
    text += "0]";
    auto const result = from_json<std::vector<shop::large>>(text);
    EXPECT_FALSE(result.ok);
    // What fails is not kept: one place serves all later elements.
    EXPECT_EQ(result.value.size(), 1U);
    EXPECT_EQ((from_json<std::map<std::string, shop::large>>(R"({"a":1,"b":1,"c":1})").value.size()), 1U);
}

TEST(decode, reserves_no_more_than_it_reads_into)
{
    std::string text = "[0";
    for (int i = 0; i != 100'000; ++i)
        text += ",0";
    text += ']';
    EXPECT_LE(from_json<std::vector<shop::large>>(text).value.capacity() * sizeof(shop::large), 70'000U);
}

TEST(decode, takes_bodies_as_deep_as_documents_may_be)
{
    std::string text;
    for (int i = 0; i != 200; ++i)
        text += R"({"name":"x","children":[)";
    for (int i = 0; i != 200; ++i)
        text += "]}";
    json_document document;
    ASSERT_EQ(document.parse(text, json_document::hard_max_depth), json_outcome::ok);
    shop::tree value;
    validation_errors errors;
    EXPECT_TRUE(decode_json(serval::detail::type_of<shop::tree>(), document.root(), &value, location{"body"},
                            errors));
    EXPECT_EQ(to_json(value), text);
}

TEST(decode, keeps_the_order_of_keys_in_a_map_of_pairs)
{
    using pairs = std::vector<std::pair<std::string, int>>;
    auto const read = from_json<pairs>(R"({"z":1,"a":"2","z":3})");
    ASSERT_TRUE(read.ok) << read.errors;
    EXPECT_EQ(read.value, (pairs{{"z", 3}, {"a", 2}}));
    EXPECT_EQ(from_json<pairs>("[]").errors,
              R"({"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary","input":[]})");
}

TEST(decode_json, replaces_what_an_initialiser_gave)
{
    auto const got = from_json<shop::with_initialisers>(
        R"({"cleared":null,"level":null,"tags":["x"],"bits":[false],"scores":{"a":2},"ordered":{"b":3},)"
        R"("sizes":[9],"nested":{"c":[4]},"plain":{"a":2,"b":"y"},"maybe":{"c":[]},"any":{"k":1}})");
    ASSERT_TRUE(got.ok) << got.errors;
    EXPECT_EQ(
        to_json(got.value),
        R"({"cleared":null,"level":null,"tags":["x"],"bits":[false],"scores":{"a":2},"ordered":{"b":3},)"
        R"("sizes":[9],"nested":{"a":1,"b":2,"c":[4]},"plain":{"a":2,"b":"y"},)"
        R"("maybe":{"a":1,"b":2,"c":[]},"any":{"k":1}})");
}

TEST(decode_json, keeps_what_an_initialiser_gave_where_nothing_was_sent)
{
    auto const got = from_json<shop::with_initialisers>(
        R"({"tags":[],"bits":[],"scores":{},"ordered":{},"nested":{"c":[]},"plain":{"a":2,"b":"y"},"any":1})");
    ASSERT_TRUE(got.ok) << got.errors;
    EXPECT_EQ(to_json(got.value), R"({"cleared":5,"level":6,"tags":[],"bits":[],"scores":{},"ordered":{},)"
                                  R"("sizes":[1,2],"nested":{"a":1,"b":2,"c":[]},"plain":{"a":2,"b":"y"},)"
                                  R"("maybe":{"a":100,"b":200,"c":[300]},"any":1})");
}

TEST(decode_json, takes_the_texts_of_the_largest_floats)
{
    constexpr float largest = std::numeric_limits<float>::max();
    for (float const value : {largest, -largest, std::nextafter(largest, 0.0F)}) {
        auto const again = from_json<float>(to_json(value));
        EXPECT_TRUE(again.ok) << again.errors;
        EXPECT_EQ(again.value, value);
    }
    EXPECT_FALSE(from_json<float>("3.4028236e38").ok);
    EXPECT_FALSE(from_json<float>("-3.40282357e38").ok);
}

TEST(decode_json, refuses_a_sys_time_that_could_not_be_sent_back)
{
    using instant = std::chrono::sys_seconds;
    EXPECT_TRUE(from_json<instant>(R"("0001-01-01T00:00:00Z")").ok);
    EXPECT_TRUE(from_json<instant>(R"("9999-12-31T23:59:59Z")").ok);
    EXPECT_EQ(
        from_json<instant>(R"("0001-01-01T00:00:00+01:00")").errors,
        R"({"type":"datetime_parsing","loc":["body"],"msg":"Input should be a valid datetime, value is )"
        R"(outside of the supported range","input":"0001-01-01T00:00:00+01:00",)"
        R"("ctx":{"error":"value is outside of the supported range"}})");
    EXPECT_FALSE(from_json<instant>(R"("9999-12-31T23:59:59-01:00")").ok);
}

} // namespace
