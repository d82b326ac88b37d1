// Names for people and for schemas, made of the names that code has.
#pragma once

#include <serval/detail/type_table.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace serval::model {

/// Python's `name.replace("_", " ").title()`, with which FastAPI titles parameters, members and operations:
/// "read_item" is "Read Item", "x-token" "X-Token". ASCII only; other letters stay as they are.
std::string title_of(std::string_view name);

/// A type's name as the title of its schema: C++'s `user_registration` is `UserRegistration`, as classes are
/// called in Python and in most documents; names with capitals stay, `page[item]` is `Page[Item]`.
std::string schema_title(std::string_view type_name);

/// A name as a key of `components/schemas`: what may not stand there becomes `_`, as in pydantic.
std::string component_key(std::string_view name);

/// The models and enumerations of a document, and what they are called in it.
class schema_names {
public:
    /// Adds all models and enumerations that are reachable from `type`.
    void add(detail::type_table const& type);
    /// Keeps a name from being given to a type; one that is reserved already gets a number. Returns it.
    std::string reserve(std::string name);
    /// Names what was added. Types of equal names are called with their namespaces, `shop__Item`, all of
    /// them, as FastAPI does with modules; still equal ones are numbered.
    void settle();

    /// The key of a model or enumeration that was added. After `settle`.
    std::string const& key_of(detail::type_table const& type) const;

    /// What was added, by key.
    std::map<std::string, detail::type_table const*> const& types() const noexcept { return by_key_; }

private:
    std::vector<detail::type_table const*> found_;
    std::set<void const*> seen_;
    std::set<std::string> reserved_;
    std::map<std::string, detail::type_table const*> by_key_;
    std::map<void const*, std::string> keys_; // by `extra`: a type has one, whatever its table's copies
};

} // namespace serval::model
