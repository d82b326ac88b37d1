// Starting other programs from handlers, with no signal blocked in them.
#pragma once

#include <csignal>
#include <ctime>

namespace serval {

/// Blocks no signal on this thread while it lives, for handlers that start a child process.
///
/// serval's threads block all signals, which are for the application's own threads; a child inherits the mask
/// of the thread that starts it, and with it would heed neither SIGTERM nor SIGINT. Make one around the start
/// alone:
///
///     serval::child_signals const guard;
///     FILE* const child = ::popen("sort", "w"); // or system, posix_spawn, fork
///
/// What signals do is up to the process, not the thread that takes them, so that one which comes meanwhile
/// ends the process or runs its handler as it would have anyway. serval::run's handlers for SIGTERM, SIGINT
/// and SIGPIPE may run on any thread. But in a process of your own where SIGPIPE has its default action, a
/// write to a child that has gone ends the process while this lives, and fails with EPIPE after. A SIGPIPE
/// that such a write has left pending before is discarded.
///
/// The mask is that of the thread: hold it across no co_await.
class child_signals {
public:
    child_signals() noexcept
    {
        sigset_t none;
        sigemptyset(&none);
        discard_broken_pipe();
        pthread_sigmask(SIG_SETMASK, &none, &previous_);
    }
    /// Puts the mask back that the thread had.
    ~child_signals() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
    child_signals(child_signals const&) = delete;
    child_signals& operator=(child_signals const&) = delete;

private:
    static void discard_broken_pipe() noexcept
    {
        sigset_t pipe;
        sigset_t pending;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        if (sigpending(&pending) != 0 || sigismember(&pending, SIGPIPE) != 1) return;
        timespec const at_once{};
        sigtimedwait(&pipe, nullptr, &at_once);
    }

    sigset_t previous_;
};

} // namespace serval
