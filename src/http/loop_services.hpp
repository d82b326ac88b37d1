// What a coroutine can find through the loop that it runs on.
#pragma once

#include "base/sync.hpp"
#include "http/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>

namespace serval::base {
class thread_pool;
}

namespace serval::http {

/// What a pool thread passes on its way back to a loop, which may be gone by then.
struct return_gate {
    base::mutex mutex;
    bool open = true; ///< false once the loop's context is being destroyed: nothing may be posted to it
};

/// The clock and the thread pools of an io_context: sleep_for, run_in_threadpool and uploads look here.
///
/// Registered by the loop before anything runs on it, with io_contexts only. Contexts that serval does not
/// serve on have none: then sleep_for goes by the real clock and run_in_threadpool throws std::logic_error.
///
/// The pools must be stopped before the context is destroyed: what they drop and finish then resumes or is
/// destroyed with the context. Only calls whose threads `stop` gave up on keep their coroutines' frames for
/// ever, since those threads still use them.
class loop_services final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit loop_services(boost::asio::execution_context& context) : service{context} {}

    /// The services of `executor`'s context, or nullptr.
    static loop_services* find(boost::asio::any_io_executor const& executor);

    /// True for the first that asks, on any thread, until it releases: one at a time sets what follows.
    bool claim() noexcept { return !claimed_.exchange(true); }
    void release() noexcept { claimed_ = false; }

    // Changed on the context's thread, or before it runs.

    http::clock* clock = nullptr;
    base::thread_pool* pool = nullptr;  ///< for handlers and their blocking calls
    base::thread_pool* files = nullptr; ///< for file I/O
    base::thread_pool* json = nullptr;  ///< for JSON that is too large for the loop

    boost::asio::io_context& io_context() noexcept;

    std::shared_ptr<return_gate> const& gate() const noexcept { return gate_; }

private:
    // Called when the context is destroyed, before its scheduler's queue is.
    void shutdown() override;

    std::atomic<bool> claimed_{false};
    std::shared_ptr<return_gate> gate_ = std::make_shared<return_gate>();
};

} // namespace serval::http
