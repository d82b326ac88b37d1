// Durations of any unit as nanoseconds, without overflow.
// layer: base
#pragma once

#include <chrono>
#include <concepts>

namespace serval::detail {

/// The nearest that std::chrono::nanoseconds holds: `hours::max()` is for ever, not a negative time.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds clamped(std::chrono::duration<Rep, Period> value) noexcept
{
    using std::chrono::nanoseconds;
    using wide = std::chrono::duration<long double, std::nano>;
    if (wide{value} >= wide{nanoseconds::max()}) return nanoseconds::max();
    if (wide{value} <= wide{nanoseconds::min()}) return nanoseconds::min();
    return nanoseconds{value};
}

/// A duration of another unit that converts to nanoseconds, if they can hold it.
template <class Duration>
concept other_duration = !std::same_as<Duration, std::chrono::nanoseconds> &&
                         std::convertible_to<Duration, std::chrono::nanoseconds>;

} // namespace serval::detail
