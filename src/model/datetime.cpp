// Writing dates, times and durations, and reading the clock.
#include <serval/datetime.hpp>
#include <serval/timedelta.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string_view>

namespace serval {

namespace {

using std::chrono::sys_days;
using microsecond_time = std::chrono::sys_time<std::chrono::microseconds>;

bool is_supported(date day) noexcept
{
    return day.ok() && day.year() >= std::chrono::year{1} && day.year() <= std::chrono::year{9999};
}

void append_padded(std::string& out, unsigned value, unsigned width)
{
    char digits[8];
    for (unsigned i = width; i != 0; value /= 10)
        digits[--i] = static_cast<char>('0' + value % 10);
    out.append(digits, width);
}

void append_offset(std::string& out, std::chrono::seconds offset, utc_style style)
{
    if (offset == std::chrono::seconds{0} && style == utc_style::zulu) {
        out += 'Z';
        return;
    }
    auto const seconds = static_cast<unsigned>(std::abs(static_cast<int>(offset.count())));
    out += offset < std::chrono::seconds{0} ? '-' : '+';
    append_padded(out, seconds / 3600, 2);
    out += ':';
    append_padded(out, seconds / 60 % 60, 2);
    if (seconds % 60 == 0) return;
    out += ':';
    append_padded(out, seconds % 60, 2);
}

time_of_day make_time(std::chrono::microseconds since_midnight,
                      std::optional<std::chrono::seconds> utc_offset)
{
    auto const count = since_midnight.count();
    auto const seconds = static_cast<int>(count / 1'000'000);
    return {seconds / 3600, seconds / 60 % 60, seconds % 60, static_cast<int>(count % 1'000'000), utc_offset};
}

microsecond_time current_time()
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

} // namespace

time_of_day::time_of_day(int hour, int minute, int second, int microsecond,
                         std::optional<std::chrono::seconds> utc_offset)
    : hour_(static_cast<unsigned char>(hour)),
      minute_(static_cast<unsigned char>(minute)),
      second_(static_cast<unsigned char>(second)),
      has_offset_(utc_offset.has_value()),
      microsecond_(microsecond)
{
    auto const within = [](int value, int limit) { return value >= 0 && value < limit; };
    if (!within(hour, 24) || !within(minute, 60) || !within(second, 60) || !within(microsecond, 1'000'000)) {
        throw std::invalid_argument{"serval::time_of_day: a part is out of range"};
    }
    if (!utc_offset) return;
    if (*utc_offset <= std::chrono::hours{-24} || *utc_offset >= std::chrono::hours{24}) {
        throw std::invalid_argument{"serval::time_of_day: an offset from UTC must be less than a day"};
    }
    offset_ = static_cast<int>(utc_offset->count());
}

void time_of_day::append_to(std::string& out, utc_style style) const
{
    append_padded(out, hour_, 2);
    out += ':';
    append_padded(out, minute_, 2);
    out += ':';
    append_padded(out, second_, 2);
    if (microsecond_ != 0) {
        out += '.';
        append_padded(out, static_cast<unsigned>(microsecond_), 6);
    }
    if (has_offset_) append_offset(out, std::chrono::seconds{offset_}, style);
}

std::string time_of_day::isoformat(utc_style style) const
{
    std::string out;
    append_to(out, style);
    return out;
}

datetime::datetime(serval::date day, time_of_day time) : day_(day), time_(time)
{
    if (!is_supported(day))
        throw std::invalid_argument{"serval::datetime: not a date of the years 1 to 9999"};
}

datetime::datetime(std::chrono::sys_time<std::chrono::microseconds> instant)
{
    // Before the calendar's arithmetic, which wraps far outside of its range.
    sys_days const first{std::chrono::year{1} / 1 / 1};
    sys_days const last{std::chrono::year{10000} / 1 / 1};
    if (instant < first || instant >= last) {
        throw std::invalid_argument{"serval::datetime: not an instant of the years 1 to 9999"};
    }
    auto const midnight = std::chrono::floor<std::chrono::days>(instant);
    day_ = serval::date{midnight};
    time_ = make_time(instant - midnight, std::chrono::seconds{0});
}

datetime datetime::now()
{
    auto const instant = current_time();
    auto const seconds = std::chrono::floor<std::chrono::seconds>(instant);
    std::time_t const unix_time = seconds.time_since_epoch().count();
    std::tm local{};
    if (::localtime_r(&unix_time, &local) == nullptr)
        throw std::runtime_error{"serval::datetime: no local time"};
    auto const day = std::chrono::year{local.tm_year + 1900} /
                     std::chrono::month{static_cast<unsigned>(local.tm_mon + 1)} /
                     std::chrono::day{static_cast<unsigned>(local.tm_mday)};
    // A leap second, which some zones' tables have, is no valid second here.
    int const second = local.tm_sec < 60 ? local.tm_sec : 59;
    return datetime{
        day, time_of_day{local.tm_hour, local.tm_min, second, static_cast<int>((instant - seconds).count())}};
}

datetime datetime::utc_now()
{
    return datetime{current_time()};
}

void datetime::append_to(std::string& out, utc_style style) const
{
    append_isoformat(out, day_);
    out += 'T';
    time_.append_to(out, style);
}

std::string datetime::isoformat(utc_style style) const
{
    std::string out;
    out.reserve(32);
    append_to(out, style);
    return out;
}

void append_isoformat(std::string& out, date day)
{
    append_padded(out, static_cast<unsigned>(static_cast<int>(day.year())), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(day.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(day.day()), 2);
}

std::string isoformat(date day)
{
    std::string out;
    append_isoformat(out, day);
    return out;
}

void append_isoformat(std::string& out, duration value)
{
    out += timedelta{value}.isoformat();
}

std::string isoformat(duration value)
{
    std::string out;
    append_isoformat(out, value);
    return out;
}

double total_seconds(duration value) noexcept
{
    return timedelta{value}.total_seconds();
}

} // namespace serval
