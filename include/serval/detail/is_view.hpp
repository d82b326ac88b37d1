// What shows values of somebody else's.
// layer: http
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace serval::detail {

/// True for a view, and for what holds views.
template <class T>
inline constexpr bool is_view = false;
template <class C, class T>
inline constexpr bool is_view<std::basic_string_view<C, T>> = true;
template <class T, std::size_t N>
inline constexpr bool is_view<std::span<T, N>> = true;

template <class T>
inline constexpr bool is_view<std::optional<T>> = is_view<std::remove_cv_t<T>>;
template <class T, class A>
inline constexpr bool is_view<std::vector<T, A>> = is_view<T>;
template <class A, class B>
inline constexpr bool is_view<std::pair<A, B>> = is_view<std::remove_cv_t<A>> || is_view<std::remove_cv_t<B>>;
template <class... T>
inline constexpr bool is_view<std::tuple<T...>> = (is_view<std::remove_cv_t<T>> || ...);

} // namespace serval::detail
