// From a C++ type to its type_table. Templates stop here: what is done with a table is ordinary code in
// src/model.
#pragma once

#include <serval/detail/aggregate.hpp>
#include <serval/detail/checked_model.hpp>
#include <serval/detail/duration_range.hpp>
#include <serval/detail/enum_entry.hpp>
#include <serval/detail/type_table.hpp>
#include <serval/model.hpp>

#include <chrono>
#include <concepts>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval {
class email;
class uuid;
class datetime;
class time_of_day;
class upload_file;
class big_integer;
class decimal;
class timedelta;
class url;
} // namespace serval

namespace serval::detail {

template <class T>
constexpr type_table const& type_of() noexcept;

template <class T>
void construct_value(void* at)
{
    ::new (at) T();
}

template <class T>
void destroy_value(void* at) noexcept
{
    static_assert(std::is_nothrow_destructible_v<T>,
                  "serval: the destructor of a value must not throw: nobody is "
                  "there to catch it");
    static_cast<T*>(at)->~T();
}

template <class T>
consteval bool is_signed()
{
    if constexpr (std::is_enum_v<T>) {
        return std::is_signed_v<std::underlying_type_t<T>>;
    } else {
        return std::is_signed_v<T>;
    }
}

template <class T>
consteval type_table make_table(type_kind kind, void const* extra = nullptr)
{
    void (*destroy)(void*) noexcept = nullptr;
    if constexpr (!std::is_trivially_destructible_v<T>) destroy = &destroy_value<T>;
    return {.kind = kind,
            .is_signed = detail::is_signed<T>(),
            .size = sizeof(T),
            .alignment = alignof(T),
            .construct = &construct_value<T>,
            .destroy = destroy,
            .extra = extra};
}

/// The members of a type that was described elsewhere (see <serval/describe.hpp>); `provided` says whether.
template <class T>
struct described_members {
    static constexpr bool provided = false;
};

template <class T>
struct reflected_members {
    static constexpr std::size_t count = member_count<T>();
    static_assert(count >= 1 && count <= max_members, "serval: a model has 1 to 32 members");
    static constexpr auto addresses = bind_members<count>::apply(unborn_instance<T>.value, take_addresses{});

    template <std::size_t... I>
    static consteval std::string_view spelled(std::index_sequence<I...>)
    {
        return spelling<address_of<I>(addresses)...>();
    }

    template <std::size_t... I, class... M>
    static void fill(member_entry* out, member_addresses<std::index_sequence<I...>, M...> const& leaves)
    {
        auto const base = reinterpret_cast<char const*>(&unborn_instance<T>.value);
        ((out[I] = {static_cast<std::uint32_t>(reinterpret_cast<char const*>(address_of<I>(leaves)) - base),
                    &type_of<std::remove_const_t<M>>()}),
         ...);
    }

    static void list(member_entry* out) { fill(out, addresses); }
    static constexpr std::span<std::string_view const> names{};
    static constexpr std::string_view spelled_names = spelled(std::make_index_sequence<count>{});
};

template <class T>
struct model_entry : checked_model<T, described_members<T>::provided> {
    static consteval model_source make()
    {
        using members =
            std::conditional_t<described_members<T>::provided, described_members<T>, reflected_members<T>>;
        model_source made{.type_name = type_spelling<T>(),
                          .names = members::names,
                          .spelled = members::spelled_names,
                          .member_count = members::count,
                          .forbids_extra = false,
                          .list = &members::list,
                          .rules = {},
                          .renew = nullptr};
        if constexpr (std::is_move_assignable_v<T>)
            made.renew = [](void* model) { *static_cast<T*>(model) = T(); };
        if constexpr (has_rules<T>) {
            constexpr auto found = rules(rules_for<T>{}); // called, else clang warns that it is not needed
            using reader = rules_reader<std::remove_const_t<decltype(found)>>;
            made.forbids_extra = reader::forbids_extra;
            made.rules = reader::entries;
        }
        return made;
    }

    static constexpr model_source source = make();
    static constinit inline model_slot slot{&source};
};

/// The table of a scalar, an enumeration or a model.
template <class T>
struct type_entry {
    static consteval type_table make()
    {
        if constexpr (std::same_as<T, bool>) {
            return make_table<T>(type_kind::boolean);
        } else if constexpr (std::integral<T>) {
            static_assert(!std::same_as<T, char> && sizeof(T) <= 8,
                          "serval: use int8_t or std::string, not char");
            return make_table<T>(type_kind::integer);
        } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
            return make_table<T>(type_kind::number);
        } else if constexpr (std::same_as<T, std::string>) {
            return make_table<T>(type_kind::string);
        } else if constexpr (std::is_enum_v<T>) {
            return make_table<T>(type_kind::enumeration, &enum_entry<T>::slot);
        } else if constexpr (std::same_as<T, email>) {
            return make_table<T>(type_kind::email);
        } else if constexpr (std::same_as<T, uuid>) {
            return make_table<T>(type_kind::uuid);
        } else if constexpr (std::same_as<T, std::chrono::year_month_day>) {
            return make_table<T>(type_kind::date);
        } else if constexpr (std::same_as<T, time_of_day>) {
            return make_table<T>(type_kind::time_of_day);
        } else if constexpr (std::same_as<T, datetime>) {
            return make_table<T>(type_kind::datetime);
        } else if constexpr (std::same_as<T, upload_file>) {
            return make_table<T>(type_kind::upload_file);
        } else if constexpr (std::same_as<T, big_integer>) {
            return make_table<T>(type_kind::big_integer);
        } else if constexpr (std::same_as<T, decimal>) {
            return make_table<T>(type_kind::decimal);
        } else if constexpr (std::same_as<T, timedelta>) {
            return make_table<T>(type_kind::timedelta);
        } else if constexpr (std::same_as<T, url>) {
            return make_table<T>(type_kind::url);
        } else {
            static_assert(!std::same_as<T, std::string_view>,
                          "serval: a std::string_view owns nothing: take a std::string");
            return make_table<T>(type_kind::model, &model_entry<T>::slot);
        }
    }

    static constexpr type_table table = make();
};

template <class T>
struct type_entry<std::optional<std::optional<T>>> {
    static_assert(sizeof(T) == 0,
                  "serval: std::optional<std::optional<T>> says nothing more than std::optional<T>: JSON has "
                  "one null, and a parameter is there or not");
    static constexpr type_table table = make_table<std::optional<T>>(type_kind::optional);
};

template <class T>
struct type_entry<std::optional<T>> {
    static constexpr optional_ops ops{
        .value = &type_of<T>,
        .emplace = [](void* optional) -> void* {
            return &static_cast<std::optional<T>*>(optional)->emplace();
        },
        .get = [](void const* optional) -> void const* {
            auto const& held = *static_cast<std::optional<T> const*>(optional);
            return held ? &*held : nullptr;
        },
        .reset = [](void* optional) { static_cast<std::optional<T>*>(optional)->reset(); }};
    static constexpr type_table table = make_table<std::optional<T>>(type_kind::optional, &ops);
};

template <class T>
struct type_entry<defaulted<T>> {
    static constexpr wrapped_ops ops{.value = &type_of<T>,
                                     .get = [](void const* wrapper) -> void const* {
                                         return &static_cast<defaulted<T> const*>(wrapper)->value();
                                     },
                                     .renew = [](void* wrapper) -> void* {
                                         auto& value = static_cast<defaulted<T>*>(wrapper)->value();
                                         value = T();
                                         return &value;
                                     }};
    static constexpr type_table table = make_table<defaulted<T>>(type_kind::defaulted, &ops);
};

template <class T>
struct type_entry<std::vector<T>> {
    using list = std::vector<T>;
    static constexpr list_ops ops{
        .element = &type_of<T>,
        .reserve = [](void* at, std::size_t n) { static_cast<list*>(at)->reserve(n); },
        .append = [](void* at) -> void* { return &static_cast<list*>(at)->emplace_back(); },
        .commit = nullptr,
        .size = [](void const* at) { return static_cast<list const*>(at)->size(); },
        .at = [](void const* at, std::size_t i) -> void const* {
            return &(*static_cast<list const*>(at))[i];
        },
        .clear = [](void* at) { static_cast<list*>(at)->clear(); }};
    static constexpr type_table table = make_table<list>(type_kind::list, &ops);
};

template <>
struct type_entry<std::vector<bool>> {
    using list = std::vector<bool>;
    static constexpr bool bits[2] = {false, true};
    static constexpr list_ops ops{
        .element = &type_of<bool>,
        .reserve = [](void* at, std::size_t n) { static_cast<list*>(at)->reserve(n); },
        .append = nullptr,
        .commit = [](void* at,
                     void const* bit) { static_cast<list*>(at)->push_back(*static_cast<bool const*>(bit)); },
        .size = [](void const* at) { return static_cast<list const*>(at)->size(); },
        .at = [](void const* at, std::size_t i) -> void const* {
            return &bits[static_cast<std::size_t>((*static_cast<list const*>(at))[i])];
        },
        .clear = [](void* at) { static_cast<list*>(at)->clear(); }};
    static constexpr type_table table = make_table<list>(type_kind::list, &ops);
};

template <class Rep, class Period>
struct type_entry<std::chrono::duration<Rep, Period>> {
    using value = std::chrono::duration<Rep, Period>;
    static constexpr duration_ops ops{
        .store = [](void* at, std::int64_t n) { return store_duration(*static_cast<value*>(at), n); },
        .load = [](void const* at,
                   std::int64_t& n) { return load_duration(*static_cast<value const*>(at), n); },
        .step = microsecond_step<value>};
    static constexpr type_table table = make_table<value>(type_kind::duration, &ops);
};

template <class Duration>
struct type_entry<std::chrono::time_point<std::chrono::system_clock, Duration>> {
    using value = std::chrono::time_point<std::chrono::system_clock, Duration>;
    static constexpr duration_ops ops{.store =
                                          [](void* at, std::int64_t n) {
                                              Duration since{};
                                              duration_fit const fit = store_duration(since, n);
                                              *static_cast<value*>(at) = value{since};
                                              return fit;
                                          },
                                      .load =
                                          [](void const* at, std::int64_t& n) {
                                              return load_duration(
                                                  static_cast<value const*>(at)->time_since_epoch(), n);
                                          },
                                      .step = microsecond_step<Duration>};
    static constexpr type_table table = make_table<value>(type_kind::sys_time, &ops);
};

template <class T>
constexpr type_table const& type_of() noexcept
{
    return type_entry<T>::table;
}

} // namespace serval::detail

#include <serval/detail/map_entry.hpp> // IWYU pragma: export
