// The background tasks of one request, or one of the application, while they run.
#pragma once

#include "handler/task_account.hpp"

#include <serval/log.hpp>
#include <serval/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace serval::server_impl {

class task_registry;
class wake_up;
struct workspace;

/// Tasks that run one after the other, in one coroutine. Used on the thread of its loop once it is launched
/// (task_registry::launch).
class task_batch : public std::enable_shared_from_this<task_batch> {
public:
    using list = std::vector<std::unique_ptr<handler::background_task>>;

    /// `origin`: whose tasks they are, for log lines: "POST /users/register".
    task_batch(list tasks, std::string origin) noexcept;
    ~task_batch();

    /// Further ones, behind the others. Before it is launched.
    void add(list more);
    /// Has the request's context, whose dependencies the tasks may use, end after them. Before it is
    /// launched.
    void keep(std::unique_ptr<workspace> request) noexcept;

    /// Waits until the tasks have ended. One waits at a time; the batch must live meanwhile.
    task<void> wait(boost::asio::any_io_executor executor);

private:
    friend class task_registry;
    class plain_attempt;
    class registration;
    class waiting;

    void spawn(boost::asio::io_context& context);
    task<void> run(registration listed);
    task<void> run_tasks();
    task<void> end_request();
    task<void> attempt();
    bool is_drained() const noexcept;
    void drain();
    void begin_attempt();
    void end_attempt(std::exception_ptr const& thrown) noexcept;
    void end_current(handler::task_outcome how) noexcept;
    void finish() noexcept;
    bool sweep();
    void give_up();
    bool give_up_all() noexcept;
    void give_up_from(std::size_t first) noexcept;
    void abandon() noexcept;
    void lift_limit() noexcept;
    void log_stuck() const noexcept;
    void log_failure(std::exception_ptr const& thrown, bool timed_out) const noexcept;
    void log(log_level level, handler::background_task const& task, std::string_view what,
             std::string_view why = {}) const noexcept;
    std::chrono::milliseconds delay() const noexcept;
    handler::background_task& current() const noexcept { return *tasks_[next_]; }

    list tasks_; // null: it has ended
    std::string origin_;
    std::shared_ptr<task_registry> registry_; // once it is launched
    boost::asio::cancellation_signal cancel_;
    std::unique_ptr<workspace> request_;
    std::size_t index_ = 0;              // in the registry's list
    std::size_t next_ = 0;               // of the task that runs, or will next
    unsigned failures_ = 0;              // of its attempts
    std::int64_t deadline_ = 0;          // of the attempt, in ticks of the loop; 0: not known yet
    std::atomic<bool> on_thread_{false}; // a plain function has begun
    bool limited_ = false;               // the attempt's time limit has not passed yet
    bool timed_out_ = false;
    bool given_up_ = false;
    bool ended_ = false;
    wake_up* waiter_ = nullptr;
};

} // namespace serval::server_impl
