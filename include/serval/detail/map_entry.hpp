// The tables of maps from text to values.
// layer: model
#pragma once

#include <serval/detail/type_of.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace serval::detail {

template <class T>
struct type_entry<std::map<std::string, T>> {
    using map = std::map<std::string, T>;
    static constexpr map_ops ops{.value = &type_of<T>,
                                 .slot = [](void* at, std::string&& key) -> void* {
                                     auto& value = (*static_cast<map*>(at))[std::move(key)];
                                     value = T();
                                     return &value;
                                 },
                                 .size = [](void const* at) { return static_cast<map const*>(at)->size(); },
                                 .for_each =
                                     [](void const* at, void* context, map_ops::visitor visit) {
                                         for (auto const& [key, value] : *static_cast<map const*>(at))
                                             if (!visit(context, key, &value)) return;
                                     },
                                 .clear = [](void* at) { static_cast<map*>(at)->clear(); }};
    static constexpr type_table table = make_table<map>(type_kind::map, &ops);
};

/// A map in the order of the document, as Python's dict.
template <class T>
struct type_entry<std::vector<std::pair<std::string, T>>> {
    using map = std::vector<std::pair<std::string, T>>;
    static constexpr map_ops ops{.value = &type_of<T>,
                                 .slot = [](void* at, std::string&& key) -> void* {
                                     return &static_cast<map*>(at)->emplace_back(std::move(key), T()).second;
                                 },
                                 .size = [](void const* at) { return static_cast<map const*>(at)->size(); },
                                 .for_each =
                                     [](void const* at, void* context, map_ops::visitor visit) {
                                         for (auto const& [key, value] : *static_cast<map const*>(at))
                                             if (!visit(context, key, &value)) return;
                                     },
                                 .clear = [](void* at) { static_cast<map*>(at)->clear(); }};
    static constexpr type_table table = make_table<map>(type_kind::map, &ops);
};

} // namespace serval::detail
