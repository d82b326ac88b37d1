// From received values to C++ values, by the rules of pydantic's lax mode.
#pragma once

#include "model/json_document.hpp"
#include "model/location.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <span>
#include <string_view>

namespace serval::model {

// Everywhere: `out` is a freshly constructed value of the type. Errors are added in FastAPI's words and
// order, and false means that at least one was; `out` is then some valid value that must not be used.
// Memory is bounded by the input's size; recursion by the type and the document's depth.

/// Reads a JSON value.
bool decode_json(detail::type_table const& type, json_view input, void* out, location const& where,
                 validation_errors& errors);

/// Reads the text of a path, query, header, cookie or form value: a scalar, or an optional or defaulted one.
///
/// A list takes the text as its only element. serval::json takes it as a JSON string.
bool decode_text(detail::type_table const& type, std::string_view text, void* out, location const& where,
                 validation_errors& errors);

/// Reads the values of a repeated parameter into a list (or an optional or defaulted one), one element each.
bool decode_texts(detail::type_table const& list, std::span<std::string_view const> texts, void* out,
                  location const& where, validation_errors& errors);

/// True when a parameter of this type takes all values of a repeated key: a list, or an optional or defaulted
/// one.
bool takes_many(detail::type_table const& type);

/// True when decode_text() or decode_texts() can read the type: what a parameter that is no body may be.
bool is_textual(detail::type_table const& type);

/// One received key and value of a query, a form or a header block.
struct field {
    std::string_view name;
    std::string_view value;
};

/// How names of members are found among fields.
enum class field_names : unsigned char {
    exact,  ///< query and form: as they are
    header, ///< without regard to case, '-' for '_'
};

/// Reads a group of parameters into a model: of a scalar the last value counts, a list takes all.
///
/// `fields` are all that were received, in order. Errors are those that FastAPI has for its parameter models:
/// `loc` has the key of the member (underscores kept), a missing member echoes all received values.
bool decode_fields(detail::type_table const& model, std::span<field const> fields, field_names names,
                   void* out, location const& where, validation_errors& errors);

} // namespace serval::model
