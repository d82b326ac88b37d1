// From a handler's signature to its table.
#pragma once

#include <serval/detail/function_traits.hpp>
#include <serval/detail/handler_result.hpp>
#include <serval/detail/handler_table.hpp>
#include <serval/detail/parameter_traits.hpp>
#include <serval/detail/result_traits.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval::detail {

/// True for values whose destructor does nothing but free memory: it does not matter which thread runs it.
template <class T>
inline constexpr bool ends_quietly = std::is_trivially_destructible_v<T>;
template <class C, class T, class A>
inline constexpr bool ends_quietly<std::basic_string<C, T, A>> = true;
template <class T, class A>
inline constexpr bool ends_quietly<std::vector<T, A>> = ends_quietly<T>;
template <class T>
inline constexpr bool ends_quietly<std::optional<T>> = ends_quietly<T>;

/// Everything that serval has to know of callable `F` with parameters `P…` and result `R`.
template <class F, class R, class Parameters>
struct callable_traits;

template <class F, class R, class... P>
struct callable_traits<F, R, parameter_list<P...>> {
    static constexpr bool coroutine = is_task<R> || is_generator<R>;
    using value = typename unwrap_task<R>::type;

    static_assert((check_parameter<P, coroutine>() && ...),
                  "serval: a coroutine handler must take its parameters by value: a reference would dangle "
                  "once it suspends");

    static constexpr std::array<parameter_table, sizeof...(P)> parameters{
        parameter_traits<std::remove_cvref_t<P>>::table...};

    template <std::size_t... I>
    static R invoke(F& callable, [[maybe_unused]] slots arguments, std::index_sequence<I...>)
    {
        return callable(parameter_traits<std::remove_cvref_t<P>>::argument(arguments[I])...);
    }

    static R invoke(void* callable, slots arguments)
    {
        return invoke(*static_cast<F*>(callable), arguments, std::index_sequence_for<P...>{});
    }

    static void call(void* callable, slots arguments, response& out)
    {
        if constexpr (std::is_void_v<R>) {
            invoke(callable, arguments);
            store_nothing(out);
        } else if constexpr (!coroutine && is_good_result<R>) {
            result_traits<R>::store(out, invoke(callable, arguments));
        }
    }

    static started_handler start(void* callable, slots arguments, response& out)
    {
        if constexpr (is_generator<R>) {
            result_traits<R>::store(out, invoke(callable, arguments)); // it begins when it is sent
            return {};
        } else {
            return started_handler::storing<&store_result<value>>(invoke(callable, arguments), &out);
        }
    }

    static void call_dependency(void* callable, slots arguments, void* at)
    {
        if constexpr (!coroutine && is_owning_value<R>) ::new (at) R(invoke(callable, arguments));
    }

    static task<void> start_dependency(void* callable, slots arguments, void* at)
    {
        if constexpr (is_owning_value<value>) {
            return finish_dependency<value>(invoke(callable, arguments), at);
        } else {
            return {};
        }
    }

    static consteval handler_table make_handler()
    {
        using checked = typename handler_result<value>::type;
        static_assert(std::is_nothrow_destructible_v<F>,
                      "serval: the destructor of a handler must not throw");
        handler_table made{.spelled = type_spelling<F>(),
                           .parameters = parameters,
                           .result = result_traits<checked>::table,
                           .stream = stream_of_result<checked>,
                           .gives_text = std::is_convertible_v<checked, std::string_view>,
                           .coroutine = coroutine,
                           .call = nullptr,
                           .start = nullptr,
                           .destroy = [](void* callable) noexcept { delete static_cast<F*>(callable); }};
        if constexpr (coroutine) {
            made.start = &start;
        } else {
            made.call = &call;
        }
        return made;
    }

    static consteval dependency_table make_dependency(void* callable = nullptr)
    {
        using kept = std::conditional_t<is_owning_value<value>, value, int>; // else refused: function_result
        dependency_table made{.spelled = type_spelling<F>(),
                              .parameters = parameters,
                              .size = sizeof(kept),
                              .alignment = alignof(kept),
                              .destroy =
                                  std::is_trivially_destructible_v<kept> ? nullptr : &destroy_value<kept>,
                              .end = ends_quietly<kept> ? dependency_end::anywhere
                                     : coroutine        ? dependency_end::on_loop
                                                        : dependency_end::on_pool,
                              .coroutine = coroutine,
                              .call = nullptr,
                              .start = nullptr,
                              .callable = callable};
        if constexpr (coroutine) {
            made.start = &start_dependency;
        } else {
            made.call = &call_dependency;
        }
        return made;
    }
};

template <class F>
struct handler_entry {
    static_assert(function_traits<F>::known,
                  "serval: a handler must be a function or an object with exactly one call operator (no auto "
                  "parameters), or what std::bind_front makes of one");
    static_assert(!std::is_member_pointer_v<F>, "serval: a member function needs its object: "
                                                "std::bind_front(&service::method, &object)");
    using traits =
        callable_traits<F, typename function_traits<F>::result, typename function_traits<F>::parameters>;
    static constexpr handler_table table = traits::make_handler();
};

/// The identity of dependency function `Function`, and how it is called.
template <auto Function>
struct dependency_entry {
    struct caller {
        template <class... A>
        auto operator()(A&&... arguments) const
        {
            return Function(std::forward<A>(arguments)...);
        }
    };
    using function = function_traits<decltype(Function)>;
    using traits = callable_traits<caller, typename function::result, typename function::parameters>;
    static constinit inline caller instance{};
    static constexpr dependency_table table = traits::make_dependency(&instance);
};

template <auto Function>
struct parameter_traits<params::depends<Function>> {
    static constexpr bool known = true;
    static constexpr bool framework = false;
    static constexpr parameter_table table{.kind = parameter_kind::dependency,
                                           .dependency = &dependency_entry<Function>::table};
    using parameter = params::depends<Function>;
    static parameter argument(void* slot)
    {
        return parameter(static_cast<typename parameter::value_type*>(slot));
    }
};

} // namespace serval::detail
