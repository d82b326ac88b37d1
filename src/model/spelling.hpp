// Names out of what a compiler puts into __PRETTY_FUNCTION__.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace serval::model {

/// The values in a spelling of detail::spelling(), each reduced to its last identifier: `red` of
/// `ns::color::red`, `name` of `(& … ::value.ns::item::name)` and of `&unborn_instance.value.name`. Empty for
/// a value without a name, such as `(ns::color)3`. Views into `spelled`.
std::vector<std::string_view> spelled_names(std::string_view spelled);

/// The type in a spelling of detail::type_spelling(), as it is: `ns::page<ns::item>`.
std::string_view spelled_type(std::string_view spelled);

/// A type's name without namespaces, enclosing classes and functions: `item`, and `page[item]` for a
/// template's.
std::string short_name(std::string_view type);

} // namespace serval::model
