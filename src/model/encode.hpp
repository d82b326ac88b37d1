// From C++ values to JSON text, in FastAPI's form.
#pragma once

#include <serval/detail/type_table.hpp>

#include <string>

namespace serval::model {

enum class encode_result : unsigned char {
    ok,
    not_finite, ///< a NaN, an infinity, or a time outside of the years 1 to 9999: 500, as in FastAPI
    too_deep,   ///< nested deeper than `max_encode_depth`: 500
};

inline constexpr int max_encode_depth = 512;

/// Where a value stands: dates and durations are written differently.
enum class encode_place : unsigned char { alone, in_model };

/// Appends `value` as compact JSON, members in the order of their declaration; allocates only in `out`.
///
/// Dates and durations are written as pydantic writes them inside of a model (`Z`, ISO 8601) and as FastAPI's
/// jsonable_encoder outside (`+00:00`, seconds). An enumeration's value without a name is written as a
/// number. On failure `out` is as before.
encode_result encode(detail::type_table const& type, void const* value, std::string& out,
                     encode_place place = encode_place::alone);

} // namespace serval::model
