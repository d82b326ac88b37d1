// Defaults of parameters: constants of template arguments as values of a type.
#pragma once

#include <serval/detail/type_table.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace serval::model {

/// Throws std::invalid_argument, beginning with `owner` (such as `parameter "limit"`), when the constant is
/// no value of the type: a text for an int, 300 for a std::uint8_t, "x" for an enumeration without x.
void check_constant(detail::type_table const& type, detail::constant const& value, std::string_view owner);

/// Stores a checked constant into a freshly constructed value. `none` and `empty` leave it as it is.
void store_constant(detail::type_table const& type, detail::constant const& value, void* out);

/// The constant as JSON, as it stands in a schema: what encode() gives of the stored value in a model.
std::string constant_json(detail::type_table const& type, detail::constant const& value);

/// What the members of a value-initialised model have that are not required, as JSON in a schema, by member;
/// empty for the others, and for one that has no JSON.
std::vector<std::string> initial_members_json(detail::type_table const& model);

} // namespace serval::model
