#include "model/schema_names.hpp"

#include "base/ascii.hpp"
#include "model/enum_layout.hpp"
#include "model/model_layout.hpp"
#include "model/spelling.hpp"

#include <algorithm>
#include <utility>

namespace serval::model {
namespace {

using detail::type_kind;
using detail::type_table;

using base::is_lower;
using base::is_upper;

bool is_word(char c) noexcept
{
    return is_lower(c) || is_upper(c) || base::is_digit(c) || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

char upper(char c) noexcept
{
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

/// One identifier: `user_registration` → `UserRegistration`; as it is when it has capitals.
std::string pascal_case(std::string_view identifier)
{
    if (std::any_of(identifier.begin(), identifier.end(), is_upper)) return std::string{identifier};
    std::string out;
    bool first = true;
    for (char const c : identifier) {
        if (c != '_') out += first ? upper(c) : c;
        first = c == '_';
    }
    return out;
}

std::string_view name_of(type_table const& type)
{
    return type.kind == type_kind::model ? model_layout_of(type).type_name : enum_layout_of(type).type_name;
}

std::string_view spelling_of(type_table const& type)
{
    return spelled_type(type.kind == type_kind::model
                            ? static_cast<detail::model_slot const*>(type.extra)->source->type_name
                            : static_cast<detail::enum_slot const*>(type.extra)->source->type_name);
}

/// The name with what surrounds it: `shop__Item` of `shop::item`.
std::string qualified_key(type_table const& type)
{
    auto const spelled = spelling_of(type);
    std::string out;
    for (std::size_t i = 0; i != spelled.size(); ++i) {
        if (spelled.substr(i, 2) == "::") {
            out += "__";
            ++i;
        } else {
            out += spelled[i];
        }
    }
    // Only the last name is in the style of titles: the others are namespaces.
    std::string const tail = component_key(name_of(type));
    std::string key = component_key(out);
    if (key.ends_with(tail))
        key.replace(key.size() - tail.size(), tail.size(), component_key(schema_title(name_of(type))));
    return key;
}

} // namespace

std::string title_of(std::string_view name)
{
    std::string out;
    bool inside = false; // of a run of letters
    for (char c : name) {
        if (c == '_') c = ' ';
        bool const letter = is_lower(c) || is_upper(c) || static_cast<unsigned char>(c) >= 0x80;
        if (!letter) {
            out += c;
        } else if (inside) {
            out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
        } else {
            out += upper(c);
        }
        inside = letter;
    }
    return out;
}

std::string schema_title(std::string_view type_name)
{
    std::string out;
    for (std::size_t i = 0; i != type_name.size();) {
        std::size_t end = i;
        while (end != type_name.size() && is_word(type_name[end]))
            ++end;
        out += pascal_case(type_name.substr(i, end - i));
        if (end != type_name.size()) out += type_name[end++];
        i = end;
    }
    return out;
}

std::string component_key(std::string_view name)
{
    std::string out{name};
    for (char& c : out) {
        bool const fine = is_lower(c) || is_upper(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_';
        if (!fine) c = '_';
    }
    return out;
}

void schema_names::add(type_table const& type)
{
    switch (type.kind) {
    case type_kind::optional: return add(static_cast<detail::optional_ops const*>(type.extra)->value());
    case type_kind::defaulted: return add(static_cast<detail::wrapped_ops const*>(type.extra)->value());
    case type_kind::list: return add(static_cast<detail::list_ops const*>(type.extra)->element());
    case type_kind::map: return add(static_cast<detail::map_ops const*>(type.extra)->value());
    case type_kind::enumeration:
        if (seen_.insert(type.extra).second) found_.push_back(&type);
        return;
    case type_kind::model:
        if (!seen_.insert(type.extra).second) return; // recursive models end here
        found_.push_back(&type);
        for (auto const& member : model_layout_of(type).members)
            add(*member.type);
        return;
    default: return;
    }
}

std::string schema_names::reserve(std::string name)
{
    std::string const wanted = name;
    for (int n = 2; !reserved_.insert(name).second; ++n)
        name = wanted + '_' + std::to_string(n);
    return name;
}

void schema_names::settle()
{
    std::map<std::string, int> count;
    for (auto const& name : reserved_)
        ++count[name];
    for (auto const* type : found_)
        ++count[component_key(schema_title(name_of(*type)))];
    for (auto const* type : found_) {
        std::string key = component_key(schema_title(name_of(*type)));
        if (count[key] > 1) key = qualified_key(*type);
        std::string const wanted = key;
        for (int n = 2; by_key_.contains(key) || reserved_.contains(key); ++n)
            key = wanted + '_' + std::to_string(n);
        by_key_.emplace(key, type);
        keys_.emplace(type->extra, std::move(key));
    }
}

std::string const& schema_names::key_of(type_table const& type) const
{
    return keys_.at(type.extra);
}

} // namespace serval::model
