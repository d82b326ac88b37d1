// Searching the radix tree.
//
// Why a radix tree over bytes, and not a trie of segments: what siblings have in common ("/api/v1/", "user"
// in
// "/users" and "/user-groups") is compared once, a static path costs a few memcmps however many segments it
// has, and a node has at most 256 literal children, found by one memchr, so that 10 000 siblings cost no more
// than a few levels more. Parameters fill whole segments, hence hang only below nodes that end in '/', and
// the text after a parameter lies in the parameter's own node: "/users/{id}/posts/{n}" alone is three nodes.
//
// Paths without parameters are looked up in a hash table first, since nothing is more specific: one look
// instead of some nodes (163 instructions instead of 334 for a path of three nodes, by callgrind). Its texts
// are the application's, so a client can choose what is compared, but not how long a chain is.
//
// Why backtracking is bounded: the tree has one way to each node, literal text takes a fixed number of bytes,
// and a parameter takes its segment to the end or (path) all that is left. So the position at which a node is
// tried follows from the path alone; a search enters each node at most once, and backtracks by recomputing
// the position from the node that it leaves, without a stack. The cost is at most the number of nodes times
// one look at a segment, and only nodes whose pattern agrees with the path so far are entered: there is no
// exponential case.
#include "routing/route_tree.hpp"

#include "base/short_text.hpp"

#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace serval::routing {

namespace {

/// Where the first `wanted` of `count` bytes is, or `count`. 16 bytes must be readable.
std::size_t find_byte(char const* bytes, std::size_t count, char wanted) noexcept
{
#ifdef __SSE2__
    if (count <= 16) {
        __m128i const all = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
        auto const hits =
            static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8(wanted))));
        return static_cast<std::size_t>(std::countr_zero(hits | (1U << count)));
    }
#endif
    void const* const hit = std::memchr(bytes, wanted, count);
    return hit != nullptr ? static_cast<std::size_t>(static_cast<char const*>(hit) - bytes) : count;
}

} // namespace

/// One depth-first walk, in order of precedence, over the patterns that match a path.
class route_tree::search {
public:
    search(route_tree const& tree, std::string_view path, match& result) noexcept
        : tree_{tree},
          path_{path},
          result_{result}
    {}

    void run(method m) noexcept
    {
        std::uint32_t at = 0;
        while (at != none) {
            node const& candidate = tree_.nodes_[at];
            if (!enter(candidate)) {
                at = next_after(at);
                continue;
            }
            if (position_ == path_.size() && candidate.endpoint != none && accept(candidate, m)) return;
            std::uint32_t const child = first_child(candidate);
            at = child != none ? child : backtrack(at);
        }
    }

private:
    /// Matches `candidate` at the current position and moves past it; if it does not match, nothing changes.
    bool enter(node const& candidate) noexcept
    {
        std::size_t const begin = position_;
        std::size_t text_at = begin;
        if (candidate.kind != node_kind::literal) {
            std::size_t const size =
                converted_size(static_cast<converter>(candidate.kind), path_.substr(begin));
            if (size == no_conversion) return false;
            text_at += size;
        }
        if (path_.size() - text_at < candidate.text_size) return false;
        char const* const text = tree_.text_.data() + candidate.text_begin;
        if (!base::equal_bytes(path_.data() + text_at, text, candidate.text_size)) return false;
        if (candidate.kind != node_kind::literal) {
            result_.captures[result_.capture_count++] = {static_cast<std::uint32_t>(begin),
                                                         static_cast<std::uint32_t>(text_at)};
        }
        position_ = text_at + candidate.text_size;
        return true;
    }

    /// Undoes `enter`.
    void leave(node const& entered) noexcept
    {
        if (entered.kind == node_kind::literal) {
            position_ -= entered.text_size;
        } else {
            position_ = result_.captures[--result_.capture_count].begin;
        }
    }

    /// The first child that is worth trying at the current position.
    std::uint32_t first_child(node const& parent) const noexcept
    {
        if (parent.literal_children != 0 && position_ != path_.size()) {
            char const* const bytes = tree_.first_bytes_.data() + parent.first_child;
            std::size_t const i = find_byte(bytes, parent.literal_children, path_[position_]);
            if (i != parent.literal_children) return parent.first_child + static_cast<std::uint32_t>(i);
        }
        return parent.parameter_children != 0 ? parent.first_child + parent.literal_children : none;
    }

    /// Leaves the entered node `at`; returns the node to try then.
    std::uint32_t backtrack(std::uint32_t at) noexcept
    {
        leave(tree_.nodes_[at]);
        return next_after(at);
    }

    /// The node to try after `at`, which is not (or no longer) entered: its sibling, else one of an ancestor.
    std::uint32_t next_after(std::uint32_t at) noexcept
    {
        while (tree_.nodes_[at].next == none) {
            at = tree_.nodes_[at].parent;
            if (at == none) return none;
            leave(tree_.nodes_[at]);
        }
        return tree_.nodes_[at].next;
    }

    /// Whether a pattern that matches has a route for the method; if not, its methods are noted for Allow.
    bool accept(node const& at, method m) noexcept
    {
        // Patterns that take the rest come last: what has matched before was more specific.
        result_.catch_all =
            at.kind == static_cast<node_kind>(converter::path) && (result_.catch_all || !matched_);
        matched_ = true;
        return take(tree_.endpoints_[at.endpoint], m, result_);
    }

    route_tree const& tree_;
    std::string_view path_;
    match& result_;
    std::size_t position_ = 0;
    bool matched_ = false;
};

/// Whether the pattern that matches has a route for the method; if not, its methods are noted for Allow.
bool route_tree::take(endpoint const& candidate, method m, match& result) noexcept
{
    bool const fallback = m == method::head && !candidate.methods.contains(method::head);
    method const wanted = fallback ? method::get : m;
    if (!candidate.methods.contains(wanted)) {
        result.allowed |= candidate.methods;
        return false;
    }
    result.kind = match::found;
    result.route = candidate.route[static_cast<std::size_t>(wanted)];
    result.head_fallback = fallback;
    return true;
}

void route_tree::add_fixed(std::string_view path, std::uint32_t endpoint_index)
{
    auto const hash = static_cast<std::uint32_t>(base::hash_bytes(path.data(), path.size()));
    std::size_t const mask = fixed_.size() - 1;
    std::size_t i = hash & mask;
    while (fixed_[i].endpoint != none)
        i = (i + 1) & mask;
    fixed_[i] = {hash, static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(path.size()),
                 endpoint_index};
    text_ += path;
}

/// The endpoint of the pattern that is this path, or none.
std::uint32_t route_tree::find_fixed(std::string_view path) const noexcept
{
    if (fixed_.empty()) return none;
    auto const hash = static_cast<std::uint32_t>(base::hash_bytes(path.data(), path.size()));
    std::size_t const mask = fixed_.size() - 1;
    for (std::size_t i = hash & mask; fixed_[i].endpoint != none; i = (i + 1) & mask) {
        auto const& one = fixed_[i];
        if (one.hash == hash && one.text_size == path.size() &&
            base::equal_bytes(text_.data() + one.text_begin, path.data(), path.size()))
            return one.endpoint;
    }
    return none;
}

match route_tree::find(method m, std::string_view decoded_path) const noexcept
{
    assert(decoded_path.size() <= std::numeric_limits<std::uint32_t>::max());
    match result;
    if (nodes_.empty()) return result;
    if (auto const fixed = find_fixed(decoded_path); fixed != none && take(endpoints_[fixed], m, result))
        return result;
    search{*this, decoded_path, result}.run(m);
    if (result.kind == match::found || result.allowed.empty()) return result;
    result.kind = match::method_not_allowed;
    if (result.allowed.contains(method::get)) result.allowed.insert(method::head);
    result.allowed.insert(method::options);
    return result;
}

std::optional<route_tree::redirect> route_tree::slash_redirect(method m, std::string_view decoded_path,
                                                               match const& found) const
{
    if (found.kind != match::not_found && !found.catch_all) return std::nullopt;
    if (decoded_path.empty() || decoded_path == "/") return std::nullopt;
    std::string_view target = decoded_path;
    static thread_local std::string longer; // keeps its memory: every request of a catch-all comes here
    if (decoded_path.back() == '/') {
        target = target.substr(0, target.find_last_not_of('/') + 1); // npos + 1 is 0: "//" gives ""
    } else {
        target = longer.assign(decoded_path).append("/");
    }
    if (found.kind == match::not_found) {
        if (find(method::other, target).kind == match::not_found) return std::nullopt;
        return redirect{std::string{target}, 0};
    }
    match const other = find(m, target);
    if (other.kind != match::found) return std::nullopt;
    if (found.kind == match::found) {
        // The catch-all matches the target, too, unless all that it has captured are the slashes: then it is
        // the more specific one, and else it is what the target has found, or that is.
        bool const covered = target.size() >= found.captures[found.capture_count - 1U].begin;
        if (!covered || other.route == found.route) return std::nullopt;
    }
    return redirect{std::string{target}, other.route};
}

} // namespace serval::routing
