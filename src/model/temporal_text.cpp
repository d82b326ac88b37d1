#include "model/temporal_text.hpp"

#include "model/number_text.hpp"
#include "model/temporal_scan.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace serval::model {

namespace {

using reason = temporal_reason;
using std::chrono::seconds;

/// A Unix time whose magnitude is larger is in milliseconds: speedate's watershed.
constexpr std::int64_t milliseconds_from = 20'000'000'000;
constexpr seconds first_second = std::chrono::sys_days{std::chrono::year{0} / 1 / 1}.time_since_epoch();
constexpr seconds end_second = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}.time_since_epoch();

problem date_problem(reason why)
{
    if (why == reason::year_zero) {
        return make_problem("date_parsing", "Input should be a valid date in the format YYYY-MM-DD, ",
                            "error", to_text(why));
    }
    return make_problem("date_from_datetime_parsing", "Input should be a valid date or datetime, ", "error",
                        to_text(why));
}

problem time_problem(reason why)
{
    return make_problem("time_parsing", "Input should be in a valid time format, ", "error", to_text(why));
}

problem datetime_problem(reason why)
{
    return make_problem("datetime_parsing", "Input should be a valid datetime, ", "error", to_text(why));
}

problem datetime_from_date_problem(reason why)
{
    return make_problem("datetime_from_date_parsing", "Input should be a valid datetime or date, ", "error",
                        to_text(why));
}

problem duration_problem(reason why)
{
    return make_problem("time_delta_parsing", "Input should be a valid timedelta, ", "error", to_text(why));
}

/// A floored double as an integer; what is out of range becomes the nearest.
std::int64_t saturate(double floored) noexcept
{
    if (floored >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
    if (floored < -0x1p63) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(floored);
}

temporal_result<raw_datetime> from_unix_time(std::int64_t timestamp, std::int64_t microseconds)
{
    if (timestamp == std::numeric_limits<std::int64_t>::min()) return reason::date_too_small;
    std::int64_t count = timestamp;
    if (timestamp > milliseconds_from || timestamp < -milliseconds_from) {
        auto const whole = std::chrono::floor<seconds>(std::chrono::milliseconds{timestamp});
        count = whole.count();
        // Not the difference to the whole seconds, which near the smallest number are below it in
        // milliseconds.
        microseconds += (timestamp % 1000 + 1000) % 1000 * 1000;
    }
    count += microseconds / 1'000'000;
    microseconds %= 1'000'000;
    if (seconds{count} < first_second) return reason::date_too_small;
    if (seconds{count} >= end_second) return reason::date_too_large;
    auto const instant = std::chrono::sys_seconds{seconds{count}};
    auto const midnight = std::chrono::floor<std::chrono::days>(instant);
    auto const second = static_cast<int>((instant - midnight).count());
    return raw_datetime{date{midnight}, time_of_day{second / 3600, second / 60 % 60, second % 60,
                                                    static_cast<int>(microseconds), seconds{0}}};
}

temporal_result<raw_datetime> from_unix_time(double timestamp)
{
    if (std::isnan(timestamp)) return reason::not_a_number;
    double const whole = std::floor(timestamp);
    double const fraction = std::isinf(timestamp) ? 0 : timestamp - whole;
    double const scale = std::fabs(timestamp) > static_cast<double>(milliseconds_from) ? 1e3 : 1e6;
    return from_unix_time(saturate(whole), static_cast<std::int64_t>(std::round(fraction * scale)));
}

/// A sign and digits as an integer of 64 bits; nothing for all else, and for what is larger.
std::optional<std::int64_t> read_integer(std::string_view text) noexcept
{
    if (text.size() > 1 && text.front() == '+' && digit_at(text, 1) >= 0) text.remove_prefix(1);
    std::int64_t value = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
    // speedate's own reader has no room for the smallest number.
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    if (value == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    return value;
}

/// A datetime or a Unix time. What is wrong with a text that is no number is what is wrong with it as a
/// datetime.
temporal_result<raw_datetime> read_datetime(std::string_view text)
{
    auto const written = scan_datetime(text);
    if (written) return written;
    if (auto const integer = read_integer(text)) return from_unix_time(*integer, 0);
    double number = 0;
    if (text.find('.') != std::string_view::npos && read_decimal(text, number)) return from_unix_time(number);
    return written.error();
}

/// A date alone, or a Unix time at midnight.
temporal_result<date> read_plain_date(std::string_view text)
{
    auto const written = scan_date(text);
    if (written && text.size() == 10) return written;
    if (auto const integer = read_integer(text)) {
        auto const instant = from_unix_time(*integer, 0);
        if (!instant) return instant.error();
        return instant->day;
    }
    if (!written) return written.error();
    return reason::extra_characters;
}

temporal_result<raw_datetime> number_as_datetime(std::string_view raw)
{
    if (auto const integer = read_integer(raw)) return from_unix_time(*integer, 0);
    return from_unix_time(double_from_json_number(raw));
}

bool is_year_zero(date day) noexcept
{
    return day.year() == std::chrono::year{0};
}

outcome<datetime> finish_datetime(raw_datetime const& value)
{
    if (is_year_zero(value.day)) return datetime_problem(reason::year_zero);
    return datetime{value.day, value.time};
}

outcome<date> finish_date(date day)
{
    if (is_year_zero(day)) return date_problem(reason::year_zero);
    return day;
}

outcome<date> date_from_datetime(temporal_result<raw_datetime> const& value)
{
    if (!value) return date_problem(value.error());
    if (value->time.since_midnight() != std::chrono::microseconds{0}) {
        return make_problem("date_from_datetime_inexact",
                            "Datetimes provided to dates should have zero time - e.g. be exact dates");
    }
    return finish_date(value->day);
}

outcome<timedelta> finish_timedelta(temporal_result<raw_duration> const& value)
{
    if (!value) return duration_problem(value.error());
    auto const whole = static_cast<std::int64_t>(value->days * 86'400 + value->seconds);
    auto const rest = static_cast<std::int64_t>(value->microseconds);
    int const sign = value->negative ? -1 : 1;
    return timedelta{std::chrono::seconds{sign * whole}, std::chrono::microseconds{sign * rest}};
}

outcome<duration> finish_duration(outcome<timedelta> const& value)
{
    if (!value) return value.error();
    auto const held = value->to_duration();
    if (!held) return duration_problem(reason::duration_unsupported);
    return *held;
}

outcome<time_of_day> time_from_seconds(std::int64_t second, std::int64_t microseconds)
{
    if (second < 0) return time_problem(reason::time_negative);
    if (second >= 86'400) return time_problem(reason::time_too_large);
    auto count = static_cast<int>(second + microseconds / 1'000'000);
    if (count >= 86'400) return time_problem(reason::time_too_large);
    return time_of_day{count / 3600, count / 60 % 60, count % 60, static_cast<int>(microseconds % 1'000'000),
                       seconds{0}};
}

} // namespace

outcome<date> parse_date(std::string_view text)
{
    auto const written = scan_date(text);
    if (written && text.size() == 10) return finish_date(*written);
    return date_from_datetime(read_datetime(text));
}

outcome<time_of_day> parse_time(std::string_view text)
{
    auto const written = scan_time(text);
    if (!written) return time_problem(written.error());
    return *written;
}

outcome<datetime> parse_datetime(std::string_view text)
{
    if (auto const written = read_datetime(text)) return finish_datetime(*written);
    auto const day = read_plain_date(text);
    if (!day) return datetime_from_date_problem(day.error());
    return finish_datetime({*day, {}});
}

outcome<timedelta> parse_timedelta(std::string_view text)
{
    return finish_timedelta(scan_duration(text));
}

outcome<duration> parse_duration(std::string_view text)
{
    return finish_duration(parse_timedelta(text));
}

outcome<date> parse_date_from_json_number(std::string_view raw)
{
    return date_from_datetime(number_as_datetime(raw));
}

outcome<time_of_day> parse_time_from_json_number(std::string_view raw)
{
    if (auto const integer = read_integer(raw)) return time_from_seconds(*integer, 0);
    double const value = double_from_json_number(raw);
    if (std::isnan(value)) return time_problem(reason::not_a_number);
    double const whole = std::floor(value);
    double const fraction = std::isinf(value) ? 0 : value - whole;
    return time_from_seconds(saturate(whole), static_cast<std::int64_t>(std::round(fraction * 1e6)));
}

outcome<datetime> parse_datetime_from_json_number(std::string_view raw)
{
    auto const value = number_as_datetime(raw);
    if (!value) return datetime_problem(value.error());
    return finish_datetime(*value);
}

outcome<timedelta> parse_timedelta_from_json_number(std::string_view raw)
{
    double const value = double_from_json_number(raw);
    if (std::isnan(value)) return duration_problem(reason::not_a_number);
    raw_duration result;
    result.negative = value < 0;
    if (auto const integer = read_integer(raw)) {
        result.seconds = static_cast<std::uint64_t>(result.negative ? -*integer : *integer);
    } else {
        double const magnitude = std::fabs(value);
        if (magnitude >= 0x1p63) return duration_problem(reason::duration_days_too_large);
        result.seconds = static_cast<std::uint64_t>(magnitude);
        result.microseconds =
            static_cast<std::uint64_t>(std::round((magnitude - std::trunc(magnitude)) * 1e6));
    }
    if (result.seconds / 86'400 > 999'999'999) return duration_problem(reason::duration_days_too_large);
    return finish_timedelta(normalize(result));
}

outcome<duration> parse_duration_from_json_number(std::string_view raw)
{
    return finish_duration(parse_timedelta_from_json_number(raw));
}

} // namespace serval::model
