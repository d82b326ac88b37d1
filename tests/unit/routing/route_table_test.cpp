#include "routing/route_table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace serval::routing {
namespace {

/// The text of the error that adding this route causes; empty if there is none.
std::string error_of_adding(route_table& table, method m, char const* pattern, char const* name)
{
    try {
        table.add(m, path_pattern{pattern}, 99, name);
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return {};
}

TEST(route_table, names_both_routes_of_a_conflict)
{
    route_table table;
    table.add(method::get, path_pattern{"/items/{id}"}, 1, "read_item");
    EXPECT_EQ(
        error_of_adding(table, method::get, "/items/{name:str}", "get_item"),
        "The route \"get_item\" (GET /items/{name:str}) conflicts with \"read_item\" (GET /items/{id}): "
        "they match the same requests.");
}

TEST(route_table, finds_conflicts_of_every_shape)
{
    for (char const* pattern :
         {"/", "/a", "/a/", "/{x}", "/{x:int}/b", "/{x:float}", "/{x:uuid}/", "/a/{x:path}"}) {
        route_table table;
        EXPECT_EQ(error_of_adding(table, method::post, pattern, "first"), "") << pattern;
        EXPECT_NE(error_of_adding(table, method::post, pattern, "second"), "") << pattern;
    }
}

TEST(route_table, has_no_conflict_between_different_shapes_or_methods)
{
    route_table table;
    for (char const* pattern :
         {"/", "/a", "/a/", "/A", "/{x}", "/{x:int}", "/{x:float}", "/{x:uuid}", "/{x:path}"})
        EXPECT_EQ(error_of_adding(table, method::get, pattern, "route"), "") << pattern;
    EXPECT_EQ(error_of_adding(table, method::put, "/{other_name}", "route"), "");
    EXPECT_EQ(error_of_adding(table, method::head, "/a", "route"), "");
}

TEST(route_table, knows_which_methods_a_shape_has)
{
    route_table table;
    table.add(method::get, path_pattern{"/items/{id}"}, 1, "read_item");
    EXPECT_TRUE(table.contains(method::get, path_pattern{"/items/{other}"}));
    EXPECT_FALSE(table.contains(method::put, path_pattern{"/items/{id}"}));
    EXPECT_FALSE(table.contains(method::get, path_pattern{"/items/{id:int}"}));
}

TEST(route_table, is_unchanged_by_a_conflict)
{
    route_table table;
    table.add(method::get, path_pattern{"/a"}, 1, "first");
    EXPECT_NE(error_of_adding(table, method::get, "/a", "second"), "");
    EXPECT_EQ(table.freeze().find(method::get, "/a").route, 1U);
}

TEST(route_table, refuses_the_unknown_method)
{
    route_table table;
    EXPECT_EQ(error_of_adding(table, method::other, "/a", "odd"),
              "The route \"odd\" (/a) has a method that serval does not know.");
    EXPECT_EQ(table.freeze().find(method::get, "/a").kind, match::not_found);
}

TEST(route_table, can_grow_after_a_tree_was_frozen_without_changing_it)
{
    route_table table;
    table.add(method::get, path_pattern{"/a"}, 1, "a");
    route_tree const before = table.freeze();
    table.add(method::get, path_pattern{"/b"}, 2, "b");
    EXPECT_EQ(before.find(method::get, "/b").kind, match::not_found);
    EXPECT_EQ(table.freeze().find(method::get, "/b").route, 2U);
}

} // namespace
} // namespace serval::routing
