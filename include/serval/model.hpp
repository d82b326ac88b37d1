// Models: plain structs whose members serval reads, checks, writes and documents.
#pragma once

#include <serval/constraints.hpp>
#include <serval/detail/fixed_string.hpp>
#include <serval/detail/type_table.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

/// A model member that may be absent from the input: it then keeps the value of its member initialiser.
///
/// \code
/// struct item {
///     std::string name;                       // required
///     serval::defaulted<int> quantity = 1;    // 1 when absent
///     std::optional<std::string> note;        // null when absent
/// };
/// \endcode
/// Reads like the value itself: converts to `T const&`, and has `*` and `->`. What is sent replaces the
/// initialiser: nothing of a list, a map or a model in it stays.
template <class T>
class defaulted {
public:
    defaulted() = default;
    template <class U>
        requires std::convertible_to<U, T> && (!std::same_as<std::remove_cvref_t<U>, defaulted>)
    defaulted(U&& value) : value_(std::forward<U>(value))
    {}

    T& value() noexcept { return value_; }
    T const& value() const noexcept { return value_; }
    T& operator*() noexcept { return value_; }
    T const& operator*() const noexcept { return value_; }
    T* operator->() noexcept { return &value_; }
    T const* operator->() const noexcept { return &value_; }
    operator T const&() const noexcept { return value_; }

    friend bool operator==(defaulted const&, defaulted const&) = default;

private:
    T value_{};
};

/// Tag that finds a model's `rules` by argument-dependent lookup.
///
/// \code
/// constexpr auto rules(serval::rules_for<item>)
/// {
///     return serval::model_rules<serval::member<"name", serval::min_length(3)>,
///                          serval::member<"quantity", serval::ge(1), serval::le(100)>>{};
/// }
/// \endcode
/// A name that is no member, and an initialiser that breaks the rules of its member, are errors at
/// registration that name the model and the member.
template <class T>
struct rules_for {};

/// What `rules` says of one member: up to four constraints, an `alias` and a `doc`, one of each kind.
template <detail::fixed_string Name, auto... Options>
struct member {};

/// Refuses JSON keys that are no member: one 422 `extra_forbidden` each. Without it they are ignored.
struct forbid_extra {};

/// The rule of an enumeration whose JSON values are its numbers, as Python's IntEnum; without it they are the
/// enumerators' names.
///
/// \code
/// enum class level { low = 1, high = 2 };
/// constexpr serval::enum_by_value rules(serval::rules_for<level>) { return {}; }
/// \endcode
/// A number that is no enumerator is a 422 `enum`: `Input should be 1 or 2`.
struct enum_by_value {};

/// What a model is, in the OpenAPI document: `model_doc<"A person who may sign in">`.
template <detail::fixed_string Text>
struct model_doc {};

/// The rules of a model, in any order: `member<…>`, `forbid_extra` and `model_doc<…>`.
template <class... Rules>
struct model_rules {};

namespace detail {

template <class T>
concept has_rules = requires { rules(rules_for<T>{}); };

template <auto Option>
constexpr void add_rule(member_rule& rule)
{
    using option = std::remove_cvref_t<decltype(Option)>;
    if constexpr (is_alias<option>) {
        static_assert(!Option.name.view().empty(), "serval: alias(\"\") is no name");
        rule.alias = Option.name.view();
    } else if constexpr (is_doc<option>) {
        rule.description = Option.text.view();
    } else {
        static_assert(is_constraint<option>,
                      "serval: a member takes ge, gt, le, lt, multiple_of, min_length, "
                      "max_length, pattern, alias and doc");
        rule.constraints[rule.constraint_count++] = {constraint_kind_of<option>, constant_of(Option.bound)};
    }
}

template <class Rule>
struct rule_reader {
    static constexpr bool forbids_extra = std::is_same_v<Rule, forbid_extra>;
    static_assert(forbids_extra, "serval: model_rules<…> takes member<\"name\", …>, forbid_extra "
                                 "and model_doc<\"…\">");
    static constexpr member_rule read()
    {
        member_rule none;
        return none;
    }
};

template <fixed_string Name, auto... Options>
struct rule_reader<member<Name, Options...>> {
    static_assert(sizeof...(Options) <= 6, "serval: a member takes at most six rules");
    static_assert((std::size_t{0} + ... + (is_constraint<std::remove_cvref_t<decltype(Options)>> ? 1 : 0)) <=
                      4,
                  "serval: a member takes at most four constraints");
    static_assert(options_are_distinct<Options...>(), "serval: a member has two rules of one kind");
    static constexpr bool forbids_extra = false;
    static constexpr auto name =
        Name; // views of a template argument object must not outlive a copy: keep one
    static constexpr member_rule read()
    {
        member_rule rule;
        rule.member = Name.view();
        (add_rule<Options>(rule), ...);
        return rule;
    }
};

template <fixed_string Text>
struct rule_reader<model_doc<Text>> {
    static constexpr bool forbids_extra = false;
    static constexpr member_rule read()
    {
        member_rule rule;
        rule.description = Text.view();
        return rule;
    }
};

template <class Rules>
struct rules_reader;

template <class... Rules>
struct rules_reader<model_rules<Rules...>> {
    static constexpr bool forbids_extra = (rule_reader<Rules>::forbids_extra || ...);
    static constexpr std::array<member_rule, sizeof...(Rules)> entries{rule_reader<Rules>::read()...};
};

} // namespace detail
} // namespace serval
