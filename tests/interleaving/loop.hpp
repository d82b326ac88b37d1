// A loop with a pool, turned by the thread that explores.
#pragma once

#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"
#include "interleaving/explorer.hpp"

#include <serval/task.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>

namespace serval::explored {

constexpr std::chrono::milliseconds for_ever = std::chrono::milliseconds::max();

/// How a coroutine has ended.
struct end_of_task {
    int times = 0;
    std::exception_ptr error;
};

/// The context's handlers run on the thread that turns it, one a step. What they do is ordered with other
/// threads by the primitives that are explored alone: Asio's own mutexes are never waited for.
class loop {
public:
    explicit loop(std::size_t threads = 1, std::size_t queued = 1) : pool_{threads, queued}
    {
        auto& services = boost::asio::make_service<http::loop_services>(context_);
        services.pool = &pool_;
        services.files = &pool_;
        services.json = &pool_;
    }
    ~loop() { pool_.stop(for_ever); }
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;

    boost::asio::io_context& context() noexcept { return context_; }
    base::thread_pool& pool() noexcept { return pool_; }
    http::loop_services& services() { return boost::asio::use_service<http::loop_services>(context_); }

    /// `end` must outlive the coroutine.
    void spawn(task<void> coroutine, end_of_task& end, boost::asio::cancellation_slot slot = {})
    {
        auto const note = [&end](std::exception_ptr error) {
            ++end.times;
            end.error = std::move(error);
        };
        boost::asio::co_spawn(context_, std::move(coroutine),
                              boost::asio::bind_cancellation_slot(slot, note));
    }

    /// Runs handlers until `done`. A loop that has nothing to wait for until then has lost something.
    template <class F>
    void turn_until(F done)
    {
        while (!done()) {
            if (context_.poll_one() != 0) {
                step("the loop turns");
            } else {
                check(!context_.stopped(), "the loop has run out of work");
                idle();
            }
        }
    }

private:
    boost::asio::io_context context_;
    base::thread_pool pool_;
};

/// What it threw as an E, or nullptr.
template <class E>
E const* thrown_as(std::exception_ptr const& error)
{
    try {
        if (error) std::rethrow_exception(error);
    } catch (E const& e) {
        return &e;
    } catch (...) {
    }
    return nullptr;
}

} // namespace serval::explored
