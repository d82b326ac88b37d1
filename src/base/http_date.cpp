// HTTP dates (RFC 9110 section 5.6.7), without locale, time zone or allocation.
#include "base/http_date.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstdint>

namespace serval::base {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view long_day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
constexpr std::string_view month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::int64_t seconds_per_day = 86400;

// Days since 1970-01-01 of a proleptic Gregorian date and back, in 400-year eras that begin in March, so that
// the leap day is an era's last (H. Hinnant, "chrono-compatible low-level date algorithms").
constexpr std::int64_t days_from_civil(std::int64_t year, int month, int day) noexcept
{
    year -= month <= 2;
    std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
    std::int64_t const year_of_era = year - era * 400;
    std::int64_t const day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct civil {
    std::int64_t year;
    int month; // 1 to 12
    int day;
};

constexpr civil civil_from_days(std::int64_t days) noexcept
{
    days += 719468;
    std::int64_t const era = (days >= 0 ? days : days - 146096) / 146097;
    std::int64_t const day_of_era = days - era * 146097;
    std::int64_t const year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    std::int64_t const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    auto const shifted_month = static_cast<int>((5 * day_of_year + 2) / 153);
    int const day = static_cast<int>(day_of_year) - (153 * shifted_month + 2) / 5 + 1;
    int const month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {year_of_era + era * 400 + (month <= 2), month, day};
}

constexpr std::int64_t first_time = days_from_civil(0, 1, 1) * seconds_per_day;
constexpr std::int64_t last_time = days_from_civil(10000, 1, 1) * seconds_per_day - 1;

// A cursor over a date's text; after the first mismatch everything fails.
class reader {
public:
    explicit reader(std::string_view text) noexcept : rest_{text} {}

    void literal(std::string_view expected) noexcept
    {
        if (!rest_.starts_with(expected)) return fail();
        rest_.remove_prefix(expected.size());
    }

    int number(std::size_t digits) noexcept
    {
        if (rest_.size() < digits) return fail(), 0;
        int value = 0;
        for (char const c : rest_.substr(0, digits)) {
            if (!is_digit(c)) return fail(), 0;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    template <std::size_t N>
    int name(std::string_view const (&names)[N]) noexcept
    {
        for (std::size_t i = 0; i != N; ++i) {
            if (rest_.starts_with(names[i])) {
                rest_.remove_prefix(names[i].size());
                return static_cast<int>(i);
            }
        }
        return fail(), 0;
    }

    bool next_is(char c) const noexcept { return rest_.starts_with(c); }
    bool done() const noexcept { return good_ && rest_.empty(); }

private:
    void fail() noexcept
    {
        good_ = false;
        rest_ = {};
    }

    std::string_view rest_;
    bool good_ = true;
};

struct fields {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void read_time(reader& in, fields& date) noexcept
{
    date.hour = in.number(2);
    in.literal(":");
    date.minute = in.number(2);
    in.literal(":");
    date.second = in.number(2);
}

std::optional<std::time_t> to_time(fields const& date) noexcept
{
    constexpr int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool const leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    bool const valid = date.day >= 1 && date.day <= month_days[date.month - 1] &&
                       (leap || date.month != 2 || date.day != 29) && date.hour <= 23 && date.minute <= 59 &&
                       date.second <= 60; // 60: a leap second
    if (!valid) return std::nullopt;
    std::int64_t const days = days_from_civil(date.year, date.month, date.day);
    return static_cast<std::time_t>(days * seconds_per_day + date.hour * 3600 + date.minute * 60 +
                                    date.second);
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<std::time_t> parse_imf_fixdate(std::string_view text) noexcept
{
    reader in{text};
    fields date;
    in.name(day_names);
    in.literal(", ");
    date.day = in.number(2);
    in.literal(" ");
    date.month = in.name(month_names) + 1;
    in.literal(" ");
    date.year = in.number(4);
    in.literal(" ");
    read_time(in, date);
    in.literal(" GMT");
    return in.done() ? to_time(date) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<std::time_t> parse_rfc850(std::string_view text) noexcept
{
    reader in{text};
    fields date;
    in.name(long_day_names);
    in.literal(", ");
    date.day = in.number(2);
    in.literal("-");
    date.month = in.name(month_names) + 1;
    in.literal("-");
    date.year = in.number(2);
    date.year += date.year < 70 ? 2000 : 1900;
    in.literal(" ");
    read_time(in, date);
    in.literal(" GMT");
    return in.done() ? to_time(date) : std::nullopt;
}

// Sun Nov  6 08:49:37 1994
std::optional<std::time_t> parse_asctime(std::string_view text) noexcept
{
    reader in{text};
    fields date;
    in.name(day_names);
    in.literal(" ");
    date.month = in.name(month_names) + 1;
    in.literal(" ");
    if (in.next_is(' ')) {
        in.literal(" ");
        date.day = in.number(1);
    } else {
        date.day = in.number(2);
    }
    in.literal(" ");
    read_time(in, date);
    in.literal(" ");
    date.year = in.number(4);
    return in.done() ? to_time(date) : std::nullopt;
}

void put_digits(char* at, std::int64_t value, int digits) noexcept
{
    for (int i = digits; i-- != 0; value /= 10)
        at[i] = static_cast<char>('0' + value % 10);
}

} // namespace

std::array<char, 29> format_http_date(std::time_t time) noexcept
{
    std::int64_t const clamped = std::clamp(static_cast<std::int64_t>(time), first_time, last_time);
    // Rounded down, also before 1970.
    std::int64_t const days = (clamped >= 0 ? clamped : clamped - (seconds_per_day - 1)) / seconds_per_day;
    std::int64_t const second = clamped - days * seconds_per_day;
    std::int64_t const weekday = ((days + 4) % 7 + 7) % 7; // 1970-01-01 was a Thursday
    civil const date = civil_from_days(days);

    std::array<char, 29> out{};
    constexpr auto pattern = "Ddd, 00 Mmm 0000 00:00:00 GMT"sv;
    std::copy(pattern.begin(), pattern.end(), out.begin());
    std::copy_n(day_names[weekday].data(), 3, out.data());
    put_digits(out.data() + 5, date.day, 2);
    std::copy_n(month_names[date.month - 1].data(), 3, out.data() + 8);
    put_digits(out.data() + 12, date.year, 4);
    put_digits(out.data() + 17, second / 3600, 2);
    put_digits(out.data() + 20, second / 60 % 60, 2);
    put_digits(out.data() + 23, second % 60, 2);
    return out;
}

std::optional<std::time_t> parse_http_date(std::string_view text) noexcept
{
    if (auto const time = parse_imf_fixdate(text)) return time;
    if (auto const time = parse_rfc850(text)) return time;
    return parse_asctime(text);
}

} // namespace serval::base
