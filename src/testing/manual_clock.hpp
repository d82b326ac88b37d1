// The clock of a test: timers in order, moved by hand.
#pragma once

#include "http/clock.hpp"

#include <serval/testing/manual_clock.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace serval {

namespace testing_impl {
class test_loop;
}

/// Timers live on the thread of the loop that waits; `now` and the members of manual_clock are thread-safe.
///
/// Shared, since a loop that is stuck keeps it.
struct manual_clock::implementation final : http::clock,
                                            std::enable_shared_from_this<manual_clock::implementation> {
    time_point now() const noexcept override;
    /// The time after `duration`; at the latest one that leaves the loop's own arithmetic room.
    time_point after(duration passed) const noexcept;
    /// Completes at once when `when` is not in the future.
    task<void> wait_until(time_point when) override;
    task<void> wait_for_tick(time_point when) override;

    /// The loop that goes by this clock, or null again. Throws std::logic_error when another one does.
    void attach(testing_impl::test_loop* driver);
    /// Once the loop is stopped: waits for those that `with_driver` has let in, which learn of it.
    void detach() noexcept;
    /// The loop's thread is stuck: it may use this for ever, so that no other loop can.
    void abandon() noexcept;
    bool is_abandoned() const;

    /// The rest is called on the loop's thread, or while no loop runs.
    /// None for those that wait for ever.
    std::optional<time_point> next_timer() const;
    std::optional<time_point> last_timer() const;
    /// How many wait, the ticks of loops left out.
    std::size_t sleepers() const noexcept { return timers_.size() - ticks_; }
    /// Moves the time to that of the next timer and ends its wait. There must be one.
    void fire_next();
    /// Moves the time to `when`, never back. No timer may be due before.
    void move_to(time_point when) noexcept;

    /// Calls `function(driver)` when there is one, which stays meanwhile. Else returns false.
    template <class F>
    bool with_driver(F function);

    std::atomic<bool> auto_advance{false};

private:
    struct timer;
    task<void> wait(time_point when, bool tick);
    struct earlier {
        bool operator()(timer const* a, timer const* b) const noexcept;
    };

    std::atomic<duration::rep> elapsed_{0};
    std::set<timer*, earlier> timers_;
    std::size_t ticks_ = 0; // among them
    std::uint64_t registered_ = 0;
    mutable std::mutex driver_mutex_; // of what follows; never held while anything is waited for
    std::condition_variable driver_unused_;
    testing_impl::test_loop* driver_ = nullptr;
    int users_ = 0; // of the driver
    bool abandoned_ = false;
};

} // namespace serval
