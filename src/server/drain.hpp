// The end of a server, step by step.
#pragma once

#include <serval/server.hpp>
#include <serval/task.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace serval::server_impl {

class log_writer;
class loop;
class remote_task;
class server_core;

/// Ends a server, on the thread that wants it to end, which is none of its own: so no step depends on a loop
/// that something blocks. It posts to the loops what they are to do, and looks every few milliseconds how far
/// they are.
///
/// Every wait has a limit: requests and tasks the deadline, then 2 s to unwind from their cancellation and
/// half a second to notice that their sockets are gone; shutdown hooks the deadline, and 2 s at least, and as
/// long again to unwind; threads 2 s. What is left then is stuck: it is said so, and stays with all that it
/// uses.
///
/// A caller's context that nobody runs any more is run here: when it does not answer and the thread that was
/// seen to run it is this one, or has ended.
class drain {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit drain(server_core& core) noexcept : core_{core} {}

    stop_report run();
    /// For a server that is destroyed on a thread of its own, where nothing can be waited for: its loops run
    /// nothing more, and it stays.
    static void abandon(server_core& core) noexcept;

    /// `duration` from now, or the end of time.
    static time_point deadline_after(std::chrono::milliseconds duration) noexcept;

private:
    using condition = std::function<bool()>;
    using limit = std::function<time_point()>;
    using calls = std::shared_ptr<std::atomic<int>>;
    class step;

    bool never_begun();
    void look_who_runs_the_context();
    bool is_deserted() noexcept;
    void end_startup();
    void tell_loops();
    void end_connections();
    bool cancel_connections();
    void run_shutdown_hooks();
    bool first_loop_answers();
    void detach_loops();
    void end_threads();

    static void end_on_the_loop(std::shared_ptr<server_core> const& core);
    static void end_here(server_core& core);
    std::shared_ptr<remote_task> hook_run(std::function<task<void>(log_writer&)> const& hooks,
                                          char const* failure) const;

    bool is_idle();
    bool has_batches() const noexcept;
    /// False: the limit has come first, or, where it is heeded, the wish to end at once.
    bool wait(condition const& met, limit const& until, bool heed_abort);
    bool wait_for(condition const& met, std::chrono::milliseconds longest);
    void let_loops_run(std::chrono::milliseconds duration);
    void post(std::size_t index, std::function<void(loop&)> call);
    static void post_step(std::shared_ptr<loop> const& to, calls const& under_way,
                          std::function<void(loop&)> call);
    void post_to_all(std::function<void(loop&)> const& call);
    void say_late();

    server_core& core_;
    stop_report report_;
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    bool deserted_ = false; // nobody else runs the caller's context any more
    bool stuck_ = false;    // something does not come to its end
    std::size_t left_ = 0;  // threads that do not come back
    calls const calls_ = std::make_shared<std::atomic<int>>(0); // that loops have yet to make
    std::shared_ptr<remote_task> hooks_;                        // those of the drain's beginning
};

} // namespace serval::server_impl
