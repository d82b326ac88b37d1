// Dates, times of day, datetimes and durations as FastAPI reads and writes them.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>

namespace serval {

/// How a zero offset from UTC is written.
enum class utc_style : unsigned char {
    zulu,   ///< `Z`, as pydantic writes models
    offset, ///< `+00:00`, as Python's `isoformat()`, and FastAPI for a value that is in no model
};

/// A calendar date of the years 1 to 9999.
///
/// Read from `2024-01-02`, from a datetime at midnight, or from a Unix time (seconds, milliseconds beyond
/// ±2·10¹⁰) at midnight UTC; else 422 `date_from_datetime_parsing` or `date_from_datetime_inexact`.
using date = std::chrono::year_month_day;

/// A duration in microseconds, up to ±292 000 years (Python's `timedelta` has ±2 700 000).
///
/// Read from ISO 8601 (`P1DT2H3M4.5S`), `[D days, ]HH:MM[:SS[.ffffff]]` or a number of seconds; else 422
/// `time_delta_parsing`. Other durations and time points of std::chrono are read alike, and refuse what is no
/// whole number of their unit: `PT90S` is no std::chrono::minutes.
using duration = std::chrono::microseconds;

/// A time of day to the microsecond, with an offset from UTC or without ("naive").
///
/// Read from `03:04`, `03:04:05`, `03:04:05.123456`, each with `Z` or `±HH:MM` or without, or from the
/// seconds since midnight; else 422 `time_parsing`.
class time_of_day {
public:
    /// Midnight, naive.
    constexpr time_of_day() noexcept = default;

    /// Throws std::invalid_argument when a part is out of range: hours 0–23, minutes and seconds 0–59,
    /// microseconds 0–999 999, the offset less than a day.
    time_of_day(int hour, int minute, int second = 0, int microsecond = 0,
                std::optional<std::chrono::seconds> utc_offset = std::nullopt);

    constexpr int hour() const noexcept { return hour_; }
    constexpr int minute() const noexcept { return minute_; }
    constexpr int second() const noexcept { return second_; }
    constexpr int microsecond() const noexcept { return microsecond_; }

    /// Local time minus UTC; nothing: naive.
    constexpr std::optional<std::chrono::seconds> utc_offset() const noexcept
    {
        if (!has_offset_) return std::nullopt;
        return std::chrono::seconds{offset_};
    }

    /// The time since midnight, by the clock on the wall.
    constexpr std::chrono::microseconds since_midnight() const noexcept
    {
        return std::chrono::hours{hour_} + std::chrono::minutes{minute_} + std::chrono::seconds{second_} +
               std::chrono::microseconds{microsecond_};
    }

    /// `03:04:05`, `03:04:05.500000+02:00`.
    std::string isoformat(utc_style style = utc_style::zulu) const;

    /// Appends what isoformat() returns.
    void append_to(std::string& out, utc_style style = utc_style::zulu) const;

    /// Equal parts and equal offsets.
    friend constexpr bool operator==(time_of_day const&, time_of_day const&) = default;

private:
    unsigned char hour_ = 0;
    unsigned char minute_ = 0;
    unsigned char second_ = 0;
    bool has_offset_ = false;
    int microsecond_ = 0;
    int offset_ = 0; // seconds
};

/// A date and a time of day, with an offset from UTC ("aware") or without ("naive").
///
/// Read from `2024-01-02T03:04:05` (or with a space, `_` or `t`; seconds, a fraction and an offset are
/// optional), from a date alone, or from a Unix time (seconds, milliseconds beyond ±2·10¹⁰), which gives UTC;
/// else 422 `datetime_from_date_parsing`.
class datetime {
public:
    /// 1970-01-01T00:00:00, naive.
    constexpr datetime() noexcept = default;

    /// Throws std::invalid_argument when `day` is no date of the years 1 to 9999.
    explicit datetime(serval::date day, time_of_day time = {});

    /// The instant, in UTC. Throws std::invalid_argument outside of the years 1 to 9999.
    explicit datetime(std::chrono::sys_time<std::chrono::microseconds> instant);

    /// Now, local and naive: Python's `datetime.now()`.
    static datetime now();

    /// Now, in UTC.
    static datetime utc_now();

    constexpr serval::date date() const noexcept { return day_; }
    constexpr time_of_day time() const noexcept { return time_; }

    /// True with an offset from UTC.
    constexpr bool is_aware() const noexcept { return time_.utc_offset().has_value(); }

    /// The instant; a naive datetime is taken to be UTC.
    constexpr std::chrono::sys_time<std::chrono::microseconds> to_sys_time() const noexcept
    {
        return std::chrono::sys_days{day_} + time_.since_midnight() -
               time_.utc_offset().value_or(std::chrono::seconds{0});
    }

    /// `2024-01-02T03:04:05`, `2024-01-02T03:04:05.123456+02:00`.
    std::string isoformat(utc_style style = utc_style::zulu) const;

    /// Appends what isoformat() returns.
    void append_to(std::string& out, utc_style style = utc_style::zulu) const;

    /// By instant. A naive and an aware datetime are unordered and not equal, as in Python.
    friend constexpr std::partial_ordering operator<=>(datetime const& a, datetime const& b) noexcept
    {
        if (a.is_aware() != b.is_aware()) return std::partial_ordering::unordered;
        return a.to_sys_time() <=> b.to_sys_time();
    }
    friend constexpr bool operator==(datetime const& a, datetime const& b) noexcept
    {
        return a.is_aware() == b.is_aware() && a.to_sys_time() == b.to_sys_time();
    }

private:
    serval::date day_ = std::chrono::year{1970} / std::chrono::month{1} / std::chrono::day{1};
    time_of_day time_;
};

/// `2024-01-02`.
std::string isoformat(date day);

/// Appends what isoformat() returns.
void append_isoformat(std::string& out, date day);

/// ISO 8601 as pydantic writes it, with years of 365 days: `PT1S`, `P1DT2H3M4.5S`, `-P1Y2D`, `PT0S`.
std::string isoformat(duration value);

/// Appends what isoformat() returns.
void append_isoformat(std::string& out, duration value);

/// Python's `timedelta.total_seconds()`: what FastAPI writes for a duration that is in no model.
double total_seconds(duration value) noexcept;

} // namespace serval
