// Text and JSON numbers as decimals, by the rules of Python's Decimal and the words of pydantic.
#pragma once

#include "model/problem.hpp"

#include <serval/decimal.hpp>

#include <string>
#include <string_view>

namespace serval::model {

/// Reads a decimal from text, as `Decimal(text)`. Problems: `decimal_parsing`; `finite_number` for NaN and
/// infinities.
outcome<decimal> parse_decimal(std::string_view text);

/// Reads a decimal from a JSON number's own text: an integer as it is, others as Python's `str` of the
/// double.
outcome<decimal> parse_decimal_from_json_number(std::string_view raw);

/// `value` as Python's `str` of the double.
decimal decimal_from_double(double value);

/// Appends `value` as FastAPI writes a decimal outside of a model: an integer without an exponent, or a
/// double.
void append_decimal_number(std::string& out, decimal const& value);

} // namespace serval::model
