// From received values to C++ values, by the rules of pydantic's lax mode.
#pragma once

#include "model/constraint_set.hpp"
#include "model/decode_fields.hpp" // IWYU pragma: export
#include "model/json_document.hpp"
#include "model/location.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <span>
#include <string_view>

namespace serval::model {

// Everywhere: `out` is a constructed value of the type, and what was in it is replaced: of an initialiser
// only members stay that the input leaves out. Errors are added in FastAPI's words and order, and false means
// that there is at least one; `out` is then some valid value that must not be used. Memory is bounded by the
// input's size, recursion by the type and the document's depth. The types were resolved before (see
// resolve()), else the first use may throw.

/// Reads a JSON value, and checks it.
bool decode_json(detail::type_table const& type, constraint_span constraints, json_view input, void* out,
                 location const& where, validation_errors& errors);

/// Reads a JSON value.
bool decode_json(detail::type_table const& type, json_view input, void* out, location const& where,
                 validation_errors& errors);

/// Reads the text of a path, query, header, cookie or form value, and checks it: a scalar, or an optional or
/// defaulted one. A list takes the text as its only element.
bool decode_text(detail::type_table const& type, constraint_span constraints, std::string_view text,
                 void* out, location const& where, validation_errors& errors);

/// Reads the text of a value.
bool decode_text(detail::type_table const& type, std::string_view text, void* out, location const& where,
                 validation_errors& errors);

/// Reads the values of a repeated parameter into a list (or an optional or defaulted one), and checks it.
bool decode_texts(detail::type_table const& list, constraint_span constraints,
                  std::span<std::string_view const> texts, void* out, location const& where,
                  validation_errors& errors);

/// Reads the values of a repeated parameter.
bool decode_texts(detail::type_table const& list, std::span<std::string_view const> texts, void* out,
                  location const& where, validation_errors& errors);

/// True when a parameter of this type takes all values of a repeated key: a list, or an optional or defaulted
/// one.
bool takes_many(detail::type_table const& type);

/// True when decode_text() or decode_texts() can read the type: what a parameter that is no body may be.
bool is_textual(detail::type_table const& type);

} // namespace serval::model
