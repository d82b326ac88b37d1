// Which numbers of JSON text a serval::json holds as they are.
#pragma once

#include "model/json_document.hpp"
#include "model/location.hpp"
#include "model/validation_errors.hpp"

namespace serval::model {

/// False, and an error for each, when `value` holds numbers that a serval::json could only change: those
/// beyond the range of double (`finite_number`), and integers beyond 64 bits (`int_parsing_size`).
bool check_json_numbers(json_view value, location const& where, validation_errors& errors);

} // namespace serval::model
