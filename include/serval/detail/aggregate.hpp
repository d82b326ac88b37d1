// The members of a plain aggregate: how many, where, of which types, and what they are called.
#pragma once

#include <serval/detail/bind_members.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval::detail {

inline constexpr std::size_t max_members = 32;

/// Converts to anything. One type for all models, so that what the compiler finds out about it and, say,
/// std::optional holds for the next model too.
///
/// Never called; the body is there because clang wants one for types without linkage.
struct any_member {
    template <class U>
    operator U() const noexcept
    {
        __builtin_unreachable();
    }
};

/// Converts to anything but `T` itself, so that `T{any}` asks for one member and never for a copy.
template <class T>
struct any_member_of {
    template <class U>
        requires(!std::is_same_v<U, T>)
    operator U() const noexcept
    {
        __builtin_unreachable();
    }
};

/// Converts to the base classes of `T`.
template <class T>
struct any_base_of {
    template <class U>
        requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
    operator U() const noexcept
    {
        __builtin_unreachable();
    }
};

/// True for an aggregate that has a base class.
template <class T>
inline constexpr bool begins_with_base = requires { T{any_base_of<T>{}}; };

template <class T, class Indices>
inline constexpr bool takes_members = false;
template <class T>
inline constexpr bool takes_members<T, std::index_sequence<0>> = requires { T{any_member_of<T>{}}; };
template <class T, std::size_t... I>
inline constexpr bool takes_members<T, std::index_sequence<I...>> =
    requires { T{(static_cast<void>(I), any_member{})...}; };

/// The number of members of aggregate `T`, at most `max_members` + 1, by bisection.
template <class T, std::size_t Low = 0, std::size_t High = max_members + 2>
consteval std::size_t member_count()
{
    if constexpr (High - Low == 1) {
        return Low;
    } else {
        constexpr std::size_t middle = (Low + High) / 2;
        if constexpr (takes_members<T, std::make_index_sequence<middle>>) {
            return member_count<T, middle, High>();
        } else {
            return member_count<T, Low, middle>();
        }
    }
}

/// Room for a `T` that is never constructed: its members have addresses, and those have names.
template <class T>
union unborn {
    char none;
    T value;
    constexpr unborn() noexcept : none{} {}
    constexpr ~unborn() {}
};
template <class T>
constinit inline unborn<T> unborn_instance{};

template <std::size_t I, class M>
struct member_address {
    M const* address;
};
template <class Indices, class... M>
struct member_addresses;
template <std::size_t... I, class... M>
struct member_addresses<std::index_sequence<I...>, M...> : member_address<I, M>... {};

struct take_addresses {
    template <class... M>
    constexpr auto operator()(M&... members) const noexcept
    {
        return member_addresses<std::index_sequence_for<M...>, M...>{{&members}...};
    }
};

template <std::size_t I, class M>
constexpr M const* address_of(member_address<I, M> const& leaf) noexcept
{
    return leaf.address;
}

/// The compiler's spelling of the values `V`; src/model reads the names out of it.
template <auto... V>
constexpr std::string_view spelling() noexcept
{
    return __PRETTY_FUNCTION__;
}

/// The compiler's spelling of type `T`.
template <class T>
constexpr std::string_view type_spelling() noexcept
{
    return __PRETTY_FUNCTION__;
}

} // namespace serval::detail
