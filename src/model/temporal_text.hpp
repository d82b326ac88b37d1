// Text and JSON numbers as dates, times, datetimes and durations, by the rules of pydantic and its parser,
// speedate.
#pragma once

#include "model/problem.hpp"

#include <serval/datetime.hpp>
#include <serval/timedelta.hpp>

#include <string_view>

namespace serval::model {

/// Reads a date: `2024-01-02`, a datetime at midnight, or a Unix time at midnight UTC. Problems:
/// `date_from_datetime_parsing`, `date_from_datetime_inexact`; year 0: `date_parsing`.
outcome<date> parse_date(std::string_view text);

/// Reads a time of day: `03:04[:05[.123456]][Z|±HH[:]MM]`; more digits of the fraction are cut off. Problem:
/// `time_parsing`.
outcome<time_of_day> parse_time(std::string_view text);

/// Reads a datetime: date, `T`, `t`, `_` or space, and time; a date alone; a Unix time in seconds or, beyond
/// ±2·10¹⁰, milliseconds. Problems: `datetime_from_date_parsing`, with what is wrong with it as a *date*;
/// year 0: `datetime_parsing`.
outcome<datetime> parse_datetime(std::string_view text);

/// Reads a duration: ISO 8601, or `[D days, ]HH:MM[:SS[.ffffff]]` with any number of hours. Problem:
/// `time_delta_parsing`.
outcome<duration> parse_duration(std::string_view text);

/// The same with the range of Python's timedelta.
outcome<timedelta> parse_timedelta(std::string_view text);

/// Reads a JSON number's own text as a Unix time at midnight UTC. Problems as parse_date().
outcome<date> parse_date_from_json_number(std::string_view raw);

/// Reads a JSON number's own text as the seconds since midnight, UTC. Problem: `time_parsing`.
outcome<time_of_day> parse_time_from_json_number(std::string_view raw);

/// Reads a JSON number's own text as a Unix time in seconds or, beyond ±2·10¹⁰, milliseconds. Problem:
/// `datetime_parsing`.
outcome<datetime> parse_datetime_from_json_number(std::string_view raw);

/// Reads a JSON number's own text as seconds. Problem: `time_delta_parsing`.
outcome<duration> parse_duration_from_json_number(std::string_view raw);

/// The same with the range of Python's timedelta.
outcome<timedelta> parse_timedelta_from_json_number(std::string_view raw);

} // namespace serval::model
