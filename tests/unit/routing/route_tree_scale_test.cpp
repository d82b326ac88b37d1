// What a lookup costs: no memory, and little more with 10 000 routes than with one.
#include "routing/route_table.hpp"
#include "routing/route_tree.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace {

std::atomic<std::size_t> allocations{0};

} // namespace

// Not inlined: g++ 12 would take one that is inlined for a mismatch with the other.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}

[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept
{
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept
{
    std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace serval::routing {
namespace {

static_assert(noexcept(std::declval<route_tree const&>().find(method::get, std::string_view{})));

constexpr std::uint32_t many = 10'000;

std::string numbered(std::uint32_t i)
{
    std::string const digits = std::to_string(i);
    return std::string(5 - digits.size(), '0') + digits;
}

route_tree tree_with_many_siblings()
{
    route_table table;
    for (std::uint32_t i = 0; i != many; ++i) {
        table.add(method::get, path_pattern{"/resource" + numbered(i)}, i, "list");
        table.add(method::get, path_pattern{"/resource" + numbered(i) + "/{id}/part/{part:int}"}, many + i,
                  "part");
        table.add(method::get, path_pattern{"/v1/" + numbered(i) + "x"}, 2 * many + i, "versioned");
    }
    return table.freeze();
}

TEST(route_tree, finds_each_of_10_000_siblings)
{
    route_tree const tree = tree_with_many_siblings();
    for (std::uint32_t i = 0; i != many; ++i) {
        std::string const name = "/resource" + numbered(i);
        ASSERT_EQ(tree.find(method::get, name).route, i);
        std::string const part = name + "/ann/part/7";
        match const found = tree.find(method::get, part);
        ASSERT_EQ(found.route, many + i);
        ASSERT_EQ(found.captures[0].of(part), "ann");
        ASSERT_EQ(found.captures[1].of(part), "7");
        ASSERT_EQ(tree.find(method::get, "/v1/" + numbered(i) + "x").route, 2 * many + i);
        ASSERT_EQ(tree.find(method::get, "/v1/" + numbered(i)).kind, match::not_found);
    }
}

TEST(route_tree, finds_without_allocating)
{
    route_tree const tree = tree_with_many_siblings();
    std::string_view const paths[] = {"/resource00042", "/resource09999/ann/part/7",
                                      "/nothing",       "/resource00042/a/part/xx",
                                      "/v1/00001x",     "/v1/00001"};
    std::size_t const before = allocations;
    std::size_t found = 0;
    for (std::string_view path : paths) {
        for (method m : {method::get, method::head, method::post, method::options})
            found += tree.find(m, path).kind == match::found ? 1U : 0U;
    }
    std::size_t const after = allocations;
    EXPECT_EQ(after, before);
    EXPECT_EQ(found, 6U); // three of the paths, by GET and HEAD
    EXPECT_NE(before, 0U) << "the counting operator new is not the one in use";
}

TEST(route_tree, enters_each_node_once_where_naive_backtracking_is_exponential)
{
    // 2^12 patterns that all match any path of twelve numbers but for its end: the worst that so many nodes
    // allow. A search that entered nodes again would not end within the test's time.
    route_table table;
    constexpr std::uint32_t depth = 12;
    for (std::uint32_t bits = 0; bits != 1U << depth; ++bits) {
        std::string pattern;
        for (std::uint32_t i = 0; i != depth; ++i)
            pattern += "/{p" + std::to_string(i) + ((bits >> i & 1U) != 0 ? ":int}" : "}");
        table.add(method::get, path_pattern{pattern + "/end"}, bits, "pattern");
    }
    route_tree const tree = table.freeze();
    std::string path;
    for (std::uint32_t i = 0; i != depth; ++i)
        path += "/1";
    EXPECT_EQ(tree.find(method::get, path + "/end").route, (1U << depth) - 1);
    for (int i = 0; i != 100; ++i)
        ASSERT_EQ(tree.find(method::get, path + "/other").kind, match::not_found);
}

} // namespace
} // namespace serval::routing
