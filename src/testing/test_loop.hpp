// The thread under a test_client: it runs a loop and knows when nothing but time can go on.
#pragma once

#include "base/thread_pool.hpp"
#include "testing/stall_watch.hpp"

#include <serval/task.hpp>
#include <serval/testing/manual_clock.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace serval::testing_impl {

/// How long, in real time, anything that a test waits for may take: 30 s.
std::chrono::milliseconds patience() noexcept;
/// For the tests of its end.
void set_patience(std::chrono::milliseconds to) noexcept;

/// An io_context, its thread, and the clock that this thread moves.
///
/// Idle means: no handler is ready and no pool job is queued or works, so that only a timer, the client, or
/// something outside (a real socket of a handler) can bring anything about. A job of the pools that waits for
/// this loop, in a client call for instance, does not work; nor does one that has blocked for a second (see
/// stall_watch). It is looked for only while somebody waits for it; otherwise the thread blocks as any loop
/// does. Timers, the 250 ms tick among them, move nothing by themselves: `settle` leaves them alone,
/// `advance` fires those up to its target, and the automatic clock fires one when a client call waits.
///
/// What ends a wait, on the loop's thread, also takes it off the counts of those who wait: no idle moment may
/// be seen before the thread that has waited goes on.
class test_loop {
public:
    using failure_report = std::function<void(std::exception_ptr)>;

    /// `pools`: all of the loop's. `clock` null: real time. All must outlive this. `failed`, where there is
    /// one, is told what a completion handler throws, which ends nothing: a function that the application has
    /// posted, say.
    test_loop(std::vector<base::thread_pool const*> pools, manual_clock::implementation* clock,
              failure_report failed = {});
    /// Must not run.
    ~test_loop();
    test_loop(test_loop const&) = delete;
    test_loop& operator=(test_loop const&) = delete;

    /// When time passes: if the clock is automatic, as for a client call, or in any case.
    enum class passage : unsigned char { automatic, always };

    boost::asio::io_context& context() noexcept { return context_; }

    /// Looked at on the loop's thread: when the first time limit of what it serves passes, if it has one, and
    /// how many handlers and tasks there are.
    struct work {
        std::optional<std::chrono::steady_clock::time_point> limit;
        std::size_t count = 0;
    };
    /// What the automatic clock heeds. Before `start`.
    void heed(std::function<work()> look) { look_at_work_ = std::move(look); }

    /// Starts the thread.
    void start();
    /// Ends the thread and joins it, and what waits here; handlers that are left are destroyed with the
    /// context. False: something blocks the thread beyond `limit`. Then it is left alone, and this must stay.
    bool stop(std::chrono::milliseconds limit = patience()) noexcept;

    // Thread-safe; those that wait throw std::logic_error on the loop's own thread and std::runtime_error
    // when `limit` passes, or the loop is stopped.

    /// Waits until the loop is idle and `condition`, asked on its thread at each idle moment, is true. It
    /// must own what it touches: when the limit has passed it may be asked once more.
    void wait_until_idle(std::function<bool()> condition, std::chrono::milliseconds limit = patience());
    /// The same, with time that passes meanwhile: from the moment in which the loop has seen that it must
    /// wait to that in which the condition is true.
    void pass_time_until(std::function<bool()> condition, passage how,
                         std::chrono::milliseconds limit = patience());
    void settle(std::chrono::milliseconds limit = patience());
    /// Settles, then moves the clock through every timer up to `duration` from now. Needs a clock.
    void advance(std::chrono::nanoseconds duration);
    /// Runs what `make` gives on the loop and waits for it; rethrows. The clock moves on by itself meanwhile.
    /// Cancels it when the limit passes.
    void run(std::function<task<void>()> make, std::chrono::milliseconds limit = patience());
    /// False when the thread does not come to do anything for `limit`.
    bool answers(std::chrono::milliseconds limit);
    /// Has the thread look again at what it should do.
    void wake();

    /// True on the loop's own thread, in a coroutine handler for instance.
    bool runs_here() const noexcept;
    /// True on a thread of the pools.
    bool is_pooled() const noexcept;
    /// Throws std::logic_error where waiting for this loop would never end.
    void must_not_run_here() const;

    /// Between these a client call waits for its answer, and the automatic clock may move.
    void waiting_begins();
    void waiting_ended() noexcept { --waiting_; }
    /// Between these a pool's thread waits for the loop. What it waits for was asked for before.
    void blocking_begins() noexcept;
    void blocking_ended() noexcept { --blocked_; }
    /// Between these the clock moves by itself in any case: for hooks and for the end, which nobody could
    /// move it for.
    void let_time_pass();
    void hold_time() noexcept { --passing_; }
    /// True when only the test moves the clock.
    bool time_stands_still() const noexcept;
    /// Something that a client can see has happened: the automatic clock need not fear to run idle.
    void progress() noexcept { paced_after_ = unpaced_jumps; }

private:
    using time_point = std::chrono::steady_clock::time_point;

    /// What a thread waits for; lives until both sides are done with it.
    struct order {
        std::function<bool()> condition; // null: an advance
        std::chrono::nanoseconds advance{0};
        time_point target{};
        bool pooled = false; // a pool's thread waits
        bool started = false;
        bool done = false;
        bool abandoned = false;
    };

    /// Jumps of the automatic clock to a near timer before it begins to take its time.
    static constexpr int unpaced_jumps = 64;

    void give(std::shared_ptr<order> const& given, std::chrono::milliseconds limit);
    void drive();
    void turn();
    bool take_orders();
    bool run_ready();
    bool pools_rest() noexcept;
    bool serve_orders();
    bool serve(bool pooled);
    void step(order& one);
    bool jump();
    bool must_hold(time_point next);
    void finish(order& one);
    void end_orders() noexcept;

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<base::thread_pool const*> const pools_;
    manual_clock::implementation* clock_;
    failure_report const failed_;

    std::mutex mutex_; // of what follows, and the members of each order
    std::condition_variable changed_;
    std::vector<std::shared_ptr<order>> orders_;
    bool ended_ = false; // the thread has, or is left alone

    std::atomic<int> waiting_{0};
    std::atomic<int> passing_{0};         // `let_time_pass` without `hold_time`
    std::atomic<std::size_t> blocked_{0}; // threads of the pools that wait for this
    std::atomic<bool> stopping_{false};

    // Of the loop's thread.
    std::vector<std::shared_ptr<order>> taken_;
    stall_watch watch_;
    bool someone_waits_ = false;
    int paced_after_ = unpaced_jumps;
    std::function<work()> look_at_work_;
    std::optional<time_point> held_since_;
    time_point passed_{}; // the limit that the system was waited for at last

    std::thread thread_;
};

} // namespace serval::testing_impl
