// The frozen router: (method, decoded path) → route index and captured spans.
#pragma once

#include "routing/converter.hpp"
#include "routing/method_set.hpp"
#include "routing/path_pattern.hpp"

#include <serval/method.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::routing {

/// The half-open range of bytes of the decoded path that a parameter has captured.
struct span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    std::string_view of(std::string_view decoded_path) const noexcept
    {
        return decoded_path.substr(begin, end - begin);
    }

    friend bool operator==(span, span) noexcept = default;
};

/// What a lookup found.
struct match {
    enum kind_type : std::uint8_t {
        found,             ///< `route` and the captures are set
        not_found,         ///< no pattern matches the path: 404, or a redirect by `slash_redirect`
        method_not_allowed ///< `allowed` is set: 405, or 204 when the method is OPTIONS
    };

    kind_type kind = not_found;
    /// The route answers GET, and the request is HEAD: its content must not be sent.
    bool head_fallback = false;
    /// Only patterns that end in a path parameter match the path: it may still be another route's but for a
    /// slash, see `slash_redirect`.
    bool catch_all = false;
    /// The number of captures: that of the route's `path_pattern::parameters()`, in the same order.
    std::uint8_t capture_count = 0;
    /// With `method_not_allowed`, the complete value of Allow: the methods of all patterns that match this
    /// path, HEAD where there is GET, and OPTIONS always. Otherwise unspecified.
    method_set allowed;
    /// The index that the route was added with.
    std::uint32_t route = 0;
    std::array<span, path_pattern::max_parameters> captures;
};

/// All routes, as an immutable radix tree that any number of threads may search without a lock.
/// `route_table::freeze` makes it.
class route_tree {
public:
    /// Where to send a client instead.
    struct redirect {
        std::string path;
        std::uint32_t route; ///< that answers there; meaningless unless a catch-all matched
    };

    /// A tree without routes: every lookup is `not_found`.
    route_tree() = default;

    /// Finds the route for a request. Never allocates.
    ///
    /// At each segment of the path, literal text is preferred to int, float, uuid, str and path parameters,
    /// in this order; a less specific pattern is tried when the more specific one dead-ends later or has no
    /// route for the method. HEAD is answered by the most specific pattern that has a HEAD or a GET route, by
    /// HEAD where it has both. `method::other` is never `found`, so a lookup with it yields the methods that
    /// a path allows.
    match find(method m, std::string_view decoded_path) const noexcept;

    /// The path to redirect to (307) after `find` has given `found`, as Starlette's `redirect_slashes` does:
    /// without its trailing slashes if it has any, else with one added. "/" is never redirected.
    ///
    /// When nothing matches `decoded_path`, that is a path which a route of any method matches; when only
    /// catch-alls do, one that a more specific route answers `m` for. Else there is none.
    ///
    /// Not for the hot path: it searches once more, and allocates when it finds something. `path` may start
    /// with "//", which as a Location would name a host: `base::percent_encode_path` sees to that.
    std::optional<redirect> slash_redirect(method m, std::string_view decoded_path, match const& found) const;

private:
    friend class tree_builder;
    class search;

    /// "None" among the indices below.
    static constexpr std::uint32_t none = 0xffffffff;

    /// What stands before a node's text.
    enum class node_kind : std::uint8_t { literal = converter_count }; // below: a parameter of that converter

    /// A node matches an optional parameter and then literal text, which may hold slashes. Its children lie
    /// side by side in `nodes_`: the literal ones, which differ in their first byte, then the parameters by
    /// precedence.
    struct node {
        std::uint32_t text_begin = 0;       // in `text_`
        std::uint32_t text_size = 0;        // in bytes
        std::uint32_t parent = none;        //
        std::uint32_t first_child = none;   // valid if there are children
        std::uint32_t next = none;          // the sibling to try when this node fails: the next parameter
        std::uint32_t endpoint = none;      // in `endpoints_`: a pattern ends here
        std::uint16_t literal_children = 0; // at most 256
        std::uint8_t parameter_children = 0;
        node_kind kind = node_kind::literal;
    };

    /// The routes of all patterns of one shape.
    struct endpoint {
        std::array<std::uint32_t, static_cast<std::size_t>(method::other)> route{};
        method_set methods;
    };

    /// A pattern without parameters, in `fixed_`, a hash table with linear probing. Where one matches,
    /// nothing is more specific.
    struct fixed_path {
        std::uint32_t hash = 0;
        std::uint32_t text_begin = 0; // in `text_`
        std::uint32_t text_size = 0;
        std::uint32_t endpoint = none; // a place without a path
    };

    static bool take(endpoint const& candidate, method m, match& result) noexcept;
    void add_fixed(std::string_view path, std::uint32_t endpoint_index);
    std::uint32_t find_fixed(std::string_view path) const noexcept;

    std::vector<fixed_path> fixed_; // a power of two, at most half of them taken; or none
    std::vector<node> nodes_;       // the root is the first
    std::string first_bytes_; // of each node's text, and 16 more: one look at 16 finds the literal child
    std::string text_;
    std::vector<endpoint> endpoints_;
};

} // namespace serval::routing
