// Threads for calls that block: started when needed, bounded, with a bounded queue.
#include "base/thread_pool.hpp"

#include "base/signal_blocker.hpp"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace serval::base {

// Everything that a thread touches but its job; each thread keeps it alive, so one that is left behind is
// safe.
struct thread_pool::state {
    struct worker {
        std::thread thread;
        bool busy = false;
    };

    state(std::size_t threads, std::size_t jobs)
        : max_threads{std::max<std::size_t>(threads, 1)},
          max_queued{jobs}
    {}

    std::size_t running() const noexcept { return workers.size() - idle; }
    void push(job& j) noexcept;
    void unlink(job& j) noexcept;
    bool start_thread(std::shared_ptr<state> const& self);
    void work(std::size_t index);

    std::size_t const max_threads;
    std::size_t const max_queued;

    mutable std::mutex mutex;
    std::condition_variable wake_worker;
    std::condition_variable job_ended;
    job* first = nullptr;
    job* last = nullptr;
    std::size_t queued = 0;
    std::size_t idle = 0; // threads without a job, just started ones among them
    bool stopped = false;
    std::vector<worker> workers; // only grows until the pool stops, so that a thread's index stays good
};

void thread_pool::state::push(job& j) noexcept
{
    j.previous_ = last;
    j.next_ = nullptr;
    (last != nullptr ? last->next_ : first) = &j;
    last = &j;
    j.queued_ = true;
    ++queued;
}

void thread_pool::state::unlink(job& j) noexcept
{
    (j.previous_ != nullptr ? j.previous_->next_ : first) = j.next_;
    (j.next_ != nullptr ? j.next_->previous_ : last) = j.previous_;
    j.previous_ = nullptr;
    j.next_ = nullptr;
    j.queued_ = false;
    --queued;
}

// Called with the lock held. False when the system gives no more threads.
bool thread_pool::state::start_thread(std::shared_ptr<state> const& self)
{
    signal_blocker const blocked;
    std::size_t const index = workers.size();
    workers.emplace_back();
    ++idle;
    try {
        workers[index].thread = std::thread{[self, index] { self->work(index); }};
        return true;
    } catch (std::exception const&) { // std::system_error, or no memory
        workers.pop_back();
        --idle;
        return false;
    }
}

void thread_pool::state::work(std::size_t index)
{
    pthread_setname_np(pthread_self(), "serval-pool");
    std::unique_lock lock{mutex};
    for (;;) {
        wake_worker.wait(lock, [this] { return stopped || first != nullptr; });
        if (stopped) return;
        job& next = *first;
        unlink(next);
        --idle;
        workers[index].busy = true;
        lock.unlock();
        next.run(); // after which `next` may be gone
        lock.lock();
        workers[index].busy = false;
        ++idle;
        if (stopped) job_ended.notify_all();
    }
}

thread_pool::thread_pool(std::size_t max_threads, std::size_t max_queued)
    : state_{std::make_shared<state>(max_threads, max_queued)}
{}

thread_pool::~thread_pool()
{
    bool const already_stopped = [this] {
        std::lock_guard const lock{state_->mutex};
        return state_->stopped;
    }();
    if (!already_stopped) stop(std::chrono::milliseconds::max());
}

bool thread_pool::submit(job& j)
{
    state& s = *state_;
    std::lock_guard const lock{s.mutex};
    assert(!j.queued_);
    // A job for which a thread is free, or can be started, does not count as waiting.
    if (s.stopped || s.queued + s.running() >= s.max_threads + s.max_queued) return false;
    // Idle threads that were woken but have not got the lock yet are spoken for by the jobs before this one.
    if (s.queued >= s.idle && s.workers.size() < s.max_threads) {
        if (!s.start_thread(state_) && s.workers.empty()) return false;
    }
    s.push(j);
    s.wake_worker.notify_one();
    return true;
}

bool thread_pool::cancel(job& j) noexcept
{
    std::lock_guard const lock{state_->mutex};
    if (!j.queued_) return false;
    state_->unlink(j);
    return true;
}

std::size_t thread_pool::running() const noexcept
{
    std::lock_guard const lock{state_->mutex};
    return state_->running();
}

std::size_t thread_pool::queued() const noexcept
{
    std::lock_guard const lock{state_->mutex};
    return state_->queued;
}

std::size_t thread_pool::stop(std::chrono::milliseconds limit)
{
    state& s = *state_;
    std::unique_lock lock{s.mutex};
    s.stopped = true;
    s.wake_worker.notify_all();
    while (s.first != nullptr) {
        job& dropped = *s.first;
        s.unlink(dropped);
        lock.unlock();
        dropped.dropped(); // after which it may be gone
        lock.lock();
    }
    auto const all_ended = [&s] { return s.running() == 0; };
    if (limit > std::chrono::hours{24 * 365}) { // beyond, the deadline's arithmetic could overflow
        s.job_ended.wait(lock, all_ended);
    } else {
        s.job_ended.wait_for(lock, limit, all_ended);
    }
    std::size_t const left = s.running();
    for (auto& worker : s.workers) {
        if (!worker.thread.joinable()) continue; // an earlier stop has dealt with it
        if (worker.busy) {
            worker.thread.detach();
            continue;
        }
        // It runs no job and, since the pool has stopped, never will: it only needs the lock to end.
        std::thread ending = std::move(worker.thread);
        lock.unlock();
        ending.join();
        lock.lock();
    }
    return left;
}

} // namespace serval::base
