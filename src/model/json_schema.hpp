// Types as JSON Schema (draft 2020-12, the dialect of OpenAPI 3.1), in pydantic's words.
#pragma once

#include "model/json_object.hpp"
#include "model/schema_names.hpp"

#include <serval/detail/type_table.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval::model {

/// The order of a schema's keys. FastAPI writes those of paths as pydantic makes them, `type` first, and
/// those of components in the order of its model of a schema, `type` behind `properties`.
enum class schema_order : unsigned char { paths, components };

/// What one use of a type adds to the type's own schema.
struct schema_use {
    std::span<detail::constraint const> constraints{}; ///< of the value within optionals
    std::string default_json{};                        ///< empty or `null`: not shown, as in FastAPI
    std::string_view title{};
    std::string_view description{};
};

/// A property of an object schema.
struct schema_property {
    std::string name;
    std::string schema; ///< JSON
    bool required = true;
};

/// The schema of a value of `type` as JSON: models and enumerations are references into
/// `components/schemas`, so `names` must know them.
std::string value_schema(detail::type_table const& type, schema_use const& use, schema_names const& names,
                         schema_order order);

/// The same for a parameter or a response, which pydantic titles whatever its type is, unless it is a
/// reference and nothing else. A member's is only titled when it is of no named type.
std::string titled_schema(detail::type_table const& type, schema_use const& use, schema_names const& names,
                          schema_order order);

/// What `components/schemas` says of a model or an enumeration.
std::string component_schema(detail::type_table const& type, schema_names const& names);

/// An object in `components/schemas`, such as FastAPI's `Body_…`.
std::string object_schema(std::vector<schema_property> const& properties, std::string_view title,
                          std::string_view description = {}, bool forbids_extra = false);

/// The members of a model as properties.
///
/// Those of a form or a group of parameters have the same schemas; `order` is that of where they will stand.
std::vector<schema_property> model_properties(detail::type_table const& model, schema_names const& names,
                                              schema_order order);

} // namespace serval::model
