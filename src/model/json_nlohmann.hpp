// Between the user's JSON value (nlohmann) and JSON text.
#pragma once

#include "model/json_document.hpp"

#include <serval/detail/type_table.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace serval::model {

/// Appends `value` as compact JSON, with the escapes and the floats of json_writer.hpp.
///
/// False, and `out` as before, when it holds a NaN, an infinity or a discarded value, or is nested deeper
/// than 512.
[[nodiscard]] bool append_json(std::string& out, nlohmann::ordered_json const& value);
/// The same, up to `limit` bytes in `out`, or a few more.
[[nodiscard]] detail::json_written append_json(std::string& out, nlohmann::ordered_json const& value,
                                               std::size_t limit);

/// A value that JSON has no word for.
struct unwritable {
    std::string what;  ///< `NaN`, `infinity`, `-infinity`, `a discarded value`; empty: none, or too deep
    std::string where; ///< in the whole value: `["a"][3]`; empty: all of it
};

/// The first value for which append_json() is false.
unwritable find_unwritable(nlohmann::ordered_json const& value);

/// The name of a NaN or an infinity.
std::string_view name_of_not_finite(double value) noexcept;

/// The parsed value as nlohmann's. O(n log n), whatever the keys; of equal keys the last value at the first
/// place. Integers that fit neither std::int64_t nor std::uint64_t become the nearest double (infinity when
/// too large).
nlohmann::ordered_json to_nlohmann(json_view value);

} // namespace serval::model
