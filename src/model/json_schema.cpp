#include "model/json_schema.hpp"

#include "model/constant_value.hpp"
#include "model/constraint_set.hpp"
#include "model/enum_layout.hpp"
#include "model/model_layout.hpp"
#include "model/scalar.hpp"

#include <serval/constraints.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace serval::model {
namespace {

using detail::constant;
using detail::constraint_kind;
using detail::type_kind;
using detail::type_table;

/// The keys of FastAPI's model of a schema, in its order; those that serval writes.
constexpr std::array<std::string_view, 25> component_order{"$ref",
                                                           "anyOf",
                                                           "items",
                                                           "properties",
                                                           "additionalProperties",
                                                           "type",
                                                           "enum",
                                                           "const",
                                                           "multipleOf",
                                                           "maximum",
                                                           "exclusiveMaximum",
                                                           "minimum",
                                                           "exclusiveMinimum",
                                                           "maxLength",
                                                           "minLength",
                                                           "pattern",
                                                           "maxItems",
                                                           "minItems",
                                                           "maxProperties",
                                                           "minProperties",
                                                           "required",
                                                           "format",
                                                           "contentMediaType",
                                                           "title",
                                                           "description"};

std::size_t place_in_components(std::string_view key)
{
    auto const* const at = std::find(component_order.begin(), component_order.end(), key);
    return static_cast<std::size_t>(at - component_order.begin()); // `default` is behind all
}

std::string finished(json_object& schema, schema_order order)
{
    auto& members = schema.members();
    if (order == schema_order::components) {
        std::sort(members.begin(), members.end(), [](auto const& a, auto const& b) {
            return place_in_components(a.first) < place_in_components(b.first);
        });
    }
    return schema.str();
}

std::string number_json(constant const& bound, type_table const& bare)
{
    std::string out;
    if (bound.is == constant::kind::integer) {
        integer_value const whole = whole_of(bound);
        if (whole.negative) out += '-';
        append_json_int(out, whole.magnitude);
    } else if (!append_json_double(out, bare.kind == type_kind::number ? number_bound(bound, bare)
                                                                       : bound.number)) {
        out = "null"; // not reached: constraints that are not finite are refused at registration
    }
    return out;
}

struct constraint_words {
    constraint_kind kind;
    std::string_view of_number, of_string, of_list, of_map;
};

/// In pydantic's order.
constexpr std::array<constraint_words, 8> words{{
    {constraint_kind::multiple_of, "multipleOf", {}, {}, {}},
    {constraint_kind::le, "maximum", {}, {}, {}},
    {constraint_kind::ge, "minimum", {}, {}, {}},
    {constraint_kind::lt, "exclusiveMaximum", {}, {}, {}},
    {constraint_kind::gt, "exclusiveMinimum", {}, {}, {}},
    {constraint_kind::min_length, {}, "minLength", "minItems", "minProperties"},
    {constraint_kind::max_length, {}, "maxLength", "maxItems", "maxProperties"},
    {constraint_kind::pattern, {}, "pattern", {}, {}},
}};

/// The range of integers that Python's int does not have: of fewer bits than an int, and without a sign. The
/// wider ones are written as FastAPI's.
std::vector<detail::constraint> implied_bounds(type_table const& bare)
{
    if (bare.kind != type_kind::integer || (bare.is_signed && bare.size >= sizeof(int))) return {};
    std::uint64_t const all = ~std::uint64_t{0} >> (64 - 8 * bare.size);
    std::uint64_t const largest = bare.is_signed ? all >> 1 : all;
    std::int64_t const least = bare.is_signed ? -static_cast<std::int64_t>(largest) - 1 : 0;
    return {{constraint_kind::le, detail::constant_of(largest)},
            {constraint_kind::ge, detail::constant_of(least)}};
}

/// The constraints of a type's values, those that its C++ type implies included where none is declared.
std::vector<detail::constraint> all_bounds(type_table const& bare,
                                           std::span<detail::constraint const> declared)
{
    std::vector<detail::constraint> all{declared.begin(), declared.end()};
    for (auto const& implied : implied_bounds(bare)) {
        auto const strict = implied.kind == constraint_kind::le ? constraint_kind::lt : constraint_kind::gt;
        if (std::none_of(declared.begin(), declared.end(),
                         [&](auto const& one) { return one.kind == implied.kind || one.kind == strict; }))
            all.push_back(implied);
    }
    return all;
}

void add_constraints(json_object& schema, type_table const& bare,
                     std::span<detail::constraint const> declared)
{
    type_kind const of = bare.kind;
    auto const constraints = all_bounds(bare, declared);
    for (auto const& word : words) {
        std::string_view const key = of == type_kind::list     ? word.of_list
                                     : of == type_kind::map    ? word.of_map
                                     : of == type_kind::string ? word.of_string
                                                               : word.of_number;
        for (auto const& one : constraints) {
            if (one.kind != word.kind || key.empty()) continue;
            if (one.kind == constraint_kind::pattern) {
                schema.text(key, one.bound.text);
            } else {
                schema.raw(key, number_json(one.bound, bare));
            }
        }
    }
}

/// Of optionals of defaulted of optionals …: whether `null` is a value, too.
bool is_nullable(type_table const& type)
{
    if (type.kind == type_kind::optional) return true;
    if (type.kind != type_kind::defaulted) return false;
    return is_nullable(static_cast<detail::wrapped_ops const*>(type.extra)->value());
}

bool is_named(type_table const& type)
{
    return type.kind == type_kind::model || type.kind == type_kind::enumeration;
}

json_object text_schema(std::string_view format = {})
{
    json_object made;
    made.text("type", "string").text_if("format", format);
    return made;
}

json_object literal_schema(type_table const& type)
{
    auto const choices = static_cast<detail::literal_ops const*>(type.extra)->choices;
    json_object made;
    if (choices.size() == 1) {
        made.text("const", choices.front());
    } else {
        made.raw("enum", json_string_array(std::vector<std::string>(choices.begin(), choices.end())));
    }
    made.text("type", "string");
    return made;
}

/// Of a type that is neither optional nor defaulted.
json_object bare_schema(type_table const& type, schema_names const& names, schema_order order)
{
    json_object made;
    switch (type.kind) {
    case type_kind::boolean: made.text("type", "boolean"); break;
    case type_kind::integer:
    case type_kind::big_integer: made.text("type", "integer"); break;
    case type_kind::number: made.text("type", "number"); break;
    case type_kind::string: return text_schema();
    case type_kind::email: return text_schema("email");
    case type_kind::uuid: return text_schema("uuid");
    case type_kind::date: return text_schema("date");
    case type_kind::time_of_day: return text_schema("time");
    case type_kind::datetime:
    case type_kind::sys_time: return text_schema("date-time");
    case type_kind::timedelta:
    case type_kind::duration: return text_schema("duration");
    case type_kind::url:
        made.text("type", "string").raw("maxLength", "2083").raw("minLength", "1").text("format", "uri");
        break;
    case type_kind::literal: return literal_schema(type);
    case type_kind::decimal: break; // two alternatives; see make_schema
    case type_kind::bytes:
    case type_kind::upload_file:
        // Both: Swagger UI shows lists of files as pickers by `format` only, and OpenAPI 3.1's own way is the
        // other key.
        made = text_schema("binary");
        made.text("contentMediaType", "application/octet-stream");
        break;
    case type_kind::list:
        made.text("type", "array");
        made.raw("items",
                 value_schema(static_cast<detail::list_ops const*>(type.extra)->element(), {}, names, order));
        break;
    case type_kind::map:
        made.text("type", "object");
        made.raw("additionalProperties",
                 value_schema(static_cast<detail::map_ops const*>(type.extra)->value(), {}, names, order));
        break;
    case type_kind::enumeration:
    case type_kind::model: made.text("$ref", "#/components/schemas/" + names.key_of(type)); break;
    case type_kind::json:      // anything
    case type_kind::optional:  // not bare
    case type_kind::defaulted: // not bare
        break;
    }
    return made;
}

json_object make_schema(type_table const& type, schema_use const& use, schema_names const& names,
                        schema_order order)
{
    auto const& bare = bare_type(type);
    json_object made = bare_schema(bare, names, order);
    bool const is_decimal = bare.kind == type_kind::decimal;
    if (is_decimal) made.text("type", "number");
    add_constraints(made, bare, use.constraints);
    if (is_decimal || is_nullable(type)) {
        std::string alternatives = finished(made, order);
        if (is_decimal) alternatives += R"(,{"type":"string"})";
        if (is_nullable(type)) alternatives += R"(,{"type":"null"})";
        made = {};
        made.raw("anyOf", '[' + alternatives + ']');
    }
    if (!use.default_json.empty() && use.default_json != "null") made.raw("default", use.default_json);
    return made;
}

std::string with_title(json_object schema, schema_use const& use, schema_order order)
{
    // pydantic sets the description first where it stands beside a title.
    return finished(schema.text_if("description", use.description).text_if("title", use.title), order);
}

std::string enum_schema(type_table const& type)
{
    auto const& layout = enum_layout_of(type);
    std::vector<std::string> names;
    std::string numbers;
    for (auto const& entry : layout.entries) {
        names.push_back(entry.name);
        if (!numbers.empty()) numbers += ',';
        append_json_int(numbers, entry.value);
    }
    json_object made;
    made.text("type", layout.by_value ? "integer" : "string");
    made.raw("enum", layout.by_value ? '[' + numbers + ']' : json_string_array(names));
    made.text("title", schema_title(layout.type_name));
    return finished(made, schema_order::components);
}

} // namespace

std::string value_schema(type_table const& type, schema_use const& use, schema_names const& names,
                         schema_order order)
{
    schema_use shown = use;
    if (is_named(bare_type(type))) shown.title = {};
    return with_title(make_schema(type, shown, names, order), shown, order);
}

std::string titled_schema(type_table const& type, schema_use const& use, schema_names const& names,
                          schema_order order)
{
    json_object made = make_schema(type, use, names, order);
    schema_use shown = use;
    if (made.contains("$ref")) shown.title = {};
    return with_title(std::move(made), shown, order);
}

std::string component_schema(type_table const& type, schema_names const& names)
{
    if (type.kind == type_kind::enumeration) return enum_schema(type);
    auto const& layout = model_layout_of(type);
    return object_schema(model_properties(type, names, schema_order::components),
                         schema_title(layout.type_name), layout.description, layout.forbids_extra);
}

std::string object_schema(std::vector<schema_property> const& properties, std::string_view title,
                          std::string_view description, bool forbids_extra)
{
    json_object members;
    std::vector<std::string_view> required;
    for (auto const& one : properties) {
        if (members.contains(one.name)) continue; // of a parameter and a form_model's member
        members.raw(one.name, one.schema);
        if (one.required) required.push_back(one.name);
    }
    json_object made;
    made.raw("properties", members.str()).text("type", "object");
    if (forbids_extra) made.boolean("additionalProperties", false);
    if (!required.empty()) made.raw("required", json_string_array(required));
    made.text("title", title).text_if("description", description);
    return finished(made, schema_order::components);
}

std::vector<schema_property> model_properties(type_table const& model, schema_names const& names,
                                              schema_order order)
{
    auto const& layout = model_layout_of(model);
    auto const initial = initial_members_json(model);
    std::vector<schema_property> made;
    for (std::size_t i = 0; i != layout.members.size(); ++i) {
        auto const& member = layout.members[i];
        std::string const title = title_of(member.key);
        schema_use use{.constraints = member.declared, .title = title, .description = member.description};
        use.default_json = initial[i];
        made.push_back({member.key, value_schema(*member.type, use, names, order), member.required});
    }
    return made;
}

} // namespace serval::model
