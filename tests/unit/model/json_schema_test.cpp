#include "model/json_schema.hpp"

#include <serval/datetime.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/email.hpp>
#include <serval/json.hpp>
#include <serval/upload_file.hpp>
#include <serval/uuid.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace serval::model {
namespace {

enum class mood { good, bad };

struct strict_model {
    std::string first_name;
    defaulted<double> share = 0.5;
    std::optional<int> age;
    defaulted<mood> now = mood::bad;
    defaulted<std::vector<int>> list = std::vector<int>{1};
    std::optional<mood> before;
    defaulted<std::chrono::seconds> time = std::chrono::seconds{90};
    std::map<std::string, bool> flags;
};

constexpr auto rules(rules_for<strict_model>)
{
    return model_rules<forbid_extra, model_doc<"Somebody">,
                       member<"first_name", min_length(1), max_length(9), serval::pattern("^[a-z]+$"),
                              alias("firstName"), doc("Given")>,
                       member<"share", gt(0), lt(1.5)>, member<"age", ge(0), le(150), multiple_of(2)>,
                       member<"list", min_length(1)>, member<"flags", max_length(4)>>{};
}

struct holder {
    strict_model a;
    std::optional<strict_model> b;
    std::vector<strict_model> c;
};

template <class T>
std::string schema(schema_use const& use = {}, schema_order order = schema_order::paths)
{
    schema_names names;
    names.add(detail::type_of<T>());
    names.settle();
    return value_schema(detail::type_of<T>(), use, names, order);
}

template <class T>
std::string component()
{
    schema_names names;
    names.add(detail::type_of<T>());
    names.settle();
    return component_schema(detail::type_of<T>(), names);
}

TEST(json_schema, knows_the_types_of_json)
{
    EXPECT_EQ(schema<bool>(), R"({"type":"boolean"})");
    EXPECT_EQ(schema<float>(), R"({"type":"number"})");
    EXPECT_EQ(schema<std::string>(), R"({"type":"string"})");
    EXPECT_EQ(schema<json>(), "{}");
}

TEST(json_schema, knows_formats)
{
    EXPECT_EQ(schema<email>(), R"({"type":"string","format":"email"})");
    EXPECT_EQ(schema<uuid>(), R"({"type":"string","format":"uuid"})");
    EXPECT_EQ(schema<std::chrono::year_month_day>(), R"({"type":"string","format":"date"})");
    EXPECT_EQ(schema<time_of_day>(), R"({"type":"string","format":"time"})");
    EXPECT_EQ(schema<datetime>(), R"({"type":"string","format":"date-time"})");
    EXPECT_EQ(schema<std::chrono::sys_seconds>(), R"({"type":"string","format":"date-time"})");
    EXPECT_EQ(schema<std::chrono::minutes>(), R"({"type":"string","format":"duration"})");
}

TEST(json_schema, nests_containers)
{
    EXPECT_EQ((schema<std::map<std::string, std::vector<std::optional<int>>>>()),
              R"({"type":"object","additionalProperties":{"type":"array","items":{"anyOf":)"
              R"([{"type":"integer"},{"type":"null"}]}}})");
}

TEST(json_schema, orders_keys_by_where_it_stands)
{
    schema_use const use{.default_json = "[]", .title = "T", .description = "D"};
    EXPECT_EQ(schema<std::vector<int>>(use),
              R"({"type":"array","items":{"type":"integer"},"default":[],"description":"D","title":"T"})");
    EXPECT_EQ(schema<std::vector<int>>(use, schema_order::components),
              R"({"items":{"type":"integer"},"type":"array","title":"T","description":"D","default":[]})");
}

TEST(json_schema, shows_no_default_of_null)
{
    EXPECT_EQ(schema<std::optional<int>>({.default_json = "null"}),
              R"({"anyOf":[{"type":"integer"},{"type":"null"}]})");
}

TEST(json_schema, of_an_enumeration_lists_its_names)
{
    EXPECT_EQ(component<mood>(), R"({"type":"string","enum":["good","bad"],"title":"Mood"})");
}

TEST(json_schema, of_a_model_has_its_rules_and_defaults)
{
    EXPECT_EQ(component<strict_model>(),
              R"({"properties":{"firstName":{"type":"string","maxLength":9,"minLength":1,"pattern":)"
              R"("^[a-z]+$","title":"Firstname","description":"Given"},"share":{"type":"number",)"
              R"("exclusiveMaximum":1.5,"exclusiveMinimum":0,"title":"Share","default":0.5},"age":{"anyOf":)"
              R"([{"type":"integer","multipleOf":2,"maximum":150,"minimum":0},{"type":"null"}],"title":)"
              R"("Age"},"now":{"$ref":"#/components/schemas/Mood","default":"bad"},"list":{"items":)"
              R"({"type":"integer"},"type":"array","minItems":1,"title":"List","default":[1]},"before":)"
              R"({"anyOf":[{"$ref":"#/components/schemas/Mood"},{"type":"null"}]},"time":{"type":"string",)"
              R"("format":"duration","title":"Time","default":"PT1M30S"},"flags":{"additionalProperties":)"
              R"({"type":"boolean"},"type":"object","maxProperties":4,"title":"Flags"}},)"
              R"("additionalProperties":false,"type":"object","required":["firstName","flags"],"title":)"
              R"("StrictModel","description":"Somebody"})");
}

TEST(json_schema, of_nested_models_refers)
{
    EXPECT_EQ(component<holder>(),
              R"({"properties":{"a":{"$ref":"#/components/schemas/StrictModel"},"b":{"anyOf":)"
              R"([{"$ref":"#/components/schemas/StrictModel"},{"type":"null"}]},"c":{"items":)"
              R"({"$ref":"#/components/schemas/StrictModel"},"type":"array","title":"C"}},"type":"object",)"
              R"("required":["a","c"],"title":"Holder"})");
}

TEST(json_schema, of_a_number_keeps_the_form_of_its_bounds)
{
    detail::constraint const bounds[] = {{detail::constraint_kind::ge, detail::constant_of(1.5)},
                                         {detail::constraint_kind::le, detail::constant_of(-3)}};
    EXPECT_EQ(schema<double>({.constraints = bounds}), R"({"type":"number","maximum":-3,"minimum":1.5})");
}

TEST(json_schema, bounds_integers_that_are_smaller_than_an_int_or_have_no_sign)
{
    EXPECT_EQ(schema<std::uint8_t>(), R"({"type":"integer","maximum":255,"minimum":0})");
    EXPECT_EQ(schema<std::int8_t>(), R"({"type":"integer","maximum":127,"minimum":-128})");
    EXPECT_EQ(schema<std::int16_t>(), R"({"type":"integer","maximum":32767,"minimum":-32768})");
    EXPECT_EQ(schema<std::uint32_t>(), R"({"type":"integer","maximum":4294967295,"minimum":0})");
    EXPECT_EQ(schema<std::uint64_t>(), R"({"type":"integer","maximum":18446744073709551615,"minimum":0})");
    EXPECT_EQ(schema<int>(), R"({"type":"integer"})");
    EXPECT_EQ(schema<std::int64_t>(), R"({"type":"integer"})");
    EXPECT_EQ(schema<std::vector<std::uint8_t>>(),
              R"({"type":"array","items":{"type":"integer","maximum":255,"minimum":0}})");
}

TEST(json_schema, shows_declared_bounds_before_those_of_the_type)
{
    static constexpr detail::constraint declared[] = {
        {detail::constraint_kind::gt, detail::constant_of(9'223'372'036'854'775'808ULL)},
        {detail::constraint_kind::le, detail::constant_of(18'446'744'073'709'551'000ULL)}};
    EXPECT_EQ(schema<std::uint64_t>({.constraints = declared}),
              R"({"type":"integer","maximum":18446744073709551000,"exclusiveMinimum":9223372036854775808})");
}

TEST(json_schema, shows_the_bounds_of_floats_by_their_digits)
{
    static constexpr detail::constraint declared[] = {
        {detail::constraint_kind::ge, detail::constant_of(0.1F)},
        {detail::constraint_kind::le, detail::constant_of(0.7)}};
    EXPECT_EQ(schema<float>({.constraints = declared}), R"({"type":"number","maximum":0.7,"minimum":0.1})");
}

} // namespace
} // namespace serval::model
