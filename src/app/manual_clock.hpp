// The clock of a test: timers in order, moved by hand.
#pragma once

#include "http/clock.hpp"

#include <serval/test_client.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

namespace serval {

namespace app_impl {
class test_loop;
}

/// Timers live on the thread of the loop that waits; `now` and the members of manual_clock are thread-safe.
struct manual_clock::implementation final : http::clock {
    time_point now() const noexcept override;
    /// Completes at once when `when` is not in the future.
    task<void> wait_until(time_point when) override;

    /// The loop that goes by this clock, or null again. Throws std::logic_error when another one does.
    void attach(app_impl::test_loop* driver);
    void detach() noexcept;

    /// The rest is called on the loop's thread, or while no loop runs.
    std::optional<time_point> next_timer() const;
    std::optional<time_point> last_timer() const;
    /// Moves the time to that of the next timer and ends its wait. There must be one.
    void fire_next();
    /// Moves the time to `when`, never back. No timer may be due before.
    void move_to(time_point when) noexcept;

    /// Calls `function(driver)` when there is one; the driver stays attached meanwhile. Else returns false.
    template <class F>
    bool with_driver(F function);

    std::atomic<bool> auto_advance{false};

private:
    struct timer;
    struct earlier {
        bool operator()(timer const* a, timer const* b) const noexcept;
    };

    std::atomic<duration::rep> elapsed_{0};
    std::set<timer*, earlier> timers_;
    std::uint64_t registered_ = 0;
    std::mutex driver_mutex_; // held during settle and advance: they follow each other
    app_impl::test_loop* driver_ = nullptr;
};

} // namespace serval
