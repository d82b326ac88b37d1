// What can be called with what, and what comes out of it.
#pragma once

#include <serval/detail/is_view.hpp>
#include <serval/task.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace serval {
template <class T>
class generator;
}

namespace serval::detail {

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
template <class C, class R, class... P>
struct function_traits<R (C::*)(P...)&> : function_traits<R (*)(P...)> {};
template <class C, class R, class... P>
struct function_traits<R (C::*)(P...) const&> : function_traits<R (*)(P...)> {};

template <class F>
    requires requires { &F::operator(); }
struct function_traits<F> : function_traits<decltype(&F::operator())> {};

template <std::size_t N, class Parameters>
struct without_first {
    static constexpr bool enough = false;
};
template <class... P>
struct without_first<0, parameter_list<P...>> {
    static constexpr bool enough = true;
    using type = parameter_list<P...>;
};
template <std::size_t N, class First, class... P>
    requires(N != 0)
struct without_first<N, parameter_list<First, P...>> : without_first<N - 1, parameter_list<P...>> {};

template <class B, class F, class... A>
concept bound_front = requires {
    requires std::same_as<B, decltype(std::bind_front(std::declval<F>(), std::declval<A>()...))>;
    requires function_traits<F>::known;
};

/// What `std::bind_front` gives: of a member function the object is bound, too.
template <template <class...> class Bind, class F, class... A>
    requires bound_front<Bind<F, A...>, F, A...>
struct function_traits<Bind<F, A...>> {
    using rest = without_first<sizeof...(A) - (std::is_member_function_pointer_v<F> ? 1 : 0),
                               typename function_traits<F>::parameters>;
    static constexpr bool known = rest::enough;
    using result = typename function_traits<F>::result;
    using parameters = typename rest::type;
};

/// True for what outlives the call that gave it.
template <class R>
inline constexpr bool is_owning_value =
    !std::is_void_v<R> && !std::is_reference_v<R> && !is_view<std::remove_cv_t<R>>;

/// What a dependency function gives once it has been awaited; `int` for what it cannot give, so that there is
/// one error.
template <class F>
struct function_result {
    static_assert(function_traits<F>::known, "serval: depends<&fn> needs the address of one function");
    using result = typename unwrap_task<typename function_traits<F>::result>::type;
    static_assert(!std::is_void_v<result>, "serval: a dependency must give a value");
    static_assert(
        !std::is_reference_v<result>,
        "serval: a dependency must give a value, not a reference, which might dangle: a pointer, say");
    static_assert(!is_view<std::remove_cv_t<result>>,
                  "serval: a dependency must own what it gives: a std::string or a std::vector, not a view");
    static_assert(!is_generator<result>, "serval: a dependency gives one value, not a generator");
    using type = std::conditional_t<is_owning_value<result> && !is_generator<result>, result, int>;
};

} // namespace serval::detail
