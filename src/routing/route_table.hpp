// The routes while they are being described; freezing them gives the tree that serves.
#pragma once

#include "routing/method_set.hpp"
#include "routing/path_pattern.hpp"
#include "routing/route_tree.hpp"

#include <serval/method.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace serval::routing {

/// A mutable set of routes. Not thread-safe.
class route_table {
public:
    /// Adds a route: requests of `m` whose path matches `pattern` are answered with `index`. Several routes
    /// may have the same index. `route_name` is only for error texts.
    ///
    /// Throws std::invalid_argument when a route with the same method and shape (the same literals and
    /// converters, whatever the parameters' names) was added before, naming both; and when `m` is
    /// `method::other`. The table is then unchanged.
    void add(method m, path_pattern const& pattern, std::uint32_t index, std::string_view route_name);

    /// True when a route with the same method and shape was added.
    bool contains(method m, path_pattern const& pattern) const;

    /// The tree of all routes added so far.
    route_tree freeze() const;

private:
    friend class tree_builder;

    struct route {
        std::uint32_t index = 0;
        std::string pattern;
        std::string name;
    };

    // Both ordered: by shape, the order of precedence, as the tree is built from it.
    std::map<std::u16string, std::map<method, route>> routes_;
};

} // namespace serval::routing
