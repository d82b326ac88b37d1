// Keeping signals from the threads that serval starts.
#pragma once

#include <csignal>
#include <initializer_list>

namespace serval::base {

/// Blocks signals on this thread while it lives: a thread started meanwhile inherits that, and signals go to
/// the application's own threads.
class signal_blocker {
public:
    signal_blocker() noexcept
    {
        sigset_t blocked;
        sigfillset(&blocked);
        // A thread's own faults stay deliverable: blocking them only takes crash handlers their chance.
        for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
            sigdelset(&blocked, fault);
        pthread_sigmask(SIG_SETMASK, &blocked, &previous_);
    }
    ~signal_blocker() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
    signal_blocker(signal_blocker const&) = delete;
    signal_blocker& operator=(signal_blocker const&) = delete;

private:
    sigset_t previous_;
};

} // namespace serval::base
