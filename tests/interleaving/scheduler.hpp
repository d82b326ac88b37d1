// Of the explorer: one run, whose threads go one at a time.
#pragma once

#include "interleaving/explorer.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <linux/futex.h>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace serval::explored {

class condition_variable;
class mutex;

/// Lets one thread of the system wait until another one passes it on. A futex, since std::atomic's wait
/// yields first, and a machine with more to do then does that.
class baton {
public:
    void pass() noexcept
    {
        here_.store(1, std::memory_order_release);
        call(FUTEX_WAKE_PRIVATE, 1);
    }
    void take() noexcept
    {
        while (here_.exchange(0, std::memory_order_acquire) == 0)
            call(FUTEX_WAIT_PRIVATE, 0);
    }
    /// False: nobody has passed it on for so long.
    bool take_within(std::chrono::seconds limit) noexcept
    {
        auto const end = std::chrono::steady_clock::now() + limit;
        timespec const turn{1, 0};
        while (here_.exchange(0, std::memory_order_acquire) == 0) {
            if (std::chrono::steady_clock::now() > end) return false;
            call(FUTEX_WAIT_PRIVATE, 0, &turn);
        }
        return true;
    }

private:
    void call(int operation, int value, timespec const* limit = nullptr) noexcept
    {
        ::syscall(SYS_futex, &here_, operation, value, limit, nullptr, 0);
    }

    std::atomic<int> here_{0};
};

/// One place where there was something to choose.
struct choice {
    std::size_t chosen = 0;
    std::size_t count = 1;
};

/// Says what is chosen: first what was prepared, then always the first or, with a seed, at random.
class chooser {
public:
    std::vector<choice> prepared;
    std::map<std::size_t, std::size_t> replayed; ///< by place; everywhere else it is the first
    bool random = false;
    std::uint64_t seed = 0;

    void begin();
    /// What is chosen of `count`; `count` when `prepared` or `replayed` does not fit.
    std::size_t choose(std::size_t count);
    std::vector<choice> const& made() const noexcept { return made_; }
    /// Has the next run take the next schedule, in depth. False: this was the last.
    bool advance();
    /// As "place=chosen,…", without the places where it was the first.
    std::string schedule() const;

private:
    std::uint64_t draw() noexcept;

    std::vector<choice> made_;
    std::uint64_t state_ = 0;
    std::uint64_t change_ = 1; // of this many choices one is not the first
};

/// One run after the other. All members but `run` are used by the thread that has the baton.
class scheduler {
public:
    explicit scheduler(limits const& bounds);
    ~scheduler();
    scheduler(scheduler const&) = delete;
    scheduler& operator=(scheduler const&) = delete;

    /// The one whose thread calls; nullptr outside of a run.
    static scheduler* current() noexcept;

    /// Runs `body` once. False when that failed: `failure` says why, and nothing more can be run.
    bool run(std::function<void()> const& body, chooser& choices);
    std::string const& failure() const noexcept { return failure_; }
    std::string steps() const;
    chooser const& choices() const noexcept { return *choices_; }

    [[noreturn]] void fail(std::string why);
    void step(void const* object, char const* what);
    void idle();
    void name(std::string name);

    void lock(mutex& m);
    bool try_lock(mutex& m);
    void unlock(mutex& m);
    bool wait(condition_variable& c, mutex& m, bool limited);
    void notify(condition_variable& c, bool all);
    void expect_unused(void const* object);

    std::size_t start(std::function<void()> body); // 0: there are no more threads
    void join(std::size_t number);

private:
    enum class state : unsigned char { ready, locking, waiting, joining, idle, ended };

    struct worker;
    struct logical {
        std::size_t number = 0; // from 1
        state now = state::ready;
        void const* on = nullptr; // what it waits for
        mutex* relock = nullptr;  // of a `locking` or `waiting` thread
        bool limited = false;     // its wait may time out
        bool timed_out = false;
        std::size_t joined = 0; // the number of the thread that it waits for
        std::uint64_t own_steps = 0;
        std::uint64_t seen = 0; // steps of others, when it was idle the last time
        std::string name;
        worker* runs_on = nullptr;
    };
    struct alternative {
        logical* thread;
        bool times_out;
        bool costs;
    };
    struct trace_entry {
        std::size_t thread;
        char const* what;
        void const* object;
    };

    logical& self() noexcept;
    bool is_enabled(logical const& t) const;
    void offer(logical& me);
    std::size_t choose(std::size_t count);
    logical* next_after(logical& me);
    void pause(logical& me, state now, void const* on, char const* what);
    void record(logical& me, char const* what, void const* object);
    void end(logical& me);
    std::string what_all_wait_for() const;
    worker& free_worker();
    void work(worker& w);

    limits const bounds_;
    chooser* choices_ = nullptr;
    baton done_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::unique_ptr<logical>> threads_; // of this run
    std::vector<alternative> alternatives_;
    std::vector<trace_entry> trace_;
    std::uint64_t progress_ = 0;
    std::size_t preemptions_ = 0;
    std::string failure_;
};

} // namespace serval::explored
