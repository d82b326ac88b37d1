// Why text is no date, time or duration: speedate's and pydantic's words.
#pragma once

#include <boost/system/result.hpp>

#include <string_view>

namespace serval::model {

/// What a temporal parser found wrong.
enum class temporal_reason : unsigned char {
    too_short,
    extra_characters,
    datetime_separator,
    date_separator,
    year,
    month,
    day,
    time_separator,
    hour,
    minute,
    second,
    offset_sign,
    offset_hour,
    offset_minute,
    offset_minute_range,
    offset_range,
    month_range,
    day_range,
    hour_range,
    minute_range,
    second_range,
    fraction_missing,
    duration_number,
    duration_t_repeated,
    duration_fraction,
    duration_time_unit,
    duration_date_unit,
    duration_days,
    duration_value_too_large,
    duration_days_too_large,
    duration_hours_too_large,
    duration_unsupported, ///< serval's own: fits Python's timedelta, not 64 bits of microseconds
    date_too_small,
    date_too_large,
    time_too_large,
    time_negative,
    not_a_number,
    year_zero,
};

/// The words.
std::string_view to_text(temporal_reason reason) noexcept;

/// A value, or the reason why there is none.
template <class T>
using temporal_result = boost::system::result<T, temporal_reason>;

} // namespace serval::model
