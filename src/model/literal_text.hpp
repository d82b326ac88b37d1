// The texts of a serval::literal.
#pragma once

#include "model/problem.hpp"

#include <serval/detail/type_table.hpp>

#include <string_view>

namespace serval::model {

/// Stores the choice that is `text` into a type of kind `literal`. False: there is none.
bool store_literal(detail::type_table const& type, std::string_view text, void* out);

/// The choice that a value of kind `literal` is.
std::string_view load_literal(detail::type_table const& type, void const* value);

/// What is wrong with any other input: `literal_error`, which lists the choices.
problem literal_problem(detail::type_table const& type);

} // namespace serval::model
