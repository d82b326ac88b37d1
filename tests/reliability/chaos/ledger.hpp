/// What has happened on the server in one life: written by handlers, dependencies and tasks, read at its end.
///
/// All counters are relaxed atomics, on purpose: they order nothing between the server's threads, so that the
/// thread sanitizer sees the races that locks in here would hide. One counter stamps all events: of two that
/// happen one before the other, the later has the higher stamp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace chaos {

/// The kinds of threads that code of the application may find itself on.
enum class thread_kind : std::uint8_t { none, loop, pool, other };

/// The kind of the calling thread, by its name; `mark_as_loop` names one that runs the caller's context.
thread_kind current_thread_kind() noexcept;
void mark_as_loop() noexcept;

template <class T>
class relaxed {
public:
    T load() const noexcept { return value_.load(std::memory_order_relaxed); }
    void store(T value) noexcept { value_.store(value, std::memory_order_relaxed); }
    T add(T n = 1) noexcept { return value_.fetch_add(n, std::memory_order_relaxed) + n; }
    /// Raises the value to `least`.
    void raise(T least) noexcept
    {
        T now = load();
        while (now < least && !value_.compare_exchange_weak(now, least, std::memory_order_relaxed)) {
        }
    }

private:
    std::atomic<T> value_{};
};

using stamp = std::uint64_t; ///< 0: it has not happened

struct dependency_record {
    relaxed<unsigned> begun;
    relaxed<unsigned> ended;
    relaxed<stamp> end_at;
    relaxed<thread_kind> end_on{};
};

struct task_record {
    relaxed<unsigned> added; ///< `add` has returned
    relaxed<unsigned> attempts;
    relaxed<unsigned> completed; ///< an attempt has come to its end
    relaxed<unsigned> threw;     ///< attempts that threw by themselves
    relaxed<unsigned> released;  ///< its arguments are destroyed
    relaxed<stamp> end_at;       ///< of its arguments, or its last attempt
};

struct request_record {
    static constexpr std::size_t dependencies_max = 4;
    static constexpr std::size_t tasks_max = 3;

    bool stays = false; ///< its client waits for the answer
    relaxed<stamp> handler_begin;
    relaxed<stamp> handler_end;
    relaxed<unsigned> handler_done; ///< it has returned
    relaxed<stamp> producer_begin;
    relaxed<stamp> producer_end;
    std::array<dependency_record, dependencies_max> dependencies;
    std::array<task_record, tasks_max> tasks;

    /// True when code of the application has seen it.
    bool begun() const noexcept;
};

struct finding {
    std::string kind; ///< the same for all of its kind
    std::string text;
};

class ledger {
public:
    static constexpr std::size_t app_tasks_max = 16;

    explicit ledger(std::size_t requests) : records_(requests) {}

    /// The ledger of the life that runs: dependencies are plain functions, and have no other way to it.
    static ledger& current() noexcept;
    static void set_current(ledger* now) noexcept;

    stamp now() noexcept { return clock_.add(); }
    /// The record of request `id`; that of nobody when there is none.
    request_record& at(std::uint64_t id) noexcept
    {
        return id < records_.size() ? records_[static_cast<std::size_t>(id)] : nobody_;
    }
    std::size_t size() const noexcept { return records_.size(); }
    task_record& app_task(std::uint64_t i) noexcept
    {
        return app_tasks_[static_cast<std::size_t>(i % app_tasks_max)];
    }

    void fail(std::string_view kind, std::string text);
    std::vector<finding> findings() const;

    relaxed<int> live_leases;
    relaxed<int> live_producers;
    relaxed<int> live_handlers;
    relaxed<int> live_tasks;
    relaxed<bool> draining;
    relaxed<int> live_startups; ///< start-up hooks that run
    relaxed<bool> started;      ///< the last of them has come to its end
    relaxed<unsigned> shutdowns;

private:
    relaxed<stamp> clock_;
    std::deque<request_record> records_;
    request_record nobody_;
    std::array<task_record, app_tasks_max> app_tasks_;
    mutable std::mutex mutex_; // of what follows: taken when something is wrong only
    std::vector<finding> findings_;
};

} // namespace chaos
