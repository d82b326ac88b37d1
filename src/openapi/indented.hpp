// JSON for people.
#pragma once

#include <string>
#include <string_view>

namespace serval::openapi {

/// Compact JSON, which must be valid, with line breaks and two spaces a level; ends with a line break.
std::string indented(std::string_view json);

} // namespace serval::openapi
