// From C++ values to JSON text, in FastAPI's form.
#pragma once

#include "model/json_writer.hpp"

#include <serval/detail/type_table.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace serval::model {

enum class encode_result : unsigned char {
    ok,
    not_finite,   ///< a NaN or an infinity: 500, as in FastAPI
    out_of_range, ///< a date or time outside of the years 1 to 9999, a duration beyond `duration`: 500
    too_deep,     ///< nested deeper than `max_encode_depth`: 500
    too_long,     ///< for `limit`
};

/// What is wrong, as the end of a sentence: "holds a NaN or an infinity, which JSON cannot express".
std::string_view reason_of(encode_result why) noexcept;

/// Why encode() fails for `value`, as the end of a sentence, and where: "holds -infinity at items[3].price,
/// which JSON cannot express".
std::string explain(detail::type_table const& type, void const* value);

/// True for the years 1 to 9999, which is what dates and times in JSON can say.
constexpr bool is_representable(std::chrono::sys_time<std::chrono::microseconds> at) noexcept
{
    using namespace std::chrono;
    return at >= sys_days{year{1} / 1 / 1} && at < sys_days{year{10000} / 1 / 1};
}

/// How what FastAPI writes in two ways is written.
enum class encode_style : unsigned char {
    value, ///< by what it is in: outside of a model as FastAPI's jsonable_encoder
    model, ///< all as in a model
};

inline constexpr int max_encode_depth = 512;

/// Appends `value` as compact JSON, members in the order of their declaration; allocates only in `out`.
///
/// Datetimes are written as pydantic writes them inside of a model (`Z`) and as FastAPI's jsonable_encoder
/// outside (`+00:00`), decimals as a string with all digits and as a number. Durations are ISO 8601
/// everywhere, as their schema says (jsonable_encoder writes seconds). An enumeration's value without a name
/// is written as a number. On failure `out` is as before.
///
/// Stops soon after `out` has become longer than `limit`.
encode_result encode(detail::type_table const& type, void const* value, std::string& out,
                     encode_style style = encode_style::value, std::size_t limit = no_limit);

} // namespace serval::model
