// The opt-in JSON value: nlohmann's ordered_json as serval::json. The only public header that includes
// nlohmann.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace serval {

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

} // namespace detail
} // namespace serval
