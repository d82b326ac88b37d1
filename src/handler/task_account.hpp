// The books of a server's background tasks: how many there may be, how many there are, the oldest.
#pragma once

#include "base/sync.hpp"
#include "http/clock.hpp"

#include <serval/background_tasks.hpp>
#include <serval/http_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace serval::handler {

class task_account;

/// One task from its addition to its end. Its destructor keeps the books right, however that comes.
class background_task {
public:
    /// `number`: among the tasks of its request, from 1; 0 for a task of the application, which gets one when
    /// it is accepted.
    background_task(std::unique_ptr<detail::background_call> call, task_options options,
                    std::size_t number) noexcept
        : call_{std::move(call)},
          options_{std::move(options)},
          number_{number},
          spelled_{call_->spelled()},
          coroutine_{call_->is_coroutine()}
    {}
    ~background_task();
    background_task(background_task const&) = delete;
    background_task& operator=(background_task const&) = delete;

    detail::background_call& call() noexcept { return *call_; }
    bool is_coroutine() const noexcept { return coroutine_; }
    /// Destroys the callable and its arguments, which count as running until then.
    void release_call() noexcept { call_.reset(); }
    task_options const& options() const noexcept { return options_; }
    /// What the log calls it.
    std::string name() const;

private:
    friend class task_account;
    enum class state : unsigned char { added, queued, running, ended };

    std::unique_ptr<detail::background_call> call_;
    task_options options_;
    std::size_t number_;
    std::string_view spelled_;
    bool coroutine_;
    std::shared_ptr<task_account> account_; // that it stands in
    bool reserved_ = false;                 // it has a place within the bound
    state state_ = state::added;
    http::clock::time_point accepted_{};
    background_task* older_ = nullptr; // of the unfinished ones
    background_task* newer_ = nullptr;
};

/// The http_error 503 of whoever adds a task too many.
http_error too_many_tasks();

/// What has become of a task.
enum class task_outcome : unsigned char { done, failed, given_up };

/// Counts the tasks of one server or test_client. Thread-safe. Lives as long as any task that stands in it.
class task_account : public std::enable_shared_from_this<task_account> {
public:
    struct totals {
        std::size_t queued = 0;
        std::size_t running = 0;
        std::uint64_t done = 0;
        std::uint64_t failed = 0;            ///< given up ones included
        std::uint64_t given_up = 0;          ///< when the server shut down
        std::size_t endless = 0;             ///< unfinished ones that only a drain ends
        std::chrono::milliseconds oldest{0}; ///< of the others

        std::size_t unfinished() const noexcept { return queued + running; }
    };

    /// At most `limit` tasks have a place. `refuses`: a request may add no others. `clock` null: the real
    /// one.
    task_account(std::size_t limit, bool refuses, http::clock const* clock = nullptr) noexcept
        : limit_{limit},
          refuses_{refuses},
          clock_{clock}
    {}

    bool refuses() const noexcept { return refuses_; }
    /// Gives a task that was just made a place within the bound, until its end. False when there is none.
    bool reserve(background_task& task) noexcept;

    enum class admission : unsigned char { accepted, full, closed };

    /// A request's task will be run: it is queued from now on. Nothing when it is so already.
    void accept(background_task& task) noexcept;
    /// Reserves a place for a task of the application and accepts it, if it may be.
    admission admit(background_task& task) noexcept;
    void begin(background_task& task) noexcept;
    void end(background_task& task, task_outcome how) noexcept;

    /// From now on only tasks of requests are accepted.
    void close() noexcept;
    /// Closes when every accepted task has ended; else does nothing and returns false.
    bool close_if_empty() noexcept;

    totals now() const noexcept;

private:
    friend class background_task;

    void enter(background_task& task) noexcept;
    void leave(background_task& task, task_outcome how) noexcept;
    void forget(background_task& task) noexcept;
    http::clock::time_point time() const noexcept;

    std::size_t const limit_;
    bool const refuses_;
    http::clock const* const clock_;

    mutable base::mutex mutex_; // of what follows, and of the tasks' own members
    std::size_t reserved_ = 0;
    std::size_t numbers_ = 0;
    totals totals_;
    background_task* oldest_ = nullptr;
    background_task* newest_ = nullptr;
    bool closed_ = false;
};

} // namespace serval::handler
