#include "model/temporal_reason.hpp"

namespace serval::model {

namespace {

constexpr std::string_view texts[] = {
    "input is too short",
    "unexpected extra characters at the end of the input",
    "invalid datetime separator, expected `T`, `t`, `_` or space",
    "invalid date separator, expected `-`",
    "invalid character in year",
    "invalid character in month",
    "invalid character in day",
    "invalid time separator, expected `:`",
    "invalid character in hour",
    "invalid character in minute",
    "invalid character in second",
    "invalid timezone sign",
    "invalid timezone hour",
    "invalid timezone minute",
    "timezone minute value is outside expected range of 0-59",
    "timezone offset must be less than 24 hours",
    "month value is outside expected range of 1-12",
    "day value is outside expected range",
    "hour value is outside expected range of 0-23",
    "minute value is outside expected range of 0-59",
    "second value is outside expected range of 0-59",
    "second fraction digits missing after `.`",
    "invalid digit in duration",
    "`t` character repeated in duration",
    "quantity fraction invalid in duration",
    "quantity invalid in time part of duration",
    "quantity invalid in date part of duration",
    "\"day\" identifier in duration not correctly formatted",
    "a numeric value in the duration is too large",
    "durations may not exceed 999,999,999 days",
    "durations may not exceed 999,999,999 hours",
    "durations may not exceed 106,751,991 days",
    "dates before 0000 are not supported as unix timestamps",
    "dates after 9999 are not supported as unix timestamps",
    "numeric times may not exceed 86,399 seconds",
    "time in seconds should be positive",
    "NaN values not permitted",
    "year 0 is out of range",
};

static_assert(sizeof texts / sizeof texts[0] == static_cast<unsigned>(temporal_reason::year_zero) + 1);

} // namespace

std::string_view to_text(temporal_reason reason) noexcept
{
    return texts[static_cast<unsigned>(reason)];
}

} // namespace serval::model
