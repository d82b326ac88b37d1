// Scalars from JSON values and from text: one conversion each, errors in pydantic's words.
#pragma once

#include "model/json_document.hpp"
#include "model/problem.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <string_view>

namespace serval::model {

/// Where a conversion's error goes.
struct error_site {
    location const& where;
    error_input input;
    validation_errors& errors;

    /// Adds the error; false, so that a conversion may end with it.
    bool fail(problem const& what) const
    {
        errors.add(where, what, input);
        return false;
    }
    bool fail(std::string_view type, std::string_view message) const
    {
        errors.add(where, type, message, input);
        return false;
    }
};

/// True for the kinds that are read here: not a container, a model, json, a file, optional or defaulted.
bool is_scalar(detail::type_kind kind) noexcept;

/// Adds the error for a value of a kind that a scalar type never takes, such as null or a file; false.
bool fail_kind(detail::type_table const& type, error_site const& site);

/// Reads what most texts are, with nothing prepared for an error: any text into a string, plain digits into
/// an integer, a plain address into an email. False: nothing was stored, and scalar_from_text() has to look
/// at it.
bool read_plain_text(detail::type_table const& type, std::string_view text, void* out);

/// The same of a JSON value for scalar_from_json(): a string, or a whole number for an integer.
bool read_plain_json(detail::type_table const& type, json_view input, void* out);

/// Reads a scalar from a JSON value.
bool scalar_from_json(detail::type_table const& type, json_view input, void* out, error_site const& site);

/// Reads a scalar from text: a parameter's, or a JSON string.
bool scalar_from_text(detail::type_table const& type, std::string_view text, void* out,
                      error_site const& site);

} // namespace serval::model
