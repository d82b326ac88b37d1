// Groups of parameters: the fields of a query, a form or a header block as one model.
#pragma once

#include "model/decode_form.hpp"
#include "model/location.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <span>
#include <string>
#include <string_view>

namespace serval::model {

/// One received key and value.
struct field {
    std::string_view name;
    std::string_view value;               ///< of a file: its name as sent
    upload_file const* file = nullptr;    ///< of a form
    std::string const* content = nullptr; ///< of a form's file that stays in memory
};

/// How names of members are found among fields.
enum class field_names : unsigned char {
    exact,  ///< as they are: a query
    header, ///< without regard to case, '-' for '_'
    form,   ///< as they are, and what a form sends for an input left empty is absent
};

/// Reads a group of parameters into a model: of a scalar the last value counts, in headers the first (as
/// Starlette looks them up), a list takes all.
///
/// `fields` are all that were received, in order. Errors are those of FastAPI's parameter models: `loc` ends
/// with the member's key (underscores kept, also in headers), and a missing member echoes all that was
/// received. `out` is a freshly constructed model; after false it must not be used.
bool decode_fields(detail::type_table const& model, std::span<field const> fields, field_names names,
                   void* out, location const& where, validation_errors& errors);

/// Throws std::invalid_argument, naming model and member, when a member is of a type that such fields cannot
/// be read into: a model, a map, a list of lists, serval::json, and but for a form an upload_file.
void check_fields_model(detail::type_table const& model, field_names names);

} // namespace serval::model
