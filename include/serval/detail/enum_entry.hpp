// The enumerators of an enumeration: the compiler's spelling of its first values, or a description.
#pragma once

#include <serval/detail/aggregate.hpp>
#include <serval/detail/type_table.hpp>
#include <serval/model.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval::detail {

/// The enumerators of an enumeration that was described elsewhere.
template <class E>
struct described_enumerators {
    static constexpr bool provided = false;
};

// Values that are no enumerators are what the next lines are about; g++ warns of them for enumerations
// without a fixed underlying type, clang refuses them (from 20 on so that a template can ask).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wenum-constexpr-conversion"
#endif

template <class E, int V, class = void>
inline constexpr bool holds_value = false;
template <class E, int V>
inline constexpr bool holds_value<E, V, std::void_t<std::integral_constant<E, static_cast<E>(V)>>> = true;

template <class E, int... V>
consteval std::string_view spelled_enumerators(std::integer_sequence<int, V...>)
{
    return spelling<static_cast<E>(V)...>();
}
#pragma GCC diagnostic pop

template <class E>
struct enum_entry {
    static constexpr bool described = described_enumerators<E>::provided;

    static consteval int value_count()
    {
        if constexpr (std::same_as<std::underlying_type_t<E>, bool>) {
            return 2;
        } else {
            return holds_value<E, 63>   ? 64
                   : holds_value<E, 31> ? 32
                   : holds_value<E, 15> ? 16
                   : holds_value<E, 7>  ? 8
                   : holds_value<E, 3>  ? 4
                                        : 2;
        }
    }

    static consteval bool is_by_value()
    {
        if constexpr (has_rules<E>) {
            static_assert(std::same_as<decltype(rules(rules_for<E>{})), enum_by_value>,
                          "serval: the only rule of an enumeration is serval::enum_by_value");
            return true;
        } else {
            return false;
        }
    }

    static consteval enum_source make()
    {
        if constexpr (described) {
            return {.enumerators = described_enumerators<E>::entries,
                    .spelled = {},
                    .type_name = type_spelling<E>(),
                    .by_value = is_by_value()};
        } else {
            return {.enumerators = {},
                    .spelled = spelled_enumerators<E>(std::make_integer_sequence<int, value_count()>{}),
                    .type_name = type_spelling<E>(),
                    .by_value = is_by_value()};
        }
    }

    static constexpr enum_source source = make();
    static constinit inline enum_slot slot{&source};
};

} // namespace serval::detail
