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

/// How what FastAPI writes in two ways is written.
enum class encode_style : unsigned char {
    value, ///< by what it is in: outside of a model as FastAPI's jsonable_encoder
    model, ///< all as in a model
};

inline constexpr int max_encode_depth = 512;

/// Appends `value` as compact JSON, members in the order of their declaration; allocates only in `out`.
///
/// Dates and durations are written as pydantic writes them inside of a model (`Z`, ISO 8601) and as FastAPI's
/// jsonable_encoder outside (`+00:00`, seconds). An enumeration's value without a name is written as a
/// number. On failure `out` is as before.
encode_result encode(detail::type_table const& type, void const* value, std::string& out,
                     encode_style style = encode_style::value);

} // namespace serval::model
