// What is said of a type that serval can neither read nor write.
// layer: model
#pragma once

#include <serval/detail/aggregate.hpp>
#include <serval/task.hpp>

#include <type_traits>

namespace serval::detail {

// Variables of their own, so that the compiler names the type.
template <class T, bool Described>
inline constexpr bool is_model = std::is_aggregate_v<T> || Described;
template <class T, bool Described>
inline constexpr bool has_no_base = Described || !begins_with_base<T>;
template <class T>
inline constexpr bool is_no_foreign_json = !requires(T const& value) {
    value.is_object();
    value.dump();
};

/// A model; an error for what is none. `Described`: its members are known by BOOST_DESCRIBE_STRUCT.
template <class T, bool Described>
struct checked_model {
    static_assert(!is_task<T>, "serval: this is a task, not its value: a co_await is missing");
    static_assert(is_no_foreign_json<T>,
                  "serval: this is nlohmann's json: #include <serval/json.hpp> and take a serval::json");
    static_assert(is_task<T> || !is_no_foreign_json<T> || is_model<T, Described>,
                  "serval: this type is neither an aggregate nor described (BOOST_DESCRIBE_STRUCT and "
                  "#include <serval/describe.hpp>), nor one that serval knows");
    static_assert(has_no_base<T, Described>, "serval: a model with a base class must be described: "
                                             "BOOST_DESCRIBE_STRUCT and #include <serval/describe.hpp>");
    static_assert(std::is_default_constructible_v<T>, "serval: a model must be default constructible");
};

} // namespace serval::detail
