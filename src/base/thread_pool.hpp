// Threads for calls that block: started when needed, bounded, with a bounded queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

namespace serval::base {

/// A pool that runs jobs in the order they came. Thread-safe.
///
/// Jobs are intrusive: submitting allocates nothing. Threads start one by one when no thread is idle, up to
/// the maximum, and stay. Threads that never come back (a handler that blocks for ever) do not keep `stop`
/// waiting past its deadline: they are left behind and touch nothing but state that they share.
class thread_pool {
public:
    /// One call. Must stay alive until it has run or `cancel` took it back.
    class job {
    public:
        virtual void run() noexcept = 0;

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
    };

    thread_pool(std::size_t max_threads, std::size_t max_queued);
    /// Stops; waits for running jobs without limit unless `stop` gave up on them.
    ~thread_pool();
    thread_pool(thread_pool const&) = delete;
    thread_pool& operator=(thread_pool const&) = delete;

    /// Queues `j`. False when the queue is full or the pool has stopped: `j` will not run.
    bool submit(job& j);
    /// Takes a queued job back. True: it will never run. False: it runs, has run, or was never queued.
    bool cancel(job& j) noexcept;

    std::size_t running() const noexcept;
    std::size_t queued() const noexcept;

    /// Refuses new jobs, drops queued ones (their owners cancel them first), and waits for the running ones
    /// until `limit` has passed. Returns how many are still running then; their threads are detached.
    std::size_t stop(std::chrono::milliseconds limit);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace serval::base
