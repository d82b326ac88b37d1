// The members of a model: names, offsets, types and rules, resolved at first use.
#pragma once

#include "model/constraint_set.hpp"

#include <serval/detail/type_table.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval::detail {

/// One member of a model.
struct member_layout {
    std::string name;         ///< in C++
    std::string key;          ///< in JSON, queries and forms: the alias, else the name
    std::string header_name;  ///< as a header field: the alias, else the name with '-' for '_'
    std::string rendered_key; ///< `,"key":`
    std::string_view description;
    std::uint32_t offset = 0;
    type_table const* type = nullptr;
    bool required = true;                 ///< neither std::optional nor defaulted
    void (*renew)(void*) = nullptr;       ///< of a model in which something may stay of an initialiser
    std::span<constraint const> declared; ///< the rules as written, for the schema
    model::constraint_set constraints;

    /// What begins the member in an object: `,"key":`, or `"key":` for the first that is written.
    std::string_view written_key(bool first) const noexcept
    {
        std::string_view written{rendered_key};
        written.remove_prefix(first ? 1 : 0);
        return written;
    }

    bool has_key(std::string_view other) const noexcept
    {
        return other.size() == key.size() && std::memcmp(other.data(), key.data(), key.size()) == 0;
    }
};

/// What is known of a model.
struct model_layout {
    std::string type_name; ///< `item` for `ns::item`, `page[item]` for `ns::page<ns::item>`
    std::vector<member_layout> members;
    std::string_view description;
    bool forbids_extra = false;

    /// The index of the member with this key, or `members.size()`.
    std::size_t find(std::string_view key) const noexcept;
};

} // namespace serval::detail

namespace serval::model {

/// The most members that a model may have.
inline constexpr std::size_t max_members = 32;

/// The layout of a model's type table. Lock-free but for the first use.
///
/// Throws std::invalid_argument, naming model and member, when a rule names no member, does not fit or is
/// broken by the member's initialiser, two rules contradict each other, or two members have one key.
detail::model_layout const& model_layout_of(detail::type_table const& type);

/// Resolves all that is reachable from `type` (recursive types end), so that mistakes show at registration
/// and later uses take no lock. Throws std::invalid_argument.
void resolve(detail::type_table const& type);

} // namespace serval::model
