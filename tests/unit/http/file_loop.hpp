// A loop with pools as a server's, for tests of what uses the files'.
#pragma once

#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"

#include <serval/task.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace serval::test {

/// What has become of a coroutine.
struct outcome {
    bool ended = false;
    std::exception_ptr error;
};

/// An io_context on the calling thread, with a pool of one thread for files and none for handlers.
class file_loop {
public:
    file_loop() { boost::asio::make_service<http::loop_services>(context_).files = &files_; }
    ~file_loop() { files_.stop(std::chrono::milliseconds::max()); }
    file_loop(file_loop const&) = delete;
    file_loop& operator=(file_loop const&) = delete;

    base::thread_pool& files() noexcept { return files_; }
    boost::asio::io_context& context() noexcept { return context_; }

    /// Runs `coroutine` up to where it waits for the pool.
    void start(task<void> coroutine, outcome& out, boost::asio::cancellation_signal& signal)
    {
        auto const ended = [&out](std::exception_ptr error) {
            out.ended = true;
            out.error = std::move(error);
        };
        boost::asio::co_spawn(context_, std::move(coroutine),
                              boost::asio::bind_cancellation_slot(signal.slot(), ended));
        context_.poll();
        context_.restart();
    }

    void finish()
    {
        context_.run();
        context_.restart();
    }

    /// Runs a task to its end; rethrows.
    template <class T>
    T run(task<T> work)
    {
        std::optional<T> result;
        run(storing(std::move(work), &result));
        return std::move(*result);
    }
    void run(task<void> work)
    {
        outcome out;
        boost::asio::cancellation_signal signal;
        start(std::move(work), out, signal);
        finish();
        if (out.error) std::rethrow_exception(std::exchange(out.error, nullptr));
    }

private:
    template <class T>
    static task<void> storing(task<T> work, std::optional<T>* result)
    {
        *result = co_await std::move(work);
    }

    base::thread_pool files_{1, base::thread_pool::unbounded};
    boost::asio::io_context context_;
};

} // namespace serval::test
