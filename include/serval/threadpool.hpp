// Running blocking work from a coroutine.
// layer: http
#pragma once

#include <serval/task.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace serval {

namespace detail {

/// One call for the pool; lives in the frame of the coroutine that waits for it.
class pool_call {
public:
    explicit pool_call(void (*run)(pool_call&)) noexcept : run_{run} {}
    pool_call(pool_call const&) = delete;
    pool_call& operator=(pool_call const&) = delete;

    void operator()() { run_(*this); }

    /// From another thread: whoever waits for it does so no more but for its end. It may look, and end
    /// sooner.
    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
    bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

protected:
    ~pool_call() = default;

private:
    void (*run_)(pool_call&);
    std::atomic<bool> cancelled_{false};
};

/// Runs `call` on the pool of this coroutine's server and resumes on its loop; rethrows what the call threw.
///
/// Throws http_error 503 with Retry-After when the pool's queue is full. If the request is cancelled before
/// the call has begun, it never does; a call that has begun is waited for.
task<void> run_on_pool(pool_call& call);

template <class F, class... A>
class pool_invocation final : public pool_call {
public:
    using result = std::invoke_result_t<F, A...>;
    using stored = std::conditional_t<std::is_void_v<result>, char, result>;

    pool_invocation(F function, A... arguments)
        : pool_call{[](pool_call& self) { static_cast<pool_invocation&>(self).invoke(); }},
          function_(std::move(function)),
          arguments_(std::move(arguments)...)
    {}

    stored take() { return std::move(*result_); }

private:
    void invoke()
    {
        if constexpr (std::is_void_v<result>) {
            std::apply(std::move(function_), std::move(arguments_));
        } else {
            result_.emplace(std::apply(std::move(function_), std::move(arguments_)));
        }
    }

    F function_;
    std::tuple<A...> arguments_;
    std::optional<stored> result_;
};

} // namespace detail

/// Calls `function(arguments…)` on the thread pool and gives its result: for blocking calls inside a
/// coroutine.
///
/// Arguments are passed by value and moved in. `co_await run_in_threadpool(resize, std::move(picture), 200)`.
/// Errors: what `function` throws; http_error 503 when the pool's queue is full.
template <class F, class... A>
task<std::invoke_result_t<F, A...>> run_in_threadpool(F function, A... arguments)
{
    detail::pool_invocation<F, A...> call(std::move(function), std::move(arguments)...);
    co_await detail::run_on_pool(call);
    if constexpr (!std::is_void_v<std::invoke_result_t<F, A...>>) co_return call.take();
}

} // namespace serval
