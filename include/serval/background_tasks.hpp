// Background tasks: what runs after a response, or beside all requests.
#pragma once

#include <serval/detail/background_call.hpp>
#include <serval/task.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

namespace detail {
class background_hosts; // src/handler/background_hosts.hpp
struct task_sheet;      // src/handler/task_sheet.hpp
} // namespace detail

/// How a background task is named, repeated and bounded: `task_options{}.name("send_email").retries(3)`.
class task_options {
public:
    task_options() = default;

    /// What log lines call the task. Default: "#1" for the first one of its request, and so on, followed by
    /// the class of a function object that has a name of its own.
    task_options& name(std::string text);

    /// Runs a task that throws again, up to `n` times: first after `first_delay`, then after twice as long
    /// each time, but never after more than a minute (or `first_delay`, when that is longer). Default: none.
    ///
    /// The tasks behind it wait meanwhile. Its arguments are copied for each attempt but the last one.
    /// Throws std::invalid_argument for a negative delay.
    task_options& retries(unsigned n, std::chrono::milliseconds first_delay = std::chrono::seconds{1});

    /// The longest that one attempt may take. Default: no limit.
    ///
    /// A coroutine is then cancelled (terminal cancellation), up to half a second late: it has failed, and
    /// may be tried again. A plain function cannot be interrupted: a warning is logged, and it goes on. Its
    /// time begins when a thread of the pool takes it. Throws std::invalid_argument unless positive.
    task_options& time_limit(std::chrono::milliseconds duration);

    /// For a task without an end of its own: when the server begins to drain, a coroutine is cancelled
    /// (terminal cancellation), and one that has not begun, or waits to be tried again, does not. That is no
    /// failure: it counts as done. A plain function that runs cannot be interrupted.
    /// `test_client::wait_background` does not wait for such tasks. Default: a drain waits for the task until
    /// its deadline.
    task_options& cancel_on_drain(bool yes = true) noexcept
    {
        cancel_on_drain_ = yes;
        return *this;
    }

    bool cancels_on_drain() const noexcept { return cancel_on_drain_; }
    std::string const& name() const noexcept { return name_; }
    unsigned retries() const noexcept { return retries_; }
    std::chrono::milliseconds first_delay() const noexcept { return first_delay_; }
    /// Zero: none.
    std::chrono::milliseconds time_limit() const noexcept { return time_limit_; }

private:
    std::string name_;
    unsigned retries_ = 0;
    std::chrono::milliseconds first_delay_{0};
    std::chrono::milliseconds time_limit_{0};
    bool cancel_on_drain_ = false;
};

/// The background tasks of one request; FastAPI's BackgroundTasks. A handler or a dependency takes it as
/// `serval::background_tasks&`, anywhere among its parameters.
///
/// The tasks start when the last byte of the response was handed to the kernel, one after the other in the
/// order in which they were added, beside those of other requests. The connection serves its next request
/// meanwhile. The values of the request's dependencies live until the last task has ended, so a pointer to
/// one may be passed; the destructor of such a value may still add tasks. They run though the client has
/// left; one that throws is logged at level error, with its name and the request's line, and the next still
/// runs. When the handler, a dependency or a middleware throws (an http_error, too) or the request is
/// invalid, there are none.
///
/// A server that stops waits for them until its deadline, then cancels the coroutines, starts no more, logs
/// those that it gives up, and counts them in `stop_report::tasks_given_up`.
///
/// Belongs to the request: valid until its response is written; not thread-safe.
class background_tasks {
public:
    explicit background_tasks(detail::task_sheet& sheet) noexcept : sheet_{&sheet} {}
    background_tasks(background_tasks const&) = delete;
    background_tasks& operator=(background_tasks const&) = delete;

    /// Adds `function(arguments…)`: `tasks.add(send_email, user->email, "Welcome!")`.
    ///
    /// A function that returns `task<T>` runs on the event loop of its request, any other one on the pool of
    /// plain handlers, where tasks take half of the threads at most and wait without bound for one. What
    /// either returns is dropped. Callable and arguments are stored by value and live until the task has
    /// ended; the arguments are moved into the call. So a parameter can be a value or, of a plain function, a
    /// reference to const; views of the request (`std::string_view`, also in an optional, vector, pair or
    /// tuple) and `depends<>` do not compile, since the request ends before its tasks begin. Pointers do:
    /// they are yours. A C string is kept as a `std::string` where the function takes that.
    ///
    /// When `limits::background_tasks` tasks of the server are unfinished, `limits::background_overflow`
    /// says what becomes of more: the connection waits for the tasks of this request before it reads its next
    /// one, or this throws http_error 503 with Retry-After. Throws std::invalid_argument when retries are
    /// asked for and the callable's arguments cannot be copied.
    template <class F, class... A>
        requires(!std::is_same_v<std::decay_t<F>, task_options>)
    void add(F&& function, A&&... arguments)
    {
        add(task_options{}, std::forward<F>(function), std::forward<A>(arguments)...);
    }
    template <class F, class... A>
    void add(task_options options, F&& function, A&&... arguments)
    {
        push(std::move(options),
             detail::make_background_call(std::forward<F>(function), std::forward<A>(arguments)...));
    }

    /// How many were added so far.
    std::size_t size() const noexcept;

private:
    void push(task_options options, std::unique_ptr<detail::background_call> call);

    detail::task_sheet* sheet_;
};

/// Where an app takes tasks that belong to no request: `app.background().add(refresh, key)`. A small value.
///
/// Thread-safe: from handlers, other tasks, hooks and threads of the application. Each task starts at once,
/// beside all others, on a loop of a server or a test_client that serves the app: of the first one that
/// runs, where several do. A start-up hook may add already; a server that drains still takes tasks, and waits
/// for them, until nothing else is left to do.
class background_handle {
public:
    explicit background_handle(std::shared_ptr<detail::background_hosts> hosts) noexcept
        : hosts_{std::move(hosts)}
    {}

    /// As background_tasks::add. Throws std::logic_error when no server or test_client of the app runs, and
    /// http_error 503 with Retry-After beyond `limits::background_tasks`, whatever the policy is.
    template <class F, class... A>
        requires(!std::is_same_v<std::decay_t<F>, task_options>)
    void add(F&& function, A&&... arguments) const
    {
        add(task_options{}, std::forward<F>(function), std::forward<A>(arguments)...);
    }
    template <class F, class... A>
    void add(task_options options, F&& function, A&&... arguments) const
    {
        push(std::move(options),
             detail::make_background_call(std::forward<F>(function), std::forward<A>(arguments)...));
    }

private:
    void push(task_options options, std::unique_ptr<detail::background_call> call) const;

    std::shared_ptr<detail::background_hosts> hosts_;
};

} // namespace serval
