// Integers and floating-point numbers of all widths, read and written through their type tables.
#pragma once

#include "model/number_text.hpp"

#include <serval/detail/type_table.hpp>

#include <cstdint>

namespace serval::model {

/// The value of a type of kind `integer` or `enumeration`.
integer_value load_integer(detail::type_table const& type, void const* at) noexcept;

/// Stores into a type of kind `integer` or `enumeration`. False, and nothing stored, when it does not fit.
bool store_integer(detail::type_table const& type, integer_value value, void* at) noexcept;

/// The value of a type of kind `number`.
double load_number(detail::type_table const& type, void const* at) noexcept;

/// Stores into a type of kind `number`. False, and nothing stored, when it is not finite there: a double that
/// is nearer to a float than to what would be the next one is that float.
bool store_number(detail::type_table const& type, double value, void* at) noexcept;

/// Negative, zero or positive, as `a` is less than, equal to or greater than `b`.
int compare(integer_value a, integer_value b) noexcept;

/// An integer_value of a signed number.
constexpr integer_value make_integer(std::int64_t value) noexcept
{
    auto const bits = static_cast<std::uint64_t>(value);
    return value < 0 ? integer_value{.magnitude = std::uint64_t{0} - bits, .negative = true}
                     : integer_value{.magnitude = bits, .negative = false};
}

/// The number of a constant of kind `integer`.
constexpr integer_value whole_of(detail::constant const& c) noexcept
{
    if (c.is_large) return {.magnitude = static_cast<std::uint64_t>(c.integer), .negative = false};
    return make_integer(c.integer);
}

} // namespace serval::model
