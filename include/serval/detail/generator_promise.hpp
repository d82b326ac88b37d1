// What every generator's coroutine has, whatever it yields.
// layer: http
#pragma once

#include <serval/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace serval::detail {

/// False for what g++ 12 destroys twice when it is a temporary that is yielded: an aggregate with something
/// to destroy.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
template <class T>
inline constexpr bool survives_as_temporary = !std::is_aggregate_v<T> || std::is_trivially_destructible_v<T>;
#else
template <class T>
inline constexpr bool survives_as_temporary = true;
#endif

/// Where a generator stands after it was resumed.
enum class generator_step : unsigned char {
    value,   ///< it has yielded: see `generator_promise::value`
    waiting, ///< it awaits a task: await `generator_promise::waiting`, then resume it again
    done     ///< it has returned
};

/// The part of a generator's promise that does not depend on the type.
struct generator_promise {
    void* value = nullptr;
    task<void> waiting;
    std::exception_ptr thrown;
    boost::asio::any_io_executor executor; ///< of whoever resumes it

    static std::suspend_always initial_suspend() noexcept { return {}; }
    static std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { thrown = std::current_exception(); }
    static void return_void() noexcept {}
};

/// Awaits a task inside a generator: whoever resumes the generator awaits it in its stead, and so its
/// cancellation and its loop are the generator's, too.
template <class U>
class generator_wait {
public:
    explicit generator_wait(task<U> awaited) noexcept : awaited_{std::move(awaited)} {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> generator)
    {
        generator.promise().waiting = run(this);
    }
    U await_resume()
    {
        if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
        if constexpr (!std::is_void_v<U>) return std::move(*result_);
    }

private:
    // `self` lives in the generator's frame, which is suspended in it.
    static task<void> run(generator_wait* self)
    {
        try {
            if constexpr (std::is_void_v<U>) {
                co_await std::move(self->awaited_);
            } else {
                U result = co_await std::move(self->awaited_);
                self->result_.emplace(std::move(result));
            }
        } catch (...) {
            self->thrown_ = std::current_exception();
        }
    }

    task<U> awaited_;
    std::optional<std::conditional_t<std::is_void_v<U>, char, U>> result_;
    std::exception_ptr thrown_;
};

/// `co_await boost::asio::this_coro::executor` inside a generator.
struct generator_executor {
    boost::asio::any_io_executor const* executor;

    static bool await_ready() noexcept { return true; }
    static void await_suspend(std::coroutine_handle<>) noexcept {}
    boost::asio::any_io_executor await_resume() const { return *executor; }
};

/// Keeps a copy of a yielded lvalue until the generator is resumed.
template <class T>
class generator_copy {
public:
    // No braces around a `T`, here or anywhere: a json in braces is an array of one.
    explicit generator_copy(T const& yielded) : copy_(yielded) {}

    static bool await_ready() noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> generator) noexcept
    {
        generator.promise().value = &copy_;
    }
    static void await_resume() noexcept {}

private:
    T copy_;
};

/// A generator of any type: owns its coroutine.
class any_generator {
public:
    any_generator() = default;
    any_generator(std::coroutine_handle<> coroutine, generator_promise& promise) noexcept
        : coroutine_{coroutine},
          promise_{&promise}
    {}
    ~any_generator()
    {
        if (coroutine_) coroutine_.destroy();
    }
    any_generator(any_generator&& from) noexcept
        : coroutine_{std::exchange(from.coroutine_, nullptr)},
          promise_{std::exchange(from.promise_, nullptr)}
    {}
    any_generator& operator=(any_generator from) noexcept
    {
        std::swap(coroutine_, from.coroutine_);
        std::swap(promise_, from.promise_);
        return *this;
    }

    bool valid() const noexcept { return coroutine_ != nullptr; }
    generator_promise& promise() const noexcept { return *promise_; }

    /// Runs the body until it yields, waits or ends; rethrows what it has thrown. Not after its end.
    generator_step resume() const
    {
        promise_->value = nullptr;
        coroutine_.resume();
        if (promise_->value != nullptr) return generator_step::value;
        if (!coroutine_.done()) return generator_step::waiting;
        if (promise_->thrown) std::rethrow_exception(std::exchange(promise_->thrown, nullptr));
        return generator_step::done;
    }

private:
    std::coroutine_handle<> coroutine_;
    generator_promise* promise_ = nullptr;
};

} // namespace serval::detail
