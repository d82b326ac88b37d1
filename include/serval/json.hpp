// The opt-in JSON value: nlohmann's ordered_json as serval::json. The only public header that includes
// nlohmann.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace serval {

namespace model {
class json_view; // src/model/json_document.hpp
}

/// A JSON value whose objects keep the order of their keys. What a handler returns as `json` is written
/// compactly, in that order, with floats in Python's form; a NaN or an infinity in it is answered with 500,
/// as in FastAPI.
///
/// Reading a key of an object looks through its keys one by one: for large objects of a client's choice,
/// iterate.
using json = nlohmann::ordered_json;

namespace detail {

/// Appends `value` as compact JSON. False, and `out` as before, when it holds a NaN, an infinity or a
/// discarded value, or is nested deeper than 512.
[[nodiscard]] bool append_json(std::string& out, json const& value);

/// A parsed value as json: of equal keys the last value at the first place; integers beyond 64 bits become
/// doubles.
json to_json(model::json_view const& value);

} // namespace detail
} // namespace serval
