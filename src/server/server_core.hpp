// A running server: loops, threads, pools and listener, from start to drained.
#pragma once

#include "server/listener.hpp"
#include "server/loop.hpp"
#include "server/task_intake.hpp"

#include <serval/server.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace serval::server_impl {

/// What runs around the serving.
struct lifespan {
    std::function<task<void>()> startup;
    std::function<task<void>()> shutdown;
};

/// See serval::server, which is this with an app. Not restartable.
class server_core {
public:
    /// `context` null: on own threads.
    server_core(serval::settings settings, std::shared_ptr<handler::dispatcher const> dispatcher,
                lifespan hooks, boost::asio::io_context* context);
    ~server_core();

    void start();
    std::uint16_t port() const noexcept { return listener_->port(); }
    void abort() noexcept { aborted_ = true; }
    bool draining() const noexcept { return draining_; }
    server_stats stats() const;
    /// Runs the tasks of the application, start-up hooks' included, until everything else has ended.
    handler::task_host& background() noexcept { return intake_; }

    /// Drains, on the first loop. Then nothing of the server runs but stuck handlers.
    task<stop_report> drain(std::chrono::milliseconds deadline);
    /// Runs `drain` from another thread and waits for it; then joins the threads.
    ///
    /// When something is stuck that cannot be cancelled, the report says so, and this object must never be
    /// destroyed: release it.
    stop_report stop(std::chrono::milliseconds deadline);

private:
    void run_startup();
    void give_up_tasks();
    void accept();
    bool is_idle() noexcept;
    task<void> pause();
    task<bool> end_connections(std::chrono::steady_clock::time_point until, stop_report& report);
    task<bool> run_shutdown_hooks(bool stuck);
    task<bool> wait_until_idle(std::chrono::steady_clock::time_point until, bool heed_abort);
    task<bool> wait_for_threads(std::chrono::steady_clock::time_point until);
    void log_hook_failure(std::exception_ptr const& thrown) noexcept;
    void on_every_loop(std::function<void(loop&)> const& call);
    void join();

    serval::settings settings_;
    std::shared_ptr<handler::dispatcher const> dispatcher_;
    lifespan hooks_;
    log_writer log_;
    base::thread_pool pool_;
    std::shared_ptr<base::thread_pool> files_; // shared with the uploads that it closes
    std::shared_ptr<handler::task_account> tasks_;
    task_intake intake_;
    std::vector<std::unique_ptr<boost::asio::io_context>> own_contexts_;
    std::vector<std::unique_ptr<loop>> loops_;
    std::unique_ptr<listener> listener_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::vector<std::thread> threads_;
    std::atomic<int> calls_under_way_{0}; // of on_every_loop
    std::atomic<bool> starting_{false};   // on a caller's context: the start-up hooks run
    std::atomic<bool> failed_{false};     // and one has thrown
    std::atomic<bool> accepting_{false};
    std::atomic<bool> draining_{false};
    std::atomic<bool> aborted_{false};
};

} // namespace serval::server_impl
