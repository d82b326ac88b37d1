// The clock of a loop: what deadlines and sleep_for go by.
#pragma once

#include <serval/task.hpp>

#include <chrono>

namespace serval::http {

/// Time as a loop sees it. One loop thread uses it, unless an implementation says more.
class clock {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    virtual ~clock() = default;
    virtual time_point now() const noexcept = 0;
    /// Completes at `when` or, with operation_aborted, on cancellation.
    virtual task<void> wait_until(time_point when) = 0;
    /// The same for what nobody's work waits for: the loop's own tick, say.
    virtual task<void> wait_for_tick(time_point when) { return wait_until(when); }
};

/// `duration` later; the end of time when that lies beyond it.
constexpr clock::time_point later(clock::time_point from, clock::duration duration) noexcept
{
    return duration < clock::time_point::max() - from ? from + duration : clock::time_point::max();
}

/// The real, monotonic clock.
class system_clock final : public clock {
public:
    time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
    task<void> wait_until(time_point when) override;
};

} // namespace serval::http
