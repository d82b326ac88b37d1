// The thread of a loop.
#pragma once

#include "server/loop.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>

namespace serval::server_impl {

/// Runs a loop's context until that is stopped, or has nothing to do. The thread takes no signals but those
/// of its own faults, and touches nothing but `kept` and what that keeps.
class loop_thread {
public:
    /// Starts it. Throws std::system_error.
    loop_thread(std::shared_ptr<loop> of, std::shared_ptr<void const> kept);

    loop_thread(loop_thread&&) = default;
    loop_thread& operator=(loop_thread&&) = delete;
    /// Leaves a thread that was not joined alone.
    ~loop_thread()
    {
        if (thread_.joinable()) thread_.detach();
    }

    /// Waits for its end and joins it. False: it has not ended by `until`, something blocks it, and it is
    /// left alone: with `kept`.
    bool join(std::chrono::steady_clock::time_point until);

private:
    std::shared_ptr<std::atomic<bool>> ended_ = std::make_shared<std::atomic<bool>>(false);
    std::thread thread_;
};

} // namespace serval::server_impl
