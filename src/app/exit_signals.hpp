// SIGINT and SIGTERM for serval::run: the first asks for an end, the second makes it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>

namespace serval::app_impl {

/// Heeds SIGINT and SIGTERM while it lives.
///
/// A thread of its own waits for them, and does nothing that could block: neither a loop, nor a pool, nor a
/// log that hangs keeps a second signal from ending the process. Signals come to that thread whatever others
/// block. Several may live at a time, in which case each hears of every signal.
class exit_signals {
public:
    /// Installs handlers, and remembers what was there. `at_second` is called at the second signal, on
    /// another thread. If this object still lives half a second later, whatever `at_second` does, the process
    /// ends with `exit_status` and, if `says_so`, a line on the standard error.
    exit_signals(std::function<void()> at_second, int exit_status, bool says_so);
    /// Puts back what was there before the first of them.
    ~exit_signals();
    exit_signals(exit_signals const&) = delete;
    exit_signals& operator=(exit_signals const&) = delete;

    /// Waits for the first signal. False when `release` has been called instead.
    bool wait();
    /// Ends all waiting; no signal that comes later is reported.
    void release();
    /// True once a signal was reported.
    bool seen() const;

private:
    enum class state : unsigned char { waiting, released, signalled, hurried };

    void watch();
    bool await_signal(int count) const;
    void report(state reached);
    void hurry();
    void end_hurrier();
    [[noreturn]] void end_process() const;

    std::function<void()> const at_second_;
    int const exit_status_;
    bool const says_so_;
    std::size_t const slot_;
    mutable std::mutex mutex_; // held for a moment only
    std::condition_variable changed_;
    state state_ = state::waiting;
    bool closing_ = false;
    std::thread watcher_;
    std::thread hurrier_;
};

} // namespace serval::app_impl
