// A running server: loops, threads, pools and listener, from its start to its end.
#pragma once

#include "server/environment.hpp"
#include "server/listener.hpp"
#include "server/loop.hpp"
#include "server/loop_thread.hpp"
#include "server/remote_task.hpp"
#include "server/task_intake.hpp"

#include <serval/server.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace serval::server_impl {

/// What an app wants to run around the serving; each is called on the first loop.
struct lifespan {
    std::function<task<void>()> startup;
    std::function<void(handler::task_host&, log_writer&)> begin_jobs; ///< after the start-up
    std::function<task<void>(log_writer&)> drain;                     ///< empty: nothing
    std::function<task<void>(log_writer&)> shutdown;
};

/// See serval::server, which is this with an app. Not restartable.
///
/// Held by shared_ptr: what is posted to the loops keeps it, and so do the threads. `stop` is the end of all
/// that; what is stuck beyond it stays with everything that it uses, for the life of the process.
class server_core : public std::enable_shared_from_this<server_core> {
public:
    /// `context` null: on own threads.
    server_core(serval::settings settings, std::shared_ptr<handler::dispatcher const> dispatcher,
                lifespan hooks, boost::asio::io_context* context);
    ~server_core();

    /// Once. On own threads it waits for the start-up hooks; see serval::server::start.
    void start();
    /// Once, also while `start` waits: see drain. Not on a thread for which `runs_here` is true.
    stop_report stop(std::chrono::milliseconds deadline);
    /// Brings the deadline of a `stop` that waits forward.
    void hurry(std::chrono::milliseconds deadline) noexcept;
    void abort() noexcept { aborted_ = true; }

    /// True within a handler, on a loop or on the pool: there, waiting for the server's end would be in vain.
    bool runs_here() const noexcept;
    /// True on the thread that runs the caller's context, outside of a handler, once a drain has found that
    /// nobody runs it now: whoever waits there for something on it lets it run.
    bool runs_callers_context() const noexcept;
    void run_callers_context(std::chrono::milliseconds duration);
    std::uint16_t port() const noexcept;
    std::vector<listen_address> addresses() const;
    server_stats stats() const;
    /// Runs the tasks of the application, start-up hooks' included, until everything else has ended.
    handler::task_host& background() noexcept { return intake_; }

private:
    friend class drain;

    using time_point = std::chrono::steady_clock::time_point;

    void open();
    void begin();
    void on_startup_end(std::exception_ptr thrown);
    std::exception_ptr begin_service() noexcept;
    void give_up_tasks();
    void wait_for_startup();
    void accept(std::size_t socket);
    void cancel_startup();

    std::shared_ptr<server_impl::environment> const environment_;
    lifespan const hooks_;
    task_intake intake_;
    std::vector<std::unique_ptr<boost::asio::io_context>> own_contexts_;
    std::vector<std::shared_ptr<loop>> loops_;
    std::unique_ptr<listener> listener_; // of the first loop, once that runs
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::vector<loop_thread> threads_;
    std::shared_ptr<remote_task> startup_;

    /// Whether anything of the server has run on its loops. A caller's context may never do so.
    enum class course : unsigned char { expected, begun, cancelled };
    std::atomic<course> course_{course::expected};
    std::atomic<bool> starting_{false};   // the start-up hooks run
    std::atomic<bool> failed_{false};     // and one has thrown
    std::atomic<int> accepting_{0};       // of the listener's sockets
    std::atomic<bool> unanswered_{false}; // a drain has found nobody who runs the caller's context
    std::atomic<bool> aborted_{false};
    std::atomic<time_point> deadline_{time_point::max()};

    mutable std::mutex mutex_;              // of what follows; `start` has it until all threads run
    std::vector<listen_address> addresses_; // empty: it does not listen yet
    std::condition_variable startup_ended_;
    std::exception_ptr failure_; // of the start-up
    bool startup_over_ = false;
    bool opened_ = false;
    bool stopping_ = false;
};

} // namespace serval::server_impl
