// Values of one type, written as another type declares them.
#pragma once

#include "model/json_writer.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <cstddef>
#include <string>

namespace serval::model {

/// Appends `value`, of type `type`, as the JSON of a `declared`, in the style of models.
///
/// Works from value to value: of a model the members that `declared` has, found by their keys, each as it is;
/// for those that are missing the declared defaults. Only where the kinds of two values differ (a string for
/// a number, serval::json for a model) is the JSON of the one read as the other, as a request's would be.
/// Checks the declared constraints. False: the errors say where and why, and `out` is as before. No error:
/// it would be longer than `limit`.
bool write_as(detail::type_table const& declared, detail::type_table const& type, void const* value,
              std::string& out, validation_errors& errors, std::size_t limit = no_limit);

} // namespace serval::model
