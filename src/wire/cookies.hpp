// The Cookie request field.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::wire {

/// The value of cookie `name` in a Cookie field's value, as Starlette's cookie_parser reads it: pairs split
/// at ';', surrounding white space dropped, a pair without '=' has an empty name, the last duplicate wins, a
/// quoted value is unquoted as Python's http.cookies._unquote does.
std::optional<std::string> find_cookie(std::string_view field_value, std::string_view name);

} // namespace serval::wire
