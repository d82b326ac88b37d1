#include "app/exit_signals.hpp"

#include "base/signal_blocker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <exception>
#include <pthread.h>
#include <semaphore.h>
#include <stdexcept>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace serval::app_impl {

namespace {

constexpr std::chrono::milliseconds unwinding_time{500}; // for coroutine handlers, after a second signal
constexpr std::chrono::milliseconds speaking_time{100};
constexpr std::array<int, 2> watched = {SIGINT, SIGTERM};

/// What a signal handler may touch for one watcher: never freed, since a handler may be at work at any time.
struct slot {
    sem_t posted;
    std::atomic<bool> used;
    std::atomic<bool> ending;
    std::atomic<int> signals;
};

constinit std::array<slot, 8> slots{};

struct sigaction previous[watched.size()];
int users = 0; // under the lock of slots

std::mutex& lock_of_slots()
{
    static std::mutex lock;
    return lock;
}

extern "C" void serval_exit_signal(int)
{
    int const kept = errno;
    for (auto& one : slots) {
        if (!one.used) continue;
        ++one.signals;
        ::sem_post(&one.posted);
    }
    errno = kept;
}

void install() noexcept
{
    struct sigaction action{};
    action.sa_handler = serval_exit_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i != watched.size(); ++i)
        ::sigaction(watched[i], &action, &previous[i]);
}

std::size_t take_slot()
{
    std::lock_guard const lock{lock_of_slots()};
    auto const free = std::ranges::find_if(slots, [](slot const& one) { return !one.used; });
    if (free == slots.end()) throw std::runtime_error{"too many calls of serval::run at a time"};
    ::sem_init(&free->posted, 0, 0);
    free->ending = false;
    free->signals = 0;
    free->used = true;
    if (users++ == 0) install();
    return static_cast<std::size_t>(free - slots.begin());
}

void give_back(std::size_t number) noexcept
{
    std::lock_guard const lock{lock_of_slots()};
    if (--users == 0) {
        for (std::size_t i = 0; i != watched.size(); ++i)
            ::sigaction(watched[i], &previous[i], nullptr);
    }
    slots[number].used = false;
}

/// Waits for a post; false when none has come within `limit`.
bool wait_for_post(sem_t& posted, std::chrono::milliseconds limit) noexcept
{
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    auto const nanoseconds = until.tv_nsec + limit.count() * 1'000'000;
    until.tv_sec += nanoseconds / 1'000'000'000;
    until.tv_nsec = nanoseconds % 1'000'000'000;
    while (::sem_clockwait(&posted, CLOCK_MONOTONIC, &until) != 0) {
        if (errno != EINTR) return false;
    }
    return true;
}

/// Even this may hang, on a full pipe: another thread says it, which is not waited for.
void say_last_words() noexcept
{
    static sem_t said;
    ::sem_init(&said, 0, 0);
    try {
        std::thread{[] {
            constexpr std::string_view text = "ERROR:    A second signal: what still runs is abandoned\n";
            if (::write(STDERR_FILENO, text.data(), text.size()) >= 0) ::sem_post(&said);
        }}.detach();
        wait_for_post(said, speaking_time);
    } catch (std::exception const&) { // no thread, no words
    }
}

} // namespace

exit_signals::exit_signals(std::function<void()> at_second, int exit_status, bool says_so)
    : at_second_{std::move(at_second)},
      exit_status_{exit_status},
      says_so_{says_so},
      slot_{take_slot()}
{
    try {
        base::signal_blocker const blocked;
        hurrier_ = std::thread{[this] { hurry(); }};
        watcher_ = std::thread{[this] { watch(); }};
        ::pthread_setname_np(watcher_.native_handle(), "serval-signals");
    } catch (...) {
        end_hurrier();
        give_back(slot_);
        throw;
    }
}

exit_signals::~exit_signals()
{
    release();
    end_hurrier(); // the watcher still sees to it that this ends
    slots[slot_].ending = true;
    ::sem_post(&slots[slot_].posted);
    watcher_.join();
    give_back(slot_);
}

void exit_signals::end_hurrier()
{
    {
        std::lock_guard const lock{mutex_};
        closing_ = true;
        changed_.notify_all();
    }
    if (hurrier_.joinable()) hurrier_.join();
}

void exit_signals::hurry()
{
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return closing_ || state_ == state::hurried; });
    bool const called = state_ == state::hurried;
    lock.unlock();
    if (called) at_second_();
}

bool exit_signals::wait()
{
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return state_ != state::waiting; });
    return state_ >= state::signalled;
}

bool exit_signals::seen() const
{
    std::lock_guard const lock{mutex_};
    return state_ >= state::signalled;
}

void exit_signals::release()
{
    std::lock_guard const lock{mutex_};
    if (state_ == state::waiting) state_ = state::released;
    changed_.notify_all();
}

void exit_signals::report(state reached)
{
    std::lock_guard const lock{mutex_};
    if (state_ != state::released) state_ = reached;
    changed_.notify_all();
}

bool exit_signals::await_signal(int count) const
{
    auto& own = slots[slot_];
    while (!own.ending && own.signals < count)
        ::sem_wait(&own.posted); // or EINTR: looks again
    return !own.ending;
}

void exit_signals::watch()
{
    sigset_t heeded;
    sigemptyset(&heeded);
    for (int const number : watched)
        sigaddset(&heeded, number);
    ::pthread_sigmask(SIG_UNBLOCK, &heeded, nullptr);
    if (!await_signal(1)) return;
    report(state::signalled);
    if (!await_signal(2)) return;
    report(state::hurried);
    auto& own = slots[slot_];
    auto const until = std::chrono::steady_clock::now() + unwinding_time;
    while (!own.ending) {
        auto const left = until - std::chrono::steady_clock::now();
        if (left <= left.zero()) end_process();
        wait_for_post(own.posted, std::chrono::ceil<std::chrono::milliseconds>(left));
    }
}

void exit_signals::end_process() const
{
    if (says_so_) say_last_words();
    ::_exit(exit_status_);
}

} // namespace serval::app_impl
