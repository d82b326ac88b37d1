// The opt-in JSON value: nlohmann's ordered_json as serval::json. The only public header that includes
// nlohmann.
#pragma once

#include <serval/detail/type_of.hpp>
#include <serval/task.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <type_traits>

namespace serval {

namespace model {
class json_view; // src/model/json_document.hpp
}

/// A JSON value whose objects keep the order of their keys. What a handler returns as `json` is written
/// compactly, in that order, with floats in Python's form; a NaN or an infinity in it is answered with 500,
/// as in FastAPI.
///
/// As a body or a model member it keeps integers, or refuses them: beyond 64 bits, 422 `int_parsing_size`.
/// Numbers with a point or an exponent become the nearest double, also 0 (`1e-999`); beyond its range
/// (`1e999`): 422 `finite_number`. serval::big_integer and serval::decimal in a model hold any.
///
/// Reading a key of an object looks through its keys one by one: for large objects of a client's choice,
/// iterate.
using json = nlohmann::ordered_json;

namespace detail {

/// Appends `value` as compact JSON; see json_ops. Not representable: it holds a NaN, an infinity or a
/// discarded value, or is nested deeper than 512.
[[nodiscard]] json_written append_json(std::string& out, json const& value, std::size_t limit);

/// A parsed value as json: of equal keys the last value at the first place. Numbers that it cannot hold
/// become the nearest double.
json to_json(model::json_view const& value);

/// Makes json a type like any other: for bodies, model members and results.
template <>
struct type_entry<json> {
    static constexpr json_ops ops{
        .read = [](void* at, model::json_view const& value) { *static_cast<json*>(at) = to_json(value); },
        .write = [](void const* at, std::string& out,
                    std::size_t limit) { return append_json(out, *static_cast<json const*>(at), limit); }};
    static constexpr type_table table = make_table<json>(type_kind::json, &ops);
};

} // namespace detail
} // namespace serval

namespace boost::asio {

/// Found by the constructors of json, where a co_await was forgotten: one line, instead of all candidates.
template <class Json, class T, class Executor>
void to_json(Json&, awaitable<T, Executor> const&)
{
    static_assert(!std::is_same_v<Json, Json>,
                  "serval: a task stands in a serval::json, not its value: a co_await is missing");
}

} // namespace boost::asio
