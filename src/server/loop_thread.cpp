#include "server/loop_thread.hpp"

#include "base/signal_blocker.hpp"
#include "base/what_of.hpp"

#include <exception>
#include <pthread.h>
#include <string>
#include <string_view>
#include <utility>

namespace serval::server_impl {

namespace {

/// A throw out of a completion handler is a bug to be logged, never the end of the thread.
void run(loop& of)
{
    of.attach();
    for (;;) {
        try {
            of.context().run();
            return;
        } catch (...) {
            log_failure(of.environment().log, std::current_exception());
        }
    }
}

} // namespace

loop_thread::loop_thread(std::shared_ptr<loop> of, std::shared_ptr<void const> kept)
{
    base::signal_blocker const blocked;
    thread_ = std::thread{[of = std::move(of), kept = std::move(kept), ended = ended_]() mutable {
        run(*of);
        of.reset();
        kept.reset();
        ended->store(true, std::memory_order_release);
    }};
    ::pthread_setname_np(thread_.native_handle(), "serval-loop");
}

bool loop_thread::join(std::chrono::steady_clock::time_point until)
{
    constexpr std::chrono::milliseconds pause{1};
    while (!ended_->load(std::memory_order_acquire)) {
        if (std::chrono::steady_clock::now() >= until) {
            thread_.detach();
            return false;
        }
        std::this_thread::sleep_for(pause);
    }
    thread_.join();
    return true;
}

} // namespace serval::server_impl
