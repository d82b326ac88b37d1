// From a function and its arguments to a background task that serval can call.
// layer: handler
#pragma once

#include <serval/detail/aggregate.hpp>
#include <serval/detail/function_traits.hpp>
#include <serval/detail/is_view.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval::params {
template <auto Function>
class depends;
}

namespace serval::detail {

/// A stored call. Owns its callable and arguments, which must live until the call has ended.
class background_call {
public:
    virtual ~background_call() = default;
    background_call(background_call const&) = delete;
    background_call& operator=(background_call const&) = delete;

    /// Makes the call. A coroutine's task is returned, to be awaited on a loop; a plain function has run
    /// then, and the task is invalid. Moves the arguments away when this is the `last` call, else copies
    /// them.
    virtual task<void> invoke(bool last) = 0;

    bool is_coroutine() const noexcept { return coroutine_; }
    bool is_repeatable() const noexcept { return repeatable_; }
    /// The callable's class, as the compiler spells it within the name of a function; empty for a pointer.
    std::string_view spelled() const noexcept { return spelled_; }

protected:
    background_call(bool coroutine, bool repeatable, std::string_view spelled) noexcept
        : coroutine_{coroutine},
          repeatable_{repeatable},
          spelled_{spelled}
    {}

private:
    bool coroutine_;
    bool repeatable_;
    std::string_view spelled_;
};

/// Its value belongs to the request.
template <auto Function>
inline constexpr bool is_view<params::depends<Function>> = true;

/// True when a coroutine's parameters all outlive its suspension.
template <class Parameters>
inline constexpr bool are_owning = false;
template <class... P>
inline constexpr bool are_owning<parameter_list<P...>> =
    ((!std::is_reference_v<P> && !is_view<std::remove_cv_t<P>>) && ...);

/// What argument `A` is kept as. A C string becomes a std::string, unless `Text` says otherwise.
template <class A, bool Text>
using kept_argument = std::conditional_t<Text && (std::is_same_v<std::decay_t<A>, char const*> ||
                                                  std::is_same_v<std::decay_t<A>, char*>),
                                         std::string, std::decay_t<A>>;

template <class T>
task<void> drop_result(task<T> running)
{
    co_await std::move(running);
}

template <class F, bool Coroutine>
consteval bool check_background_function()
{
    if constexpr (Coroutine) {
        static_assert(function_traits<F>::known, "serval: a background task that is a coroutine must be a "
                                                 "function or an object with exactly one call operator (no "
                                                 "auto parameters)");
        if constexpr (function_traits<F>::known) {
            static_assert(are_owning<typename function_traits<F>::parameters>,
                          "serval: a background task that is a coroutine must take its parameters by value, "
                          "and no views: a reference would dangle once it suspends");
        }
    }
    return true;
}

template <class F, class... A>
class background_invocation final : public background_call {
    using result = std::invoke_result_t<F&, A...>;
    static constexpr bool coroutine = is_task<result>;
    static constexpr bool repeatable = (std::is_copy_constructible_v<A> && ...);

    static_assert(check_background_function<F, coroutine>());

public:
    template <class G, class... B>
    explicit background_invocation(G&& function, B&&... arguments)
        : background_call{coroutine, repeatable,
                          std::is_class_v<F> ? type_spelling<F>() : std::string_view{}},
          function_(std::forward<G>(function)),
          arguments_(std::forward<B>(arguments)...)
    {}

    task<void> invoke(bool last) override
    {
        if constexpr (repeatable) {
            if (!last) return call(std::tuple<A...>(arguments_));
        }
        return call(std::move(arguments_));
    }

private:
    task<void> call(std::tuple<A...>&& arguments)
    {
        if constexpr (!coroutine) {
            std::apply(function_, std::move(arguments));
            return {};
        } else if constexpr (std::is_same_v<result, task<void>>) {
            return std::apply(function_, std::move(arguments));
        } else {
            return drop_result(std::apply(function_, std::move(arguments)));
        }
    }

    F function_;
    std::tuple<A...> arguments_;
};

template <class F, class... A>
std::unique_ptr<background_call> make_background_call(F&& function, A&&... arguments)
{
    static_assert(std::is_nothrow_destructible_v<std::decay_t<F>> &&
                      (std::is_nothrow_destructible_v<std::decay_t<A>> && ...),
                  "serval: the destructors of a background task and its arguments must not throw");
    static_assert(!(is_view<std::decay_t<A>> || ...),
                  "serval: a background task outlives its request: pass it a std::string or a std::vector, "
                  "not a view, and a dependency's value, not depends<>");
    static_assert((std::is_constructible_v<std::decay_t<A>, A> && ...),
                  "serval: a background task keeps its arguments by value: they must be copyable or movable");
    constexpr bool with_text = std::is_invocable_v<std::decay_t<F>&, kept_argument<A, true>...>;
    constexpr bool callable = with_text || std::is_invocable_v<std::decay_t<F>&, kept_argument<A, false>...>;
    static_assert(callable, "serval: a background task must be callable with its arguments, as values that "
                            "are moved in (a reference that is not const takes none)");
    if constexpr (callable) {
        using call = background_invocation<std::decay_t<F>, kept_argument<A, with_text>...>;
        return std::make_unique<call>(std::forward<F>(function), std::forward<A>(arguments)...);
    } else {
        return nullptr;
    }
}

} // namespace serval::detail
