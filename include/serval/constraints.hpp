// The bounds and defaults that stand in a parameter's or a model member's type.
#pragma once

#include <serval/detail/fixed_string.hpp>
#include <serval/detail/type_table.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace serval {

/// The value must be ≥ `bound`; else 422 `greater_than_equal`. Here and below: a bound of a `float` is the
/// nearest float, so that `ge(0.1)` takes 0.1.
template <class T>
struct ge {
    T bound;
    constexpr explicit ge(T b) noexcept : bound{b} {}
};

/// The value must be > `bound`; else 422 `greater_than`.
template <class T>
struct gt {
    T bound;
    constexpr explicit gt(T b) noexcept : bound{b} {}
};

/// The value must be ≤ `bound`; else 422 `less_than_equal`.
template <class T>
struct le {
    T bound;
    constexpr explicit le(T b) noexcept : bound{b} {}
};

/// The value must be < `bound`; else 422 `less_than`.
template <class T>
struct lt {
    T bound;
    constexpr explicit lt(T b) noexcept : bound{b} {}
};

/// The value must be a multiple of `bound`; else 422 `multiple_of`.
template <class T>
struct multiple_of {
    T bound;
    constexpr explicit multiple_of(T b) noexcept : bound{b} {}
};

/// A string needs at least `bound` characters (code points), a list at least `bound` items; else 422
/// `string_too_short` or `too_short`.
struct min_length {
    std::size_t bound;
    constexpr explicit min_length(std::size_t b) noexcept : bound{b} {}
};

/// A string may have at most `bound` characters (code points), a list at most `bound` items; else 422
/// `string_too_long` or `too_long`.
struct max_length {
    std::size_t bound;
    constexpr explicit max_length(std::size_t b) noexcept : bound{b} {}
};

/// The expression (RE2 syntax, matched anywhere unless anchored, in linear time) must match; else 422
/// `string_pattern_mismatch`. An expression that does not compile is an error at registration.
template <std::size_t N>
struct pattern {
    detail::fixed_string<N> bound;
    constexpr pattern(char const (&expression)[N]) noexcept : bound{expression} {}
};

/// The value of a parameter that the request does not have. Constants only: bool, integers, floating point,
/// enumerators and string literals.
template <class T>
struct def {
    T value;
    constexpr explicit def(T v) noexcept : value{v} {}
};
template <std::size_t N>
struct def<detail::fixed_string<N>> {
    detail::fixed_string<N> value;
    constexpr explicit def(char const (&text)[N]) noexcept : value{text} {}
};
template <std::size_t N>
def(char const (&)[N]) -> def<detail::fixed_string<N>>;

/// A default that is the type's own empty value: `query<"tag", std::vector<std::string>, def_empty>`.
struct def_empty_t {};
inline constexpr def_empty_t def_empty{};

/// Another name for a model member in JSON: `member<"full_name", alias("fullName")>`.
template <std::size_t N>
struct alias {
    detail::fixed_string<N> name;
    constexpr alias(char const (&text)[N]) noexcept : name{text} {}
};

/// What a parameter or a model member is for, in the OpenAPI document; it changes nothing else:
/// `query<"q", std::string, doc("Words to look for")>`. FastAPI's `description`.
template <std::size_t N>
struct doc {
    detail::fixed_string<N> text;
    constexpr doc(char const (&what)[N]) noexcept : text{what} {}
};

namespace detail {

template <class T>
constexpr constant constant_of(T const& value) noexcept
{
    if constexpr (std::same_as<T, bool>) {
        return {.is = constant::kind::boolean, .integer = value ? 1 : 0};
    } else if constexpr (std::is_enum_v<T>) {
        return constant_of(+static_cast<std::underlying_type_t<T>>(value)); // +: of bool, an int
    } else if constexpr (std::integral<T>) {
        return {.is = constant::kind::integer,
                .is_large = value > T{} && static_cast<std::uint64_t>(value) > std::uint64_t{INT64_MAX},
                .integer = static_cast<std::int64_t>(value),
                .number = static_cast<double>(value)};
    } else if constexpr (std::floating_point<T>) {
        return {.is = constant::kind::number, .number = static_cast<double>(value)};
    } else {
        return {.is = constant::kind::text, .text = value.view()};
    }
}

template <class T>
inline constexpr constraint_kind constraint_kind_of = constraint_kind{255};
template <class T>
inline constexpr constraint_kind constraint_kind_of<ge<T>> = constraint_kind::ge;
template <class T>
inline constexpr constraint_kind constraint_kind_of<gt<T>> = constraint_kind::gt;
template <class T>
inline constexpr constraint_kind constraint_kind_of<le<T>> = constraint_kind::le;
template <class T>
inline constexpr constraint_kind constraint_kind_of<lt<T>> = constraint_kind::lt;
template <class T>
inline constexpr constraint_kind constraint_kind_of<multiple_of<T>> = constraint_kind::multiple_of;
template <>
inline constexpr constraint_kind constraint_kind_of<min_length> = constraint_kind::min_length;
template <>
inline constexpr constraint_kind constraint_kind_of<max_length> = constraint_kind::max_length;
template <std::size_t N>
inline constexpr constraint_kind constraint_kind_of<pattern<N>> = constraint_kind::pattern;

template <class T>
inline constexpr bool is_constraint = constraint_kind_of<T> != constraint_kind{255};

template <class T>
inline constexpr bool is_default = std::is_same_v<T, def_empty_t>;
template <class T>
inline constexpr bool is_default<def<T>> = true;

template <class T>
inline constexpr bool is_doc = false;
template <std::size_t N>
inline constexpr bool is_doc<doc<N>> = true;

template <class T>
inline constexpr bool is_alias = false;
template <std::size_t N>
inline constexpr bool is_alias<alias<N>> = true;

/// One bit for each kind of option; none for what is no option.
template <class T>
inline constexpr unsigned option_bit = is_constraint<T> ? 1U << static_cast<unsigned>(constraint_kind_of<T>)
                                       : is_doc<T>      ? 1U << 16U
                                       : is_alias<T>    ? 1U << 17U
                                       : is_default<T>  ? 1U << 18U
                                                        : 0;

/// Which of two options of one kind is meant, nobody can say.
template <auto... Options>
consteval bool options_are_distinct()
{
    unsigned seen = 0;
    bool distinct = true;
    auto const take = [&](unsigned bit) {
        distinct = distinct && (seen & bit) == 0;
        seen |= bit;
    };
    (take(option_bit<std::remove_cvref_t<decltype(Options)>>), ...);
    static_cast<void>(take); // of no options
    return distinct;
}

} // namespace detail
} // namespace serval
