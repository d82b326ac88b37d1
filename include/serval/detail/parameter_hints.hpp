// What is said when a parameter stands where its value is wanted: one line, instead of all the candidates.
// layer: handler
#pragma once

#include <serval/params.hpp>

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace serval::params {

template <class P>
inline constexpr bool is_parameter = requires {
    typename P::value_type; // first: what is no class, or not defined, is not asked for its bases
    requires std::derived_from<P, any_parameter>;
};
template <auto Function>
inline constexpr bool is_parameter<depends<Function>> = true;

/// True where C++ does not find the operators of the value, since those are templates.
template <class T>
inline constexpr bool has_template_operators = false;
template <class C, class T, class A>
inline constexpr bool has_template_operators<std::basic_string<C, T, A>> = true;
template <class T>
inline constexpr bool has_template_operators<std::optional<T>> = true;
template <class T, class A>
inline constexpr bool has_template_operators<std::vector<T, A>> = true;
template <class K, class T, class C, class A>
inline constexpr bool has_template_operators<std::map<K, T, C, A>> = true;

template <class P>
inline constexpr bool needs_star = false;
template <class P>
    requires is_parameter<P>
inline constexpr bool needs_star<P> = has_template_operators<typename P::value_type>;
template <auto Function>
inline constexpr bool needs_star<depends<Function>> = true;

template <class P>
consteval void refuse_parameter()
{
    static_assert(!std::same_as<P, P>, "serval: a parameter is no value: a * is missing before its name");
}

template <class L, class R>
    requires(needs_star<L> || needs_star<R>)
bool operator+(L const&, R const&)
{
    refuse_parameter<L>();
    return {};
}
template <class L, class R>
    requires(needs_star<L> || needs_star<R>)
bool operator==(L const&, R const&)
{
    refuse_parameter<L>();
    return {};
}
template <class L, class R>
    requires(needs_star<L> || needs_star<R>)
bool operator<(L const&, R const&)
{
    refuse_parameter<L>();
    return {};
}
template <class L, class R>
    requires(needs_star<R>)
L& operator<<(L& out, R const&)
{
    refuse_parameter<R>();
    return out;
}

/// For the members of a serval::json.
template <class Json, class P>
    requires is_parameter<P>
void to_json(Json&, P const&)
{
    refuse_parameter<P>();
}

} // namespace serval::params
