// A duration of Python's range.
// layer: model
#pragma once

#include <serval/datetime.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace serval {

/// A duration of less than ±10⁹ days (2.7 million years) in microseconds, Python's `timedelta`, to keep and
/// to pass on.
///
/// As a parameter or a model member it reads what `std::chrono` durations read, which reach 292 000 years and
/// are what programs calculate with; beyond its range 422 `time_delta_parsing`. Written as these: in a model
/// as ISO 8601, by itself in seconds.
class timedelta {
public:
    /// Zero.
    constexpr timedelta() noexcept = default;

    /// Any duration of microseconds.
    constexpr explicit timedelta(duration value) noexcept
        : seconds_{std::chrono::duration_cast<std::chrono::seconds>(value)},
          microseconds_{value - seconds_}
    {}

    /// Precondition: both have the same sign or are zero, `rest` is less than a second, and the whole is in
    /// range.
    constexpr timedelta(std::chrono::seconds whole, std::chrono::microseconds rest) noexcept
        : seconds_{whole},
          microseconds_{rest}
    {}

    /// Reads `text`, as a parameter is read; nothing when it is no duration.
    static std::optional<timedelta> from_string(std::string_view text);

    /// The whole seconds, rounded towards zero.
    constexpr std::chrono::seconds whole_seconds() const noexcept { return seconds_; }
    /// What is beyond the whole seconds, of the same sign.
    constexpr std::chrono::microseconds microseconds() const noexcept { return microseconds_; }

    /// The same as a duration; nothing beyond ±292 000 years.
    std::optional<duration> to_duration() const noexcept;
    /// Python's `total_seconds()`: the nearest double.
    double total_seconds() const noexcept;
    /// ISO 8601 as pydantic writes it: `P1DT2H3M4.5S`.
    std::string isoformat() const;

    friend constexpr bool operator==(timedelta const&, timedelta const&) = default;
    friend constexpr auto operator<=>(timedelta const&, timedelta const&) = default;

private:
    std::chrono::seconds seconds_{0};
    std::chrono::microseconds microseconds_{0};
};

} // namespace serval
