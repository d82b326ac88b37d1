// Threads for calls that block: started when needed, bounded, with a bounded queue.
#include "base/thread_pool.hpp"

#include "base/saturating.hpp"
#include "base/signal_blocker.hpp"
#include "base/sync.hpp"

#include <algorithm>
#include <cassert>
#include <csignal>
#include <exception>
#include <mutex>
#include <pthread.h>
#include <utility>
#include <vector>

namespace serval::base {

namespace {

thread_local void const* pool_of_this_thread = nullptr; // its state

} // namespace

// Everything that a thread touches but its job; each thread keeps it alive, so one that is left behind is
// safe.
struct thread_pool::state {
    struct worker {
        base::thread thread;
        bool busy = false;
    };

    state(std::size_t threads, std::size_t jobs)
        : max_threads{std::max<std::size_t>(threads, 1)},
          max_queued{jobs},
          max_secondary{max_threads - max_threads / 2}
    {}

    struct queue {
        job* first = nullptr;
        job* last = nullptr;
        std::size_t size = 0;

        void push(job& j) noexcept;
        void unlink(job& j) noexcept;
    };

    std::size_t running() const noexcept { return workers.size() - idle; }
    queue& queue_of(job const& j) noexcept;
    queue* next_queue() noexcept;
    bool submit(job& j, job::rank rank, std::shared_ptr<state> const& self);
    std::size_t runnable() const noexcept;
    job* take() noexcept;
    bool push(job& j, std::shared_ptr<state> const& self);
    bool start_thread(std::shared_ptr<state> const& self) noexcept;
    bool ensure_thread(std::shared_ptr<state> const& self) noexcept;
    void work(std::size_t index, std::shared_ptr<state> const& self);

    std::size_t const max_threads;
    std::size_t const max_queued;
    std::size_t const max_secondary; // threads

    mutable base::mutex mutex;
    condition_variable wake_worker;
    condition_variable job_ended;
    queue first;
    queue primary;
    queue secondary;
    std::size_t secondary_running = 0;
    bool secondary_turn = false;
    std::size_t idle = 0; // threads without a job, just started ones among them
    bool stopped = false;
    std::vector<worker> workers; // only grows until the pool stops, so that a thread's index stays good
};

void thread_pool::state::queue::push(job& j) noexcept
{
    j.previous_ = last;
    j.next_ = nullptr;
    (last != nullptr ? last->next_ : first) = &j;
    last = &j;
    j.queued_ = true;
    ++size;
}

void thread_pool::state::queue::unlink(job& j) noexcept
{
    (j.previous_ != nullptr ? j.previous_->next_ : first) = j.next_;
    (j.next_ != nullptr ? j.next_->previous_ : last) = j.previous_;
    j.previous_ = nullptr;
    j.next_ = nullptr;
    j.queued_ = false;
    --size;
}

// Queued jobs that need nothing but a thread.
std::size_t thread_pool::state::runnable() const noexcept
{
    return first.size + primary.size + std::min(secondary.size, max_secondary - secondary_running);
}

thread_pool::job* thread_pool::state::take() noexcept
{
    auto* const from = next_queue();
    if (from == nullptr) return nullptr;
    job* const taken = from->first;
    from->unlink(*taken);
    if (from == &secondary) ++secondary_running;
    return taken;
}

thread_pool::state::queue& thread_pool::state::queue_of(job const& j) noexcept
{
    if (j.rank_ == job::rank::primary) return primary;
    return j.rank_ == job::rank::first ? first : secondary;
}

// The queue whose turn it is.
thread_pool::state::queue* thread_pool::state::next_queue() noexcept
{
    if (first.first != nullptr) return &first;
    bool const may_be_secondary = secondary.first != nullptr && secondary_running < max_secondary;
    bool const is_secondary = may_be_secondary && (primary.first == nullptr || secondary_turn);
    secondary_turn = !is_secondary;
    if (is_secondary) return &secondary;
    return primary.first != nullptr ? &primary : nullptr;
}

bool thread_pool::state::submit(job& j, job::rank rank, std::shared_ptr<state> const& self)
{
    std::lock_guard const lock{mutex};
    assert(!j.queued_);
    // A job for which a thread is free, or can be started, does not count as waiting.
    bool const full =
        rank == job::rank::primary && primary.size + running() >= saturating_add(max_threads, max_queued);
    if (stopped || full) return false;
    j.rank_ = rank;
    return push(j, self);
}

// Called with the lock held, like what follows. False when there is no thread for it.
bool thread_pool::state::push(job& j, std::shared_ptr<state> const& self)
{
    queue_of(j).push(j);
    if (!ensure_thread(self)) {
        queue_of(j).unlink(j);
        return false;
    }
    wake_worker.notify_one();
    return true;
}

// Idle threads that were woken but have not got the lock yet are spoken for by the jobs that are queued.
// False when there is no thread at all, and never will be.
bool thread_pool::state::ensure_thread(std::shared_ptr<state> const& self) noexcept
{
    if (runnable() <= idle || workers.size() >= max_threads) return true;
    return start_thread(self) || !workers.empty();
}

// False when the system gives no more threads.
bool thread_pool::state::start_thread(std::shared_ptr<state> const& self) noexcept
{
    signal_blocker const blocked;
    std::size_t const index = workers.size();
    try {
        workers.emplace_back();
        workers[index].thread = base::thread{[self, index] { self->work(index, self); }};
        ++idle; // before it can look: the lock is held
        return true;
    } catch (std::exception const&) { // std::system_error, or no memory
        workers.resize(index);
        return false;
    }
}

void thread_pool::state::work(std::size_t index, std::shared_ptr<state> const& self)
{
    pthread_setname_np(pthread_self(), "serval-pool");
    pool_of_this_thread = this;
    std::unique_lock lock{mutex};
    for (;;) {
        wake_worker.wait(lock, [this] { return stopped || runnable() != 0; });
        if (stopped) return;
        job& next = *take();
        bool const is_secondary = next.rank_ == job::rank::secondary;
        --idle;
        workers[index].busy = true;
        if (runnable() !=
            0) { // the end of a secondary job lets another begin, and this thread may not take it
            ensure_thread(self);
            wake_worker.notify_one();
        }
        lock.unlock();
        next.run(); // after which `next` may be gone
        lock.lock();
        workers[index].busy = false;
        ++idle;
        if (is_secondary) --secondary_running;
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
    return state_->submit(j, job::rank::primary, state_);
}

bool thread_pool::submit_secondary(job& j)
{
    return state_->submit(j, job::rank::secondary, state_);
}

bool thread_pool::submit_first(job& j)
{
    return state_->submit(j, job::rank::first, state_);
}

bool thread_pool::cancel(job& j) noexcept
{
    std::lock_guard const lock{state_->mutex};
    if (!j.queued_) return false;
    state_->queue_of(j).unlink(j);
    return true;
}

bool thread_pool::runs_here() const noexcept
{
    return pool_of_this_thread == state_.get();
}

std::size_t thread_pool::running() const noexcept
{
    std::lock_guard const lock{state_->mutex};
    return state_->running();
}

std::size_t thread_pool::queued() const noexcept
{
    std::lock_guard const lock{state_->mutex};
    return state_->first.size + state_->primary.size + state_->secondary.size;
}

std::size_t thread_pool::stop(std::chrono::milliseconds limit)
{
    state& s = *state_;
    std::unique_lock lock{s.mutex};
    s.stopped = true;
    s.wake_worker.notify_all();
    for (;;) {
        job* next = s.first.first;
        if (next == nullptr) next = s.primary.first != nullptr ? s.primary.first : s.secondary.first;
        if (next == nullptr) break;
        job& dropped = *next;
        s.queue_of(dropped).unlink(dropped);
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
        base::thread ending = std::move(worker.thread);
        lock.unlock();
        ending.join();
        lock.lock();
    }
    return left;
}

} // namespace serval::base
