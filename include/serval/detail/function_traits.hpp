// What can be called with what, and what comes out of it.
#pragma once

#include <serval/task.hpp>

#include <type_traits>

namespace serval {
template <class T>
class generator;
}

namespace serval::detail {

template <class R>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

template <class R>
inline constexpr bool is_generator = false;
template <class T>
inline constexpr bool is_generator<generator<T>> = true;

template <class R>
struct unwrap_task {
    using type = R;
};
template <class T>
struct unwrap_task<task<T>> {
    using type = T;
};

template <class... P>
struct parameter_list {};

/// `result` and `parameters` of a function, a function pointer or a class with one call operator.
template <class F>
struct function_traits {
    static constexpr bool known = false;
};

template <class R, class... P>
struct function_traits<R (*)(P...)> {
    static constexpr bool known = true;
    using result = R;
    using parameters = parameter_list<P...>;
};
template <class R, class... P>
struct function_traits<R (*)(P...) noexcept> : function_traits<R (*)(P...)> {};
template <class C, class R, class... P>
struct function_traits<R (C::*)(P...)> : function_traits<R (*)(P...)> {};
template <class C, class R, class... P>
struct function_traits<R (C::*)(P...) noexcept> : function_traits<R (*)(P...)> {};
template <class C, class R, class... P>
struct function_traits<R (C::*)(P...) const> : function_traits<R (*)(P...)> {};
template <class C, class R, class... P>
struct function_traits<R (C::*)(P...) const noexcept> : function_traits<R (*)(P...)> {};

template <class F>
    requires requires { &F::operator(); }
struct function_traits<F> : function_traits<decltype(&F::operator())> {};

/// What a dependency function gives once it has been awaited.
template <class F>
struct function_result {
    static_assert(function_traits<F>::known, "serval: depends<&fn> needs the address of one function");
    using type = typename unwrap_task<typename function_traits<F>::result>::type;
    static_assert(!std::is_void_v<type>, "serval: a dependency must give a value");
};

} // namespace serval::detail
