#include "model/temporal_scan.hpp"

#include <chrono>

namespace serval::model {

namespace {

using reason = temporal_reason;

/// Reads the digits after the point at `end`; those past the sixth are cut off.
temporal_result<clock_time> scan_fraction(std::string_view text, clock_time time) noexcept
{
    std::size_t const first = ++time.end;
    int scale = 100'000;
    for (int digit = digit_at(text, time.end); digit >= 0; digit = digit_at(text, ++time.end)) {
        time.microsecond += digit * scale;
        scale /= 10;
    }
    if (time.end == first) return reason::fraction_missing;
    return time;
}

/// Removes the sign of an offset. U+2212, the minus sign of ISO 8601, is one too.
temporal_result<int> take_sign(std::string_view& text) noexcept
{
    constexpr std::string_view minus_sign = "\xE2\x88\x92";
    if (text.starts_with('+') || text.starts_with('-')) {
        int const sign = text.front() == '+' ? 1 : -1;
        text.remove_prefix(1);
        return sign;
    }
    if (!text.starts_with(minus_sign)) return reason::offset_sign;
    text.remove_prefix(minus_sign.size());
    return -1;
}

/// Reads `Z`, `z`, `±HH:MM` or `±HHMM`, which must be all of `text`.
temporal_result<std::chrono::seconds> scan_offset(std::string_view text) noexcept
{
    if (text.front() == 'Z' || text.front() == 'z') {
        if (text.size() > 1) return reason::extra_characters;
        return std::chrono::seconds{0};
    }
    auto const sign = take_sign(text);
    if (!sign) return sign.error();
    int const hours = two_digits_at(text, 0);
    if (hours < 0) return reason::offset_hour;
    std::size_t const at = text.substr(2).starts_with(':') ? 3 : 2;
    int const minutes = two_digits_at(text, at);
    if (minutes < 0) return reason::offset_minute;
    if (minutes > 59) return reason::offset_minute_range;
    if (hours > 23) return reason::offset_range;
    if (text.size() > at + 2) return reason::extra_characters;
    return *sign * (std::chrono::hours{hours} + std::chrono::minutes{minutes} + std::chrono::seconds{0});
}

} // namespace

temporal_result<date> scan_date(std::string_view text) noexcept
{
    if (text.size() < 10) return reason::too_short;
    int const century = two_digits_at(text, 0);
    int const year = two_digits_at(text, 2);
    if (century < 0 || year < 0) return reason::year;
    if (text[4] != '-') return reason::date_separator;
    int const month = two_digits_at(text, 5);
    if (month < 0) return reason::month;
    if (text[7] != '-') return reason::date_separator;
    int const day = two_digits_at(text, 8);
    if (day < 0) return reason::day;
    if (month < 1 || month > 12) return reason::month_range;
    date const result = std::chrono::year{century * 100 + year} / month / day;
    if (!result.ok()) return reason::day_range;
    return result;
}

temporal_result<clock_time> scan_clock_time(std::string_view text) noexcept
{
    if (text.size() < 5) return reason::too_short;
    clock_time time;
    time.hour = two_digits_at(text, 0);
    if (time.hour < 0) return reason::hour;
    if (text[2] != ':') return reason::time_separator;
    time.minute = two_digits_at(text, 3);
    if (time.minute < 0) return reason::minute;
    if (time.hour > 23) return reason::hour_range;
    if (time.minute > 59) return reason::minute_range;
    time.end = 5;
    if (!text.substr(5).starts_with(':')) return time;
    time.second = two_digits_at(text, 6);
    if (time.second < 0) return reason::second;
    if (time.second > 59) return reason::second_range;
    time.end = 8;
    if (text.size() > 8 && (text[8] == '.' || text[8] == ',')) return scan_fraction(text, time);
    return time;
}

temporal_result<time_of_day> scan_time(std::string_view text)
{
    auto const clock = scan_clock_time(text);
    if (!clock) return clock.error();
    std::optional<std::chrono::seconds> utc_offset;
    if (text.size() > clock->end) {
        auto const offset = scan_offset(text.substr(clock->end));
        if (!offset) return offset.error();
        utc_offset = *offset;
    }
    return time_of_day{clock->hour, clock->minute, clock->second, clock->microsecond, utc_offset};
}

temporal_result<raw_datetime> scan_datetime(std::string_view text)
{
    auto const day = scan_date(text);
    if (!day) return day.error();
    constexpr std::string_view separators = "Tt_ ";
    if (text.size() == 10 || separators.find(text[10]) == std::string_view::npos)
        return reason::datetime_separator;
    auto const time = scan_time(text.substr(11));
    if (!time) return time.error();
    return raw_datetime{*day, *time};
}

} // namespace serval::model
