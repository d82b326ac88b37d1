// The tree against a matcher that is too simple to be wrong: all patterns, tried in order of precedence.
#include "routing/route_table.hpp"
#include "routing/route_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace serval::routing {
namespace {

std::vector<std::string> segments_of(std::string_view path)
{
    std::vector<std::string> segments{""};
    for (char c : path.substr(1)) {
        if (c == '/') {
            segments.emplace_back();
        } else {
            segments.back() += c;
        }
    }
    return segments;
}

bool all_digits(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool is_float(std::string_view text)
{
    std::size_t const dot = text.find('.');
    return all_digits(text.substr(0, dot)) && (dot == text.npos || all_digits(text.substr(dot + 1)));
}

bool is_uuid(std::string text) // sufficient for the generated paths: all hyphens or none
{
    if (text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-') {
        text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
    }
    return text.size() == 32 && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

struct naive_route {
    method m;
    std::uint32_t index;
    std::vector<std::string> segments;
    std::vector<int> ranks; // 0 literal … 5 path

    naive_route(method wanted, std::uint32_t number, std::string_view pattern)
        : m{wanted},
          index{number},
          segments{segments_of(pattern)}
    {
        for (std::string const& segment : segments)
            ranks.push_back(rank_of(segment));
    }

    static int rank_of(std::string const& segment)
    {
        if (!segment.starts_with('{')) return 0;
        if (segment.ends_with(":int}")) return 1;
        if (segment.ends_with(":float}")) return 2;
        if (segment.ends_with(":uuid}")) return 3;
        return segment.ends_with(":path}") ? 5 : 4;
    }

    bool matches(std::string_view path, std::vector<std::string>& captures) const
    {
        captures.clear();
        if (!path.starts_with('/')) return false;
        std::vector<std::string> const parts = segments_of(path);
        for (std::size_t i = 0; i != segments.size(); ++i) {
            if (i >= parts.size()) return false;
            if (ranks[i] == 5) {
                std::string rest = parts[i];
                for (std::size_t j = i + 1; j != parts.size(); ++j)
                    rest += "/" + parts[j];
                captures.push_back(rest);
                return true;
            }
            std::string const& part = parts[i];
            bool const fits = ranks[i] == 0   ? part == segments[i]
                              : ranks[i] == 1 ? all_digits(part)
                              : ranks[i] == 2 ? is_float(part)
                              : ranks[i] == 3 ? is_uuid(part)
                                              : !part.empty();
            if (!fits) return false;
            if (ranks[i] != 0) captures.push_back(part);
        }
        return parts.size() == segments.size();
    }
};

std::string naive_find(std::vector<naive_route> const& by_precedence, method m, std::string_view path)
{
    std::vector<std::string> captures;
    method_set allowed;
    for (std::size_t i = 0; i != by_precedence.size(); ++i) {
        naive_route const& route = by_precedence[i];
        if (!route.matches(path, captures)) continue;
        allowed.insert(route.m);
        // Among routes that match one path, equal ranks mean the same shape: there HEAD goes before GET.
        bool const has_head =
            std::any_of(by_precedence.begin(), by_precedence.end(), [&](naive_route const& other) {
                std::vector<std::string> ignored;
                return other.m == method::head && other.ranks == route.ranks && other.matches(path, ignored);
            });
        bool const fallback = m == method::head && route.m == method::get && !has_head;
        if (route.m != m && !fallback) continue;
        std::string text = std::to_string(route.index) + (fallback ? " head" : "");
        for (std::string const& capture : captures)
            text += " [" + capture + "]";
        return text;
    }
    if (allowed.empty()) return "not found";
    if (allowed.contains(method::get)) allowed.insert(method::head);
    allowed.insert(method::options);
    return allowed.to_allow_string();
}

std::string tree_find(route_tree const& tree, method m, std::string_view wanted)
{
    // Nothing stands after it, so that ASan sees an overrun.
    std::vector<char> const exact(wanted.begin(), wanted.end());
    std::string_view const path{exact.data(), exact.size()};
    match const result = tree.find(m, path);
    if (result.kind == match::not_found) return "not found";
    if (result.kind == match::method_not_allowed) return result.allowed.to_allow_string();
    std::string text = std::to_string(result.route) + (result.head_fallback ? " head" : "");
    for (std::size_t i = 0; i != result.capture_count; ++i)
        text.append(" [").append(result.captures[i].of(path)).append("]");
    return text;
}

class generator {
public:
    explicit generator(std::uint32_t seed) : random_{seed} {}

    std::size_t below(std::size_t n) { return random_() % n; }

    std::string pattern()
    {
        static constexpr char const* kinds[] = {":int", ":float", ":uuid", "", ":str", ":path"};
        std::string text;
        std::size_t const n = 1 + below(4);
        for (std::size_t i = 0; i != n; ++i) {
            text += '/';
            if (below(2) == 0) {
                text += literal();
                continue;
            }
            std::string const kind = kinds[below(i + 1 == n ? 6 : 5)];
            text += "{p" + std::to_string(below(3)) + std::to_string(i) + kind + "}";
        }
        return text;
    }

    std::string path()
    {
        static constexpr char const* values[] = {
            "1.5", "1.",  "123e4567-e89b-12d3-a456-426614174000", "12345678123456781234567812345678",
            "x y", "\xff"};
        std::string text;
        std::size_t const n = 1 + below(5);
        for (std::size_t i = 0; i != n; ++i) {
            text += '/';
            text += below(2) == 0 ? literal() : values[below(std::size(values))];
        }
        if (below(40) == 0) text.erase(0, 1);
        return text;
    }

    method any_method()
    {
        static constexpr method methods[] = {method::get, method::head, method::post, method::delete_,
                                             method::options};
        return methods[below(std::size(methods))];
    }

private:
    /// Few, with shared prefixes, and some that the converters take too.
    std::string literal()
    {
        static constexpr char const* literals[] = {"", "a", "ab", "abc", "b", "1", "12", "1.5", "\xff\xfe"};
        return literals[below(std::size(literals))];
    }

    std::mt19937 random_;
};

TEST(route_tree, agrees_with_trying_all_patterns_in_order)
{
    for (std::uint32_t seed = 0; seed != 150; ++seed) {
        generator random{seed};
        route_table table;
        std::vector<naive_route> naive;
        std::set<std::pair<method, std::u16string>> taken;
        std::size_t const n = 1 + random.below(60);
        for (std::uint32_t index = 0; index != n; ++index) {
            method const m = random.any_method();
            std::string const text = random.pattern();
            path_pattern const pattern{text};
            if (!taken.emplace(m, pattern.shape()).second) {
                EXPECT_THROW(table.add(m, pattern, index, text), std::invalid_argument) << text;
                continue;
            }
            table.add(m, pattern, index, text);
            naive.emplace_back(m, index, text);
        }
        std::sort(naive.begin(), naive.end(),
                  [](naive_route const& a, naive_route const& b) { return a.ranks < b.ranks; });
        route_tree const tree = table.freeze();
        for (int i = 0; i != 200; ++i) {
            std::string const path = random.path();
            method const m = random.any_method();
            ASSERT_EQ(tree_find(tree, m, path), naive_find(naive, m, path))
                << "seed " << seed << ", " << to_string(m) << " " << path;
        }
    }
}

} // namespace
} // namespace serval::routing
