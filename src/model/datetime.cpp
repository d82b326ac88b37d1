// Writing dates, times and durations, and reading the clock.
#include <serval/datetime.hpp>
#include <serval/timedelta.hpp>

#include <charconv>
#include <cstddef>
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

// The writers give the end of what they have written: a string is given the whole at once.

char* put_padded(char* to, unsigned value, unsigned width) noexcept
{
    for (unsigned i = width; i != 0; value /= 10)
        to[--i] = static_cast<char>('0' + value % 10);
    return to + width;
}

char* put_char(char* to, char c) noexcept
{
    *to = c;
    return to + 1;
}

constexpr std::size_t date_size = 10;
constexpr std::size_t time_size = 24; // `12:34:56.123456+01:02:03`

char* put_date(char* to, date day) noexcept
{
    to = put_padded(to, static_cast<unsigned>(static_cast<int>(day.year())), 4);
    to = put_padded(put_char(to, '-'), static_cast<unsigned>(day.month()), 2);
    return put_padded(put_char(to, '-'), static_cast<unsigned>(day.day()), 2);
}

char* put_offset(char* to, std::chrono::seconds offset, utc_style style) noexcept
{
    if (offset == std::chrono::seconds{0} && style == utc_style::zulu) return put_char(to, 'Z');
    auto const seconds = static_cast<unsigned>(std::abs(static_cast<int>(offset.count())));
    to = put_padded(put_char(to, offset < std::chrono::seconds{0} ? '-' : '+'), seconds / 3600, 2);
    to = put_padded(put_char(to, ':'), seconds / 60 % 60, 2);
    return seconds % 60 == 0 ? to : put_padded(put_char(to, ':'), seconds % 60, 2);
}

char* put_time(char* to, time_of_day const& time, utc_style style) noexcept
{
    to = put_padded(to, static_cast<unsigned>(time.hour()), 2);
    to = put_padded(put_char(to, ':'), static_cast<unsigned>(time.minute()), 2);
    to = put_padded(put_char(to, ':'), static_cast<unsigned>(time.second()), 2);
    if (time.microsecond() != 0)
        to = put_padded(put_char(to, '.'), static_cast<unsigned>(time.microsecond()), 6);
    auto const offset = time.utc_offset();
    return offset ? put_offset(to, *offset, style) : to;
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
    char text[time_size];
    out.append(text, static_cast<std::size_t>(put_time(text, *this, style) - text));
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
    char text[date_size + 1 + time_size];
    char* const end = put_time(put_char(put_date(text, day_), 'T'), time_, style);
    out.append(text, static_cast<std::size_t>(end - text));
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
    char text[date_size];
    put_date(text, day);
    out.append(text, sizeof text);
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
