// Counts of microseconds into durations of any unit and back, without overflow.
#pragma once

#include <serval/detail/type_table.hpp>

#include <chrono>
#include <cstdint>
#include <ratio>

namespace serval::detail {

/// True when `To` can hold `value`; compared as floating point, which cannot overflow.
template <class To, class From>
constexpr bool can_hold(From value) noexcept
{
    using wide = std::chrono::duration<long double, std::micro>;
    return wide{value} >= wide{To::min()} && wide{value} <= wide{To::max()};
}

/// What a count of microseconds must be a multiple of, so that a Duration holds it without a loss.
template <class Duration>
constexpr std::int64_t microsecond_step = std::chrono::treat_as_floating_point_v<typename Duration::rep>
                                              ? 1
                                              : std::ratio_divide<typename Duration::period, std::micro>::num;

template <class Duration>
duration_fit store_duration(Duration& at, std::int64_t n)
{
    std::chrono::microseconds const value{n};
    if (!can_hold<Duration>(value)) return duration_fit::out_of_range;
    at = std::chrono::duration_cast<Duration>(value);
    return n % microsecond_step<Duration> == 0 ? duration_fit::exact : duration_fit::inexact;
}

template <class Duration>
bool load_duration(Duration value, std::int64_t& n)
{
    if (!can_hold<std::chrono::microseconds>(value)) return false;
    n = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
    return true;
}

} // namespace serval::detail
