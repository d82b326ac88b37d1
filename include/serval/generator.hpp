// Coroutines that yield values: what streams are made of.
// layer: http
#pragma once

#include <serval/detail/generator_promise.hpp>
#include <serval/task.hpp>

#include <concepts>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace serval {

/// A coroutine that yields values of type `T`, and may await any `task<U>` between them: Python's `async def`
/// with `yield`.
///
///     serval::generator<std::string> count(int n)
///     {
///         for (int i = 0; i < n; ++i) {
///             co_await serval::sleep_for(100ms);
///             co_yield std::to_string(i) + "\n";
///         }
///     }
///
/// `co_yield value` copies an lvalue, `co_yield std::move(value)` and `co_yield std::ref(value)` hand it over
/// as it is; `next` moves from these, and serval's streams write what makes more than 64 KiB of JSON on a
/// thread: nobody may touch it before the generator goes on. With g++ 12 an aggregate that is yielded must
/// have a name: `co_yield model{…}`, and `std::move` of one, which it cannot tell from that, do not compile
/// (docs/coroutines.md).
///
/// A handler returns one to stream its response, or `streaming_response(count(5), "text/plain")`. The body
/// runs on the event loop, begins with the first `next`, and goes on only when the next value is asked for.
/// It takes its parameters by value, as every coroutine must that outlives its call. A yielded view must show
/// what lives until the generator goes on: its own locals do.
///
/// Exceptions pass to whoever asks. Destroying a generator, for which it must be suspended, runs the
/// destructors of its locals. When the request is cancelled (the client has left, its time is up, the server
/// drains), what it awaits throws `operation_aborted`, or it is destroyed where it is. Not thread-safe.
template <class T>
class [[nodiscard]] generator {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "serval: a generator yields values");

public:
    class promise_type : public detail::generator_promise {
    public:
        generator get_return_object() noexcept
        {
            return generator{
                detail::any_generator{std::coroutine_handle<promise_type>::from_promise(*this), *this}};
        }

        std::suspend_always yield_value(T&& yielded) noexcept
        {
            static_assert(detail::survives_as_temporary<T>,
                          "serval: g++ 12 destroys the temporary of `co_yield model{...}` twice: name the "
                          "model, then `co_yield std::ref(name)`, or `co_yield name` for a copy "
                          "(docs/coroutines.md)");
            value = std::addressof(yielded);
            return {};
        }
        detail::generator_copy<T> yield_value(T const& yielded)
            requires std::copy_constructible<T>
        {
            return detail::generator_copy<T>(yielded);
        }
        std::suspend_always yield_value(std::reference_wrapper<T> yielded) noexcept
        {
            value = std::addressof(yielded.get());
            return {};
        }
        template <class U>
        std::suspend_always yield_value(task<U>) noexcept
        {
            static_assert(!std::is_same_v<U, U>,
                          "serval: what is yielded is a task, not its value: a co_await is missing");
            return {};
        }

        template <class U>
        detail::generator_wait<U> await_transform(task<U> awaited) noexcept
        {
            return detail::generator_wait<U>{std::move(awaited)};
        }
        detail::generator_executor await_transform(boost::asio::this_coro::executor_t) const noexcept
        {
            return {&executor};
        }
    };

    generator(generator&&) noexcept = default;
    generator& operator=(generator&&) noexcept = default;
    ~generator() = default;

    /// The next value; empty at the end, and ever after.
    ///
    /// Rethrows what the body throws, which has then ended. One call at a time; the generator must outlive
    /// it. When it is cancelled, destroy the generator.
    task<std::optional<T>> next()
    {
        if (ended_) co_return std::nullopt;
        body_.promise().executor = co_await boost::asio::this_coro::executor;
        ended_ = true; // unless it goes well
        detail::generator_step step = body_.resume();
        while (step == detail::generator_step::waiting) {
            task<void> waiting = std::move(body_.promise().waiting);
            co_await std::move(waiting);
            step = body_.resume();
        }
        if (step == detail::generator_step::done) co_return std::nullopt;
        ended_ = false;
        co_return std::optional<T>(std::move(*static_cast<T*>(body_.promise().value)));
    }

    /// For serval's own streams: what is left of the body; invalid after its end.
    detail::any_generator release() && noexcept
    {
        detail::any_generator none;
        return std::exchange(ended_, true) ? std::move(none) : std::move(body_);
    }

private:
    explicit generator(detail::any_generator body) noexcept : body_{std::move(body)} {}

    detail::any_generator body_;
    bool ended_ = false;
};

} // namespace serval
