// Where in a value a fault is, as text that is built from the inside out: `items[3].price`, `["key"].a`.
#pragma once

#include "base/json_escape.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace serval::model {

inline void prepend_index(std::string& path, std::size_t index)
{
    path.insert(0, "[" + std::to_string(index) + "]");
}

inline void prepend_member(std::string& path, std::string_view name)
{
    path.insert(0, name).insert(0, ".");
}

/// A key of a map, of which the first 64 bytes tell enough.
inline void prepend_key(std::string& path, std::string_view key)
{
    std::string quoted = "[";
    base::append_json_string(quoted, key.substr(0, std::min<std::size_t>(key.size(), 64)));
    path.insert(0, quoted + "]");
}

} // namespace serval::model
