// Counts of microseconds into durations of any unit and back, without overflow.
#pragma once

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

template <class Duration>
bool store_duration(Duration& at, std::int64_t n)
{
    std::chrono::microseconds const value{n};
    if (!can_hold<Duration>(value)) return false;
    at = std::chrono::duration_cast<Duration>(value);
    return true;
}

template <class Duration>
bool load_duration(Duration value, std::int64_t& n)
{
    if (!can_hold<std::chrono::microseconds>(value)) return false;
    n = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
    return true;
}

} // namespace serval::detail
