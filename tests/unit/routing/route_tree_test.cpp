#include "routing/route_table.hpp"
#include "routing/route_tree.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::routing {
namespace {

struct declared {
    method m;
    char const* pattern;
};

/// A tree of these routes; a route's index is its place in the list.
route_tree tree_of(std::initializer_list<declared> routes)
{
    route_table table;
    std::uint32_t index = 0;
    for (declared const& route : routes) {
        table.add(route.m, path_pattern{route.pattern}, index, "route " + std::to_string(index));
        ++index;
    }
    return table.freeze();
}

/// A tree of GET routes.
route_tree get_tree_of(std::initializer_list<char const*> patterns)
{
    route_table table;
    std::uint32_t index = 0;
    for (char const* pattern : patterns)
        table.add(method::get, path_pattern{pattern}, index++, pattern);
    return table.freeze();
}

/// A match in a form that is easy to compare: "1 a b" is route 1 with the captures "a" and "b".
std::string summary(match const& m, std::string_view path)
{
    if (m.kind == match::not_found) return "not found";
    if (m.kind == match::method_not_allowed) return m.allowed.to_allow_string();
    std::string text = std::to_string(m.route);
    if (m.head_fallback) text += " head";
    for (std::size_t i = 0; i != m.capture_count; ++i)
        text.append(" ").append(m.captures[i].of(path));
    return text;
}

std::string found(route_tree const& tree, method m, std::string_view path)
{
    return summary(tree.find(m, path), path);
}

std::string got(route_tree const& tree, std::string_view path)
{
    return found(tree, method::get, path);
}

using redirect = std::optional<std::string>;

redirect redirected(route_tree const& tree, std::string_view path, method m = method::get)
{
    auto const found = tree.slash_redirect(m, path, tree.find(m, path));
    return found ? redirect{found->path} : std::nullopt;
}

TEST(route_tree, finds_nothing_when_it_is_empty)
{
    EXPECT_EQ(got(route_tree{}, "/"), "not found");
    EXPECT_EQ(got(route_table{}.freeze(), ""), "not found");
    EXPECT_EQ(redirected(route_tree{}, "/a"), std::nullopt);
}

TEST(route_tree, finds_literal_paths_exactly)
{
    route_tree const tree = get_tree_of({"/", "/items", "/items/new", "/item", "/items2", "/it/ems/"});
    EXPECT_EQ(got(tree, "/"), "0");
    EXPECT_EQ(got(tree, "/items"), "1");
    EXPECT_EQ(got(tree, "/items/new"), "2");
    EXPECT_EQ(got(tree, "/item"), "3");
    EXPECT_EQ(got(tree, "/items2"), "4");
    EXPECT_EQ(got(tree, "/it/ems/"), "5");
    for (char const* path : {"", "items", "/i", "/it", "/Items", "/items/", "/items/ne", "/items/new2", "//",
                             "//items", "/items//new", "/./items", "/it/ems", "/it/../items", "/items3"}) {
        EXPECT_EQ(got(tree, path), "not found") << path;
    }
}

TEST(route_tree, finds_each_of_many_paths_and_none_that_differs_in_a_byte)
{
    route_table table;
    std::vector<std::string> paths;
    for (std::uint32_t i = 0; i != 600; ++i) {
        paths.push_back("/" + std::string(i % 40, 'x') + std::to_string(i));
        table.add(method::get, path_pattern{paths.back()}, i, paths.back());
    }
    route_tree const tree = table.freeze();
    for (std::uint32_t i = 0; i != paths.size(); ++i) {
        match const hit = tree.find(method::get, paths[i]);
        ASSERT_EQ(hit.kind, match::found) << paths[i];
        EXPECT_EQ(hit.route, i);
        EXPECT_EQ(hit.capture_count, 0);
        EXPECT_EQ(tree.find(method::post, paths[i]).kind, match::method_not_allowed);
        for (std::size_t at = 0; at != paths[i].size(); ++at) {
            std::string other = paths[i];
            other[at] = '_';
            ASSERT_EQ(tree.find(method::get, other).kind, match::not_found) << other;
        }
    }
}

TEST(route_tree, compares_bytes_that_are_no_text)
{
    route_tree const tree = get_tree_of({"/caf\xc3\xa9", "/\xff/{id}", "/a"});
    EXPECT_EQ(got(tree, "/caf\xc3\xa9"), "0");
    EXPECT_EQ(got(tree, "/\xff/x"), "1 x");
    EXPECT_EQ(got(tree, {"/a\0", 3}), "not found");
    EXPECT_EQ(got(tree, {"/\0", 2}), "not found");
    EXPECT_EQ(got(tree, {"/\xff/\0", 4}), std::string("1 \0", 3));
}

TEST(route_tree, finds_a_parameter_that_starts_with_a_zero_byte_beside_literals)
{
    // A parameter's node has the placeholder '\0' for a first byte, which must not be taken for a literal.
    route_tree const tree = get_tree_of({"/a", "/b", "/{id:int}", "/{name}"});
    EXPECT_EQ(got(tree, {"/\0", 2}), std::string("3 \0", 3));
}

TEST(route_tree, captures_whole_segments)
{
    route_tree const tree = get_tree_of({"/users/{user}/posts/{post:int}", "/{a}/{b}/{c}"});
    EXPECT_EQ(got(tree, "/users/ann/posts/17"), "0 ann 17");
    EXPECT_EQ(got(tree, "/x/y y/{z}"), "1 x y y {z}");
    EXPECT_EQ(got(tree, "/users/ann/posts/x"), "not found");
    EXPECT_EQ(got(tree, "/users//posts/17"), "not found");
    EXPECT_EQ(got(tree, "/x/y/"), "not found");
    EXPECT_EQ(got(tree, "/x/y/z/"), "not found");
    match const m = tree.find(method::get, "/users/ann/posts/17");
    EXPECT_EQ(m.captures[0], (span{7, 10}));
    EXPECT_EQ(m.captures[1], (span{17, 19}));
}

TEST(route_tree, captures_up_to_16_parameters)
{
    std::string pattern;
    std::string path;
    std::string expected = "0";
    for (int i = 0; i != 16; ++i) {
        pattern += "/{p" + std::to_string(i) + "}";
        path += "/" + std::to_string(i);
        expected += " " + std::to_string(i);
    }
    EXPECT_EQ(got(get_tree_of({pattern.c_str()}), path), expected);
}

TEST(route_tree, lets_a_path_parameter_take_all_that_is_left)
{
    route_tree const tree = get_tree_of({"/file/{p:path}"});
    EXPECT_EQ(got(tree, "/file/a"), "0 a");
    EXPECT_EQ(got(tree, "/file/a//b/../c/"), "0 a//b/../c/");
    EXPECT_EQ(got(tree, "/file//etc"), "0 /etc");
    EXPECT_EQ(got(tree, "/file/"), "0 ");
    EXPECT_EQ(tree.find(method::get, "/file/").capture_count, 1);
    EXPECT_EQ(got(tree, "/file"), "not found");
    EXPECT_EQ(got(get_tree_of({"/{p:path}"}), "/"), "0 ");
    EXPECT_EQ(got(get_tree_of({"/{p:path}"}), ""), "not found");
}

TEST(route_tree, prefers_the_more_specific_segment)
{
    route_tree const tree = get_tree_of({"/{p:path}", "/{s}", "/{u:uuid}", "/{f:float}", "/{i:int}", "/12",
                                         "/12345678123456781234567812345678"});
    EXPECT_EQ(got(tree, "/12"), "5");
    EXPECT_EQ(got(tree, "/123"), "4 123");
    EXPECT_EQ(got(tree, "/1.5"), "3 1.5");
    EXPECT_EQ(got(tree, "/123e4567-e89b-12d3-a456-426614174000"), "2 123e4567-e89b-12d3-a456-426614174000");
    EXPECT_EQ(got(tree, "/12345678123456781234567812345679"), "4 12345678123456781234567812345679");
    EXPECT_EQ(got(tree, "/12345678123456781234567812345678"), "6");
    EXPECT_EQ(got(tree, "/1a"), "1 1a");
    EXPECT_EQ(got(tree, "/1/2"), "0 1/2");
    EXPECT_EQ(got(tree, "/"), "0 ");
}

TEST(route_tree, prefers_an_earlier_literal_to_a_later_one)
{
    route_tree const tree = get_tree_of({"/{a}/x/y", "/a/{b}/{c}", "/a/{b}/y"});
    EXPECT_EQ(got(tree, "/a/x/y"), "2 x");
    EXPECT_EQ(got(tree, "/b/x/y"), "0 b");
}

TEST(route_tree, goes_back_when_a_more_specific_branch_dead_ends)
{
    route_tree const tree = get_tree_of({"/users/me", "/users/{id:int}/posts", "/users/{name}/likes",
                                         "/{p:path}", "/users/merlin/x", "/users/{name}"});
    EXPECT_EQ(got(tree, "/users/me"), "0");
    EXPECT_EQ(got(tree, "/users/m"), "5 m");
    EXPECT_EQ(got(tree, "/users/mel"), "5 mel");
    EXPECT_EQ(got(tree, "/users/merlin"), "5 merlin");
    EXPECT_EQ(got(tree, "/users/me/likes"), "2 me");
    EXPECT_EQ(got(tree, "/users/7/likes"), "2 7");
    EXPECT_EQ(got(tree, "/users/7/posts"), "1 7");
    EXPECT_EQ(got(tree, "/users/7/other"), "3 users/7/other");
    EXPECT_EQ(got(tree, "/users/merlin/y"), "3 users/merlin/y");
}

TEST(route_tree, goes_back_when_a_more_specific_pattern_lacks_the_method)
{
    route_tree const tree =
        tree_of({{method::get, "/items/me"}, {method::put, "/items/{id}"}, {method::delete_, "/{p:path}"}});
    EXPECT_EQ(found(tree, method::get, "/items/me"), "0");
    EXPECT_EQ(found(tree, method::put, "/items/me"), "1 me");
    EXPECT_EQ(found(tree, method::delete_, "/items/me"), "2 items/me");
}

TEST(route_tree, answers_each_method_of_a_shape_by_its_own_route)
{
    route_tree const tree = tree_of({{method::get, "/items/{id}"},
                                     {method::post, "/items/{name}"},
                                     {method::connect, "/items/{name}"},
                                     {method::patch, "/items/{name}"}});
    EXPECT_EQ(found(tree, method::get, "/items/1"), "0 1");
    EXPECT_EQ(found(tree, method::post, "/items/1"), "1 1");
    EXPECT_EQ(found(tree, method::connect, "/items/1"), "2 1");
    EXPECT_EQ(found(tree, method::patch, "/items/1"), "3 1");
}

TEST(route_tree, answers_head_by_get)
{
    route_tree const tree =
        tree_of({{method::get, "/a/{id}"}, {method::get, "/b"}, {method::head, "/b"}, {method::post, "/c"}});
    EXPECT_EQ(found(tree, method::head, "/a/1"), "0 head 1");
    EXPECT_EQ(found(tree, method::get, "/a/1"), "0 1");
    EXPECT_EQ(found(tree, method::head, "/b"), "2");
    EXPECT_EQ(found(tree, method::get, "/b"), "1");
    EXPECT_EQ(found(tree, method::head, "/c"), "POST, OPTIONS");
}

TEST(route_tree, answers_head_for_the_resource_that_get_would_answer_for)
{
    route_tree const tree = tree_of({{method::get, "/items/me"}, {method::head, "/items/{id}"}});
    EXPECT_EQ(found(tree, method::head, "/items/me"), "0 head");
    EXPECT_EQ(found(tree, method::head, "/items/1"), "1 1");
}

TEST(route_tree, allows_the_methods_of_all_patterns_that_match)
{
    route_tree const tree = tree_of({{method::get, "/items/me"},
                                     {method::put, "/items/{id}"},
                                     {method::delete_, "/{p:path}"},
                                     {method::patch, "/items/{id:int}"},
                                     {method::trace, "/items/me/x"}});
    EXPECT_EQ(found(tree, method::post, "/items/me"), "GET, HEAD, PUT, DELETE, OPTIONS");
    EXPECT_EQ(found(tree, method::post, "/items/7"), "PUT, PATCH, DELETE, OPTIONS");
    EXPECT_EQ(found(tree, method::post, "/x"), "DELETE, OPTIONS");
    EXPECT_EQ(found(tree, method::options, "/items/me"), "GET, HEAD, PUT, DELETE, OPTIONS");
    EXPECT_EQ(tree.find(method::post, "/items/me").capture_count, 0);
}

TEST(route_tree, answers_options_by_a_route_of_its_own_if_there_is_one)
{
    route_tree const tree = tree_of({{method::get, "/a"}, {method::options, "/a"}});
    EXPECT_EQ(found(tree, method::options, "/a"), "1");
    EXPECT_EQ(found(tree, method::post, "/a"), "GET, HEAD, OPTIONS");
}

TEST(route_tree, finds_no_route_for_an_unknown_method)
{
    route_tree const tree = tree_of({{method::get, "/a"}});
    EXPECT_EQ(found(tree, method::other, "/a"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(found(tree, method::other, "/b"), "not found");
}

TEST(route_tree, redirects_to_the_path_with_a_slash_added)
{
    route_tree const tree =
        tree_of({{method::post, "/items/"}, {method::get, "/f/{p:path}"}, {method::get, "/u/{id}/"}});
    EXPECT_EQ(redirected(tree, "/items"), redirect{"/items/"});
    EXPECT_EQ(redirected(tree, "/f"), redirect{"/f/"});
    EXPECT_EQ(redirected(tree, "/u/1"), redirect{"/u/1/"});
    EXPECT_EQ(redirected(tree, "/other"), std::nullopt);
}

TEST(route_tree, redirects_to_the_path_without_its_trailing_slashes)
{
    route_tree const tree = get_tree_of({"/items", "/u/{id}"});
    EXPECT_EQ(redirected(tree, "/items/"), redirect{"/items"});
    EXPECT_EQ(redirected(tree, "/items///"), redirect{"/items"});
    EXPECT_EQ(redirected(tree, "/u/1/"), redirect{"/u/1"});
    EXPECT_EQ(redirected(tree, "/other/"), std::nullopt);
    EXPECT_EQ(redirected(tree, "/u//"), std::nullopt);
}

TEST(route_tree, never_redirects_the_root)
{
    route_tree const tree = get_tree_of({"/items", "/{p:path}"});
    EXPECT_EQ(redirected(tree, "/"), std::nullopt);
    EXPECT_EQ(redirected(tree, "//"), std::nullopt);
    EXPECT_EQ(redirected(tree, ""), std::nullopt);
}

TEST(route_tree, redirects_from_a_catch_all_to_the_route_that_differs_by_a_slash)
{
    route_tree const tree = tree_of({{method::get, "/{rest:path}"},
                                     {method::get, "/items/"},
                                     {method::get, "/users"},
                                     {method::post, "/orders/"},
                                     {method::get, "/files/{p:path}"},
                                     {method::get, "/{name:int}"}});
    EXPECT_EQ(redirected(tree, "/items"), redirect{"/items/"});
    EXPECT_EQ(redirected(tree, "/users/"), redirect{"/users"});
    EXPECT_EQ(redirected(tree, "/users//"), redirect{"/users"});
    EXPECT_EQ(redirected(tree, "/7/"), redirect{"/7"});
    EXPECT_EQ(redirected(tree, "/files"), redirect{"/files/"});
    EXPECT_EQ(redirected(tree, "/files/"), std::nullopt);
    EXPECT_EQ(redirected(tree, "/files/a/"), std::nullopt);
    EXPECT_EQ(redirected(tree, "/other"), std::nullopt);
    EXPECT_EQ(redirected(tree, "/orders"), std::nullopt) << "it has no route for the method";
    EXPECT_EQ(redirected(tree, "/orders", method::post), redirect{"/orders/"});
    EXPECT_EQ(redirected(tree, "/"), std::nullopt);
    EXPECT_EQ(redirected(tree, "//"), std::nullopt);
}

TEST(route_tree, leaves_a_path_to_the_more_specific_of_two_routes_that_differ_by_a_slash)
{
    route_tree const tree = tree_of(
        {{method::get, "/f/{p:path}"}, {method::get, "/{name}"}, {method::post, "/g"}, {method::get, "/g/"}});
    EXPECT_EQ(redirected(tree, "/f/"), std::nullopt);
    EXPECT_EQ(redirected(tree, "/f"), std::nullopt);
    EXPECT_EQ(redirected(tree, "/g", method::put), std::nullopt) << "405: the path exists";
}

TEST(route_tree, searches_patterns_of_many_nested_prefixes_without_recursion)
{
    route_table table;
    std::string pattern;
    for (std::uint32_t i = 0; i != 1000; ++i) {
        pattern += "/a";
        table.add(method::get, path_pattern{pattern}, i, "nested");
    }
    route_tree const tree = table.freeze();
    EXPECT_EQ(got(tree, pattern), "999");
    EXPECT_EQ(got(tree, pattern.substr(0, 1000)), "499");
    EXPECT_EQ(got(tree, pattern + "b"), "not found");
}

} // namespace
} // namespace serval::routing
