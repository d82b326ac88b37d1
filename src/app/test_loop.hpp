// The thread under a test_client: it runs a loop and knows when nothing but time can go on.
#pragma once

#include "base/thread_pool.hpp"

#include <serval/task.hpp>
#include <serval/test_client.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace serval::app_impl {

/// How long, in real time, anything that a test waits for may take.
inline constexpr std::chrono::seconds patience{30};

/// An io_context, its thread, and the clock that this thread moves.
///
/// Idle means: no handler is ready and no pool job is queued or runs, so that only a timer, the client, or
/// something outside (a real socket of a handler) can bring anything about. It is looked for only while
/// somebody waits for it; otherwise the thread blocks as any loop does. Timers, the 250 ms tick among them,
/// move nothing by themselves: `settle` leaves them alone, `advance` fires those up to its target, and the
/// automatic clock fires one when a client call waits.
class test_loop {
public:
    /// `clock` null: real time. All must outlive this.
    test_loop(base::thread_pool& pool, base::thread_pool& files, manual_clock::implementation* clock);
    /// Stops.
    ~test_loop();
    test_loop(test_loop const&) = delete;
    test_loop& operator=(test_loop const&) = delete;

    boost::asio::io_context& context() noexcept { return context_; }

    /// Starts the thread.
    void start();
    /// Ends the thread and joins it; handlers that are left are destroyed with the context.
    void stop() noexcept;

    // Thread-safe; those that wait throw std::logic_error on the loop's own thread and std::runtime_error
    // when their patience ends.

    /// Waits until the loop is idle and `condition`, asked on its thread at each idle moment, is true. It
    /// must own what it touches: when patience ends it may be asked once more.
    void wait_until_idle(std::function<bool()> condition);
    void settle();
    /// Settles, then moves the clock through every timer up to `duration` from now. Needs a clock.
    void advance(std::chrono::nanoseconds duration);
    /// Runs a coroutine on the loop and waits for it; rethrows. The clock moves on by itself meanwhile.
    void run(task<void> work);
    /// Has the thread look again at what it should do.
    void wake();

    /// Between these a client call waits for its answer, and the automatic clock may move.
    void waiting_begins();
    /// Also called by what ends the wait, on the loop's thread, so that time stops in that moment.
    void waiting_ended() noexcept { --waiting_; }
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

    /// What a test thread waits for; lives until both sides are done with it.
    struct order {
        std::function<bool()> condition; // null: an advance
        std::chrono::nanoseconds advance{0};
        time_point target{};
        bool started = false;
        bool done = false;
        bool abandoned = false;
    };

    /// Jumps of the automatic clock to a near timer before it begins to take its time.
    static constexpr int unpaced_jumps = 64;

    void give(std::shared_ptr<order> const& given);
    void drive();
    bool take_orders();
    bool run_ready();
    bool serve_orders();
    bool serve(order& one);
    bool jump();
    void finish(order& one);

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    base::thread_pool& pool_;
    base::thread_pool& files_;
    manual_clock::implementation* clock_;

    std::mutex mutex_; // of orders_ and the members of each order
    std::condition_variable order_done_;
    std::vector<std::shared_ptr<order>> orders_;
    std::atomic<int> waiting_{0};
    std::atomic<int> passing_{0}; // `let_time_pass` without `hold_time`
    std::atomic<bool> stopping_{false};

    // Of the loop's thread.
    std::vector<std::shared_ptr<order>> taken_;
    bool someone_waits_ = false;
    int paced_after_ = unpaced_jumps;

    std::thread thread_;
};

} // namespace serval::app_impl
