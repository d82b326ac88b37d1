// Collecting routes and building the radix tree from them.
#include "routing/route_table.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace serval::routing {
namespace {

std::string described(method m, std::string_view pattern, std::string_view name)
{
    return "\"" + std::string{name} + "\" (" + std::string{to_string(m)} + " " + std::string{pattern} + ")";
}

constexpr bool is_parameter(path_pattern::shape_unit unit) noexcept
{
    return unit >= path_pattern::first_parameter_unit;
}

} // namespace

/// Builds the tree breadth first, so that the nodes near the root, which every lookup visits, share cache
/// lines, and without recursion, so that no pattern is too long.
class tree_builder {
public:
    explicit tree_builder(route_table const& table)
    {
        for (auto const& [shape, routes] : table.routes_) {
            shapes_.push_back(shape);
            route_tree::endpoint& endpoint = tree_.endpoints_.emplace_back();
            for (auto const& [m, route] : routes) {
                endpoint.route[static_cast<std::size_t>(m)] = route.index;
                endpoint.methods.insert(m);
            }
        }
        if (shapes_.empty()) return;
        add_node({0, shapes_.size(), 0}, route_tree::none);
        for (std::size_t i = 0; i != ranges_.size(); ++i)
            complete(i);
        tree_.first_bytes_.append(16, '\0');
        add_fixed_paths();
    }

    route_tree take() { return std::move(tree_); }

private:
    void add_fixed_paths()
    {
        auto const has_parameter = [](std::u16string_view shape) {
            return std::ranges::any_of(shape, [](auto unit) { return is_parameter(unit); });
        };
        auto const parameterized = std::ranges::count_if(shapes_, has_parameter);
        auto const count = shapes_.size() - static_cast<std::size_t>(parameterized);
        if (count == 0) return;
        tree_.fixed_.resize(std::bit_ceil(2 * count));
        for (std::size_t i = 0; i != shapes_.size(); ++i) {
            if (has_parameter(shapes_[i])) continue;
            std::string path;
            for (auto const unit : shapes_[i])
                path += static_cast<char>(unit);
            tree_.add_fixed(path, static_cast<std::uint32_t>(i));
        }
    }

    /// The shapes below a node: [first, last) of the sorted shapes, which have their first `depth` units in
    /// common.
    struct range {
        std::size_t first;
        std::size_t last;
        std::size_t depth;
    };

    void add_node(range shapes, std::uint32_t parent)
    {
        path_pattern::shape_unit const unit = shapes_[shapes.first][shapes.depth];
        route_tree::node node;
        node.parent = parent;
        if (is_parameter(unit)) {
            node.kind = static_cast<route_tree::node_kind>(unit - path_pattern::first_parameter_unit);
            ++shapes.depth;
        }
        tree_.nodes_.push_back(node);
        tree_.first_bytes_ += static_cast<char>(is_parameter(unit) ? '\0' : unit);
        ranges_.push_back(shapes);
    }

    /// Gives node `i` the literal text that its shapes share, its endpoint, and its children.
    void complete(std::size_t i)
    {
        range shapes = ranges_[i];
        route_tree::node node = tree_.nodes_[i];
        node.text_begin = size_of(tree_.text_);
        shapes.depth = append_common_text(shapes);
        node.text_size = size_of(tree_.text_) - node.text_begin;
        // A shape that ends here is a prefix of the others, and was sorted before them.
        if (shapes_[shapes.first].size() == shapes.depth) {
            node.endpoint = static_cast<std::uint32_t>(shapes.first++);
        }
        node.first_child = size_of(tree_.nodes_);
        while (shapes.first != shapes.last) {
            path_pattern::shape_unit const unit = shapes_[shapes.first][shapes.depth];
            range child{shapes.first, shapes.first + 1, shapes.depth};
            while (child.last != shapes.last && shapes_[child.last][shapes.depth] == unit)
                ++child.last;
            add_node(child, static_cast<std::uint32_t>(i));
            if (is_parameter(unit)) {
                ++node.parameter_children;
            } else {
                ++node.literal_children;
            }
            shapes.first = child.last;
        }
        link_alternatives(node);
        tree_.nodes_[i] = node;
    }

    /// Appends the literal bytes from `shapes.depth` on that all shapes share, and returns where they end. As
    /// the shapes are sorted, what the first and the last share is shared by all.
    std::size_t append_common_text(range const& shapes)
    {
        std::u16string_view const first = shapes_[shapes.first];
        std::u16string_view const last = shapes_[shapes.last - 1];
        std::size_t end = shapes.depth;
        for (; end != first.size() && end != last.size() && first[end] == last[end]; ++end) {
            if (is_parameter(first[end])) break;
            tree_.text_ += static_cast<char>(first[end]);
        }
        return end;
    }

    void link_alternatives(route_tree::node const& parent)
    {
        std::uint32_t const first_parameter = parent.first_child + parent.literal_children;
        std::uint32_t const end = first_parameter + parent.parameter_children;
        for (std::uint32_t child = parent.first_child; child != end; ++child) {
            std::uint32_t const next = child < first_parameter ? first_parameter : child + 1;
            tree_.nodes_[child].next = next == end ? route_tree::none : next;
        }
    }

    template <class Container>
    static std::uint32_t size_of(Container const& container)
    {
        return static_cast<std::uint32_t>(container.size());
    }

    route_tree tree_;
    std::vector<std::u16string_view> shapes_;
    std::vector<range> ranges_; // one for each node
};

void route_table::add(method m, path_pattern const& pattern, std::uint32_t index, std::string_view route_name)
{
    if (m == method::other) {
        throw std::invalid_argument{"The route \"" + std::string{route_name} + "\" (" + pattern.text() +
                                    ") has a method that serval does not know."};
    }
    auto& routes = routes_[pattern.shape()];
    auto const [earlier, is_new] =
        routes.try_emplace(m, route{index, pattern.text(), std::string{route_name}});
    if (is_new) return;
    throw std::invalid_argument{"The route " + described(m, pattern.text(), route_name) + " conflicts with " +
                                described(m, earlier->second.pattern, earlier->second.name) +
                                ": they match the same requests."};
}

bool route_table::contains(method m, path_pattern const& pattern) const
{
    auto const found = routes_.find(pattern.shape());
    return found != routes_.end() && found->second.contains(m);
}

route_tree route_table::freeze() const
{
    return tree_builder{*this}.take();
}

} // namespace serval::routing
