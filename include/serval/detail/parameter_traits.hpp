// From one parameter of a signature to its table and its argument.
#pragma once

#include <serval/background_tasks.hpp>
#include <serval/body_stream.hpp>
#include <serval/detail/handler_table.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/multipart_reader.hpp>
#include <serval/params.hpp>
#include <serval/request.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval::detail {

/// The option of type `def<…>` or `def_empty` among a parameter's, as a constant.
template <auto Option>
constexpr constant default_in() noexcept
{
    using option = std::remove_cvref_t<decltype(Option)>;
    if constexpr (std::is_same_v<option, def_empty_t>) {
        return {.is = constant::kind::empty};
    } else if constexpr (is_default<option>) {
        return constant_of(Option.value);
    } else {
        return {};
    }
}

template <auto... Options>
consteval constant default_among()
{
    constant found;
    ((found = default_in<Options>().is != constant::kind::none ? default_in<Options>() : found), ...);
    return found;
}

template <auto Option>
consteval constraint constraint_in()
{
    using option = std::remove_cvref_t<decltype(Option)>;
    constraint made;
    made.kind = constraint_kind_of<option>;
    if constexpr (is_constraint<option>) made.bound = constant_of(Option.bound);
    return made;
}

template <auto... Options>
consteval auto constraints_among()
{
    constexpr std::size_t count =
        (std::size_t{0} + ... + (is_constraint<std::remove_cvref_t<decltype(Options)>> ? 1 : 0));
    std::array<constraint, count> made{};
    std::size_t next = 0;
    auto take = [&](constraint const& c, bool wanted) {
        if (wanted) made[next++] = c;
    };
    (take(constraint_in<Options>(), is_constraint<std::remove_cvref_t<decltype(Options)>>), ...);
    static_cast<void>(take);
    return made;
}

template <auto Option>
constexpr std::string_view doc_in() noexcept
{
    if constexpr (is_doc<std::remove_cvref_t<decltype(Option)>>) {
        return Option.text.view();
    } else {
        return {};
    }
}

template <auto... Options>
consteval std::string_view doc_among()
{
    std::string_view found;
    ((found = doc_in<Options>().empty() ? found : doc_in<Options>()), ...);
    return found;
}

template <auto... Options>
inline constexpr bool options_are_known =
    ((is_constraint<std::remove_cvref_t<decltype(Options)>> ||
      is_doc<std::remove_cvref_t<decltype(Options)>> || is_default<std::remove_cvref_t<decltype(Options)>>) &&
     ...);

/// The table and the argument of one parameter type; `known` says whether serval can provide it.
template <class P>
struct parameter_traits {
    static constexpr bool known = false;
};

template <parameter_kind Kind, class P, class T, fixed_string Name, auto... Options>
struct value_parameter {
    static constexpr bool known = true;
    static constexpr bool framework = false;
    static_assert(options_are_known<Options...>, "serval: a parameter takes def, def_empty, ge, gt, le, lt, "
                                                 "multiple_of, min_length, max_length, pattern and doc");
    static_assert(options_are_distinct<Options...>(), "serval: a parameter has two options of one kind");
    static constexpr auto name = Name;
    static constexpr auto constraints = constraints_among<Options...>();
    static constexpr parameter_table table{.kind = Kind,
                                           .name = name.view(),
                                           .type = &type_of<T>(),
                                           .default_value = default_among<Options...>(),
                                           .constraints = constraints,
                                           .dependency = nullptr,
                                           .description = doc_among<Options...>()};

    static P argument(void* slot) { return P(std::move(*static_cast<T*>(slot))); }
};

template <fixed_string Name, class T, auto... Options>
struct parameter_traits<params::path<Name, T, Options...>>
    : value_parameter<parameter_kind::path, params::path<Name, T, Options...>, T, Name, Options...> {
    static_assert(default_among<Options...>().is == constant::kind::none,
                  "serval: a path<> parameter cannot have a default");
};
template <fixed_string Name, class T, auto... Options>
struct parameter_traits<params::query<Name, T, Options...>>
    : value_parameter<parameter_kind::query, params::query<Name, T, Options...>, T, Name, Options...> {};
template <fixed_string Name, class T, auto... Options>
struct parameter_traits<params::header<Name, T, Options...>>
    : value_parameter<parameter_kind::header, params::header<Name, T, Options...>, T, Name, Options...> {};
template <fixed_string Name, class T, auto... Options>
struct parameter_traits<params::cookie<Name, T, Options...>>
    : value_parameter<parameter_kind::cookie, params::cookie<Name, T, Options...>, T, Name, Options...> {};
template <class T, fixed_string Name, auto... Options>
struct parameter_traits<params::body<T, Name, Options...>>
    : value_parameter<parameter_kind::body, params::body<T, Name, Options...>, T, Name, Options...> {};
template <class T>
struct parameter_traits<params::query_model<T>>
    : value_parameter<parameter_kind::query_model, params::query_model<T>, T, ""> {};
template <class T>
struct parameter_traits<params::header_model<T>>
    : value_parameter<parameter_kind::header_model, params::header_model<T>, T, ""> {};

template <fixed_string Name, class T, auto... Options>
struct parameter_traits<params::form<Name, T, Options...>>
    : value_parameter<parameter_kind::form, params::form<Name, T, Options...>, T, Name, Options...> {};

/// The table of what a file<> is: bytes in memory have one of their own, since a std::string elsewhere is
/// text.
template <class T>
struct file_entry {
    static_assert(
        std::is_same_v<T, upload_file>,
        "serval: a file<> is an upload_file, a std::string or std::vector<std::byte> that takes the "
        "whole content, or a std::optional of these; files<> takes several");
    static constexpr type_table const& get() noexcept { return type_of<T>(); }
};
template <class Bytes>
struct bytes_entry {
    static constexpr bytes_ops ops{.assign = [](void* at, std::string_view content) {
        using element = typename Bytes::value_type;
        auto const first = reinterpret_cast<element const*>(content.data());
        static_cast<Bytes*>(at)->assign(first, first + content.size());
    }};
    static constexpr type_table table = make_table<Bytes>(type_kind::bytes, &ops);
    static constexpr type_table const& get() noexcept { return table; }
};
template <>
struct file_entry<std::string> : bytes_entry<std::string> {};
template <>
struct file_entry<std::vector<std::byte>> : bytes_entry<std::vector<std::byte>> {};
template <class T>
struct file_entry<std::optional<T>> {
    static constexpr optional_ops ops{.value = &file_entry<T>::get,
                                      .emplace = type_entry<std::optional<T>>::ops.emplace,
                                      .get = type_entry<std::optional<T>>::ops.get,
                                      .reset = type_entry<std::optional<T>>::ops.reset};
    static constexpr type_table table = make_table<std::optional<T>>(type_kind::optional, &ops);
    static constexpr type_table const& get() noexcept { return table; }
};

template <fixed_string Name, class T>
struct parameter_traits<params::file<Name, T>>
    : value_parameter<parameter_kind::file, params::file<Name, T>, T, Name> {
    static constexpr auto name = Name;
    static constexpr parameter_table table{
        .kind = parameter_kind::file, .name = name.view(), .type = &file_entry<T>::get()};
};
template <fixed_string Name, class T, auto... Options>
struct parameter_traits<params::files<Name, T, Options...>>
    : value_parameter<parameter_kind::file, params::files<Name, T, Options...>, T, Name, Options...> {
    static_assert(std::is_same_v<T, std::vector<upload_file>> ||
                      std::is_same_v<T, std::optional<std::vector<upload_file>>>,
                  "serval: files<> is a std::vector<upload_file>, or a std::optional of that");
};
template <class T>
struct parameter_traits<params::form_model<T>>
    : value_parameter<parameter_kind::form_model, params::form_model<T>, T, ""> {};

/// A parameter that serval provides by reference, at the slot's address.
template <parameter_kind Kind, class P, bool OnLoop>
struct provided_parameter {
    static constexpr bool known = true;
    static constexpr bool framework = true;
    static constexpr bool on_loop = OnLoop; ///< only coroutines can use it
    static constexpr parameter_table table{.kind = Kind};
    static P& argument(void* slot) { return *static_cast<P*>(slot); }
};

template <>
struct parameter_traits<request> : provided_parameter<parameter_kind::request, request, false> {};
template <>
struct parameter_traits<background_tasks>
    : provided_parameter<parameter_kind::background_tasks, background_tasks, false> {};
template <>
struct parameter_traits<body_stream> : provided_parameter<parameter_kind::body_stream, body_stream, true> {};
template <>
struct parameter_traits<multipart_reader>
    : provided_parameter<parameter_kind::multipart_reader, multipart_reader, true> {};

template <class P, bool Coroutine>
consteval bool check_parameter()
{
    using plain = std::remove_cvref_t<P>;
    static_assert(
        parameter_traits<plain>::known,
        "serval: a handler parameter must be path<>, query<>, header<>, cookie<>, body<>, form<>, file<>, "
        "files<>, query_model<>, header_model<>, form_model<>, depends<>, request&, background_tasks&, "
        "body_stream& or multipart_reader&");
    if constexpr (parameter_traits<plain>::known) {
        if constexpr (parameter_traits<plain>::framework) {
            static_assert(std::is_same_v<P, plain&>,
                          "serval: take this parameter as a plain reference, request&");
            static_assert(!parameter_traits<plain>::on_loop || Coroutine,
                          "serval: a body_stream& or multipart_reader& is awaited: make the handler a "
                          "coroutine that returns serval::task<R>");
        } else {
            return !(Coroutine && std::is_reference_v<P>) &&
                   !(std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>);
        }
    }
    return true;
}

} // namespace serval::detail
