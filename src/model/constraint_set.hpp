// Bounds of parameters and members: resolved once, then checked against decoded values.
#pragma once

#include "model/number_text.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval {
class decimal;
}

namespace serval::model {

class pattern; // model/pattern.hpp

/// One constraint that fits its type, with its answer written in advance.
struct checked_constraint {
    detail::constraint_kind kind;
    integer_value integer{};                ///< the bound where the type is an integer, and lengths
    double number = 0;                      ///< the bound where the type is a floating-point number
    std::shared_ptr<pattern const> regex;   ///< of `pattern`
    std::shared_ptr<decimal const> exact{}; ///< the bound where the type is a decimal
    problem violation;                      ///< type, message and ctx; lists add their `actual_length`
};

/// The constraints of one parameter or member, in pydantic's order: the first that fails is the error.
using constraint_set = std::vector<checked_constraint>;
/// The same for reading; empty: no constraints.
using constraint_span = std::span<checked_constraint const>;

/// `type` without std::optional and defaulted around it.
detail::type_table const& bare_type(detail::type_table const& type);

/// The value in std::optional and defaulted; null when an optional is empty.
void const* bare_value(detail::type_table const& type, void const* value);

/// A bound or a default of a floating-point type as it is shown: of a float, what its own digits say.
double number_bound(detail::constant const& bound, detail::type_table const& type) noexcept;

/// Checks that every constraint fits `type` (or what is in it, when optional or defaulted) and compiles
/// patterns.
///
/// `owner` begins the message, such as `parameter "limit"`. Throws std::invalid_argument: a length of a
/// number, a bound of a string, a fractional bound of an integer, a pattern that does not compile.
constraint_set resolve_constraints(std::span<detail::constraint const> constraints,
                                   detail::type_table const& type, std::string_view owner);

/// Checks `max_length` of a list of `n` elements before they are read: pydantic tells of a list that is too
/// long, and then nothing of its elements.
bool check_list_length(constraint_span constraints, std::size_t n, error_input const& input,
                       location const& where, validation_errors& errors);

/// The first constraint that a value violates; null: none. An empty optional violates nothing.
checked_constraint const* first_violation(constraint_span constraints, detail::type_table const& type,
                                          void const* value);

/// A constraint's name in C++, such as `max_length`.
std::string_view name_of(detail::constraint_kind kind) noexcept;

/// Checks a decoded value; adds the first violation. An empty optional violates nothing.
bool check_constraints(constraint_span constraints, detail::type_table const& type, void const* value,
                       error_input const& input, location const& where, validation_errors& errors);

} // namespace serval::model
