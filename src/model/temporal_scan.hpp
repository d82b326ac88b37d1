// The grammar of dates and times in text, without what pydantic makes of it.
#pragma once

#include "model/temporal_reason.hpp"

#include <serval/datetime.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace serval::model {

/// A time without an offset, and where it ends.
struct clock_time {
    int hour = 0;
    int minute = 0;
    int second = 0;
    int microsecond = 0;
    std::size_t end = 0;
};

/// A datetime that may be in year 0, which the public type has not.
struct raw_datetime {
    date day;
    time_of_day time;
};

/// A duration of a magnitude that 64 bits of microseconds may not hold.
struct raw_duration {
    bool negative = false;
    std::uint64_t days = 0;
    std::uint64_t seconds = 0;
    std::uint64_t microseconds = 0;
};

/// The value of the digit at `at`, or -1.
constexpr int digit_at(std::string_view text, std::size_t at) noexcept
{
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return -1;
    return text[at] - '0';
}

/// The value of the two digits at `at`, or -1.
constexpr int two_digits_at(std::string_view text, std::size_t at) noexcept
{
    int const tens = digit_at(text, at);
    int const ones = digit_at(text, at + 1);
    return tens < 0 || ones < 0 ? -1 : tens * 10 + ones;
}

/// Reads `YYYY-MM-DD` at the start of `text`; what follows is not looked at.
temporal_result<date> scan_date(std::string_view text) noexcept;

/// Reads `HH:MM[:SS[.ffffff…]]` at the start of `text`.
temporal_result<clock_time> scan_clock_time(std::string_view text) noexcept;

/// Reads a time with or without an offset; nothing may follow.
temporal_result<time_of_day> scan_time(std::string_view text);

/// Reads a date, a separator and a time; nothing may follow.
temporal_result<raw_datetime> scan_datetime(std::string_view text);

/// Reads a duration in either form.
temporal_result<raw_duration> scan_duration(std::string_view text) noexcept;

/// Carries seconds and microseconds over, and checks the limit on days.
temporal_result<raw_duration> normalize(raw_duration value) noexcept;

} // namespace serval::model
