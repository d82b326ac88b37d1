// Threads for calls that block: started when needed, bounded, with a bounded queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>

namespace serval::base {

/// A pool that runs jobs in the order they came. Thread-safe.
///
/// Jobs are intrusive: submitting allocates nothing. Threads start one by one when no thread is idle, up to
/// the maximum, and stay. Threads that never come back (a handler that blocks for ever) do not keep `stop`
/// waiting past its deadline: they are left behind and touch nothing but state that they share. Whoever
/// shares a pool stops it before letting go of it.
class thread_pool : public std::enable_shared_from_this<thread_pool> {
public:
    /// One call. Must stay alive until `run` or `dropped` is called, or `cancel` took it back. The pool does
    /// not touch it once it has called either, so both may end its life.
    class job {
    public:
        virtual void run() noexcept = 0;
        /// Called instead of `run`, on the thread that stops the pool, when the pool stops before this job's
        /// turn.
        virtual void dropped() noexcept {}

    protected:
        job() = default;
        ~job() = default;
        job(job const&) = delete;
        job& operator=(job const&) = delete;

    private:
        friend class thread_pool;
        job* next_ = nullptr;
        job* previous_ = nullptr;
        bool queued_ = false;
        enum class rank : unsigned char { first, primary, secondary };
        rank rank_ = rank::primary;
    };

    /// A `max_queued` that is never reached, for callers that bound their jobs themselves.
    static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max() / 2;

    /// At most `max_threads` threads (at least one) run jobs and at most `max_queued` more jobs wait for one.
    /// The threads take no signals but those of their own faults.
    thread_pool(std::size_t max_threads, std::size_t max_queued);
    /// Stops; waits for running jobs without limit unless `stop` gave up on them.
    ~thread_pool();
    thread_pool(thread_pool const&) = delete;
    thread_pool& operator=(thread_pool const&) = delete;

    /// Queues `j`. False when the queue is full, the pool has stopped, or the system has no thread for it:
    /// `j` will not run.
    bool submit(job& j);
    /// The same in a queue of its own that has no bound: for work that is bounded elsewhere and must not be
    /// lost. It takes half of the threads at most, and turns with the other queue when both have jobs, so
    /// that neither keeps the other waiting for ever. False when the pool has stopped or has no thread.
    bool submit_secondary(job& j);
    /// The same before all others, and without a bound: for the last that is to be done for a call that has
    /// been admitted, which is bounded by that. False when the pool has stopped or has no thread.
    bool submit_first(job& j);
    /// Takes a queued job back. True: it will neither run nor be dropped. False: it runs, has run, was
    /// dropped, or was never queued.
    bool cancel(job& j) noexcept;

    /// True within a job of this pool.
    bool runs_here() const noexcept;
    /// Threads that run a job now.
    std::size_t running() const noexcept;
    /// Jobs of all queues that no thread has taken yet.
    std::size_t queued() const noexcept;

    /// Refuses new jobs, drops queued ones, and waits for the running ones until `limit` has passed. Returns
    /// how many are still running then; their threads are detached. Not to be called by a job.
    std::size_t stop(std::chrono::milliseconds limit);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace serval::base
