// From a value to the JSON text of a body.
// layer: handler
#pragma once

#include <serval/detail/type_of.hpp>
#include <serval/http_error.hpp>
#include <serval/response.hpp>

#include <string>

namespace serval::detail {

std::string to_json_text(type_table const& type, void const* value);

template <class T>
struct json_body {
    static std::string text(T const& value) { return to_json_text(type_of<T>(), &value); }
};

} // namespace serval::detail
