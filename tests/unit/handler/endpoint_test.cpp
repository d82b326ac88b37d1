// What registration refuses, and that each refusal names the route.
#include "handler/endpoint.hpp"
#include "unit/handler/served_app.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace serval::handler {
namespace {

using namespace serval::params;

struct point {
    int x;
    int y;
};

struct named {
    std::string name;
    point at;
};

struct named_file {
    std::string name;
    upload_file file;
};

enum class color { red, green };

/// Registers `handler` at `pattern` and gives the refusal.
template <class F>
std::string refused(std::string_view pattern, F handler)
{
    app a;
    return refusal([&] { a.get(pattern, handler); });
}

bool mentions(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

TEST(endpoint, names_the_route_and_the_parameter_that_its_pattern_lacks)
{
    auto const text = refused("/items/{id}", [](path<"key", int>) { return 1; });
    EXPECT_EQ(text, "route GET /items/{id}: its handler takes path<\"key\">, but the pattern has no {key}");
}

TEST(endpoint, names_the_path_of_the_group_too)
{
    app a;
    auto& group = a.group("/api").group("/v1");
    auto const text = refusal([&] { group.post("/x", [](path<"id", int>) { return 1; }); });
    EXPECT_TRUE(mentions(text, "route POST /api/v1/x: ")) << text;
}

TEST(endpoint, accepts_a_pattern_with_more_names_than_the_handler_takes)
{
    EXPECT_EQ(refused("/a/{b}/{c}", [](path<"c", int>) { return 1; }), "");
}

TEST(endpoint, refuses_a_default_that_is_no_value_of_the_type)
{
    auto const number = refused("/a", [](query<"n", int, def("five")>) { return 1; });
    EXPECT_TRUE(mentions(number, "route GET /a: query<\"n\">")) << number;
    EXPECT_TRUE(mentions(number, "the default is no value of its type")) << number;
    auto const narrow = refused("/b", [](query<"n", std::int8_t, def(128)>) { return 1; });
    EXPECT_TRUE(mentions(narrow, "route GET /b: query<\"n\">")) << narrow;
    auto const color_text = refused("/c", [](header<"x_color", color, def("blue")>) { return 1; });
    EXPECT_TRUE(mentions(color_text, "route GET /c: header<\"x-color\">")) << color_text;
    EXPECT_EQ(refused("/d", [](query<"c", color, def("green")>, cookie<"d", color, def(color::red)>,
                               query<"o", std::optional<int>, def(3)>) { return 1; }),
              "");
}

TEST(endpoint, refuses_a_constraint_that_does_not_fit_the_type)
{
    auto const length = refused("/a", [](query<"n", int, min_length(3)>) { return 1; });
    EXPECT_TRUE(mentions(length, "route GET /a: query<\"n\">")) << length;
    EXPECT_TRUE(mentions(length, "min_length is for strings, lists and maps only")) << length;
    auto const bound = refused("/b", [](cookie<"s", std::string, ge(3)>) { return 1; });
    EXPECT_TRUE(mentions(bound, "route GET /b: cookie<\"s\">")) << bound;
    auto const fraction = refused("/c", [](query<"n", int, ge(1.5)>) { return 1; });
    EXPECT_TRUE(mentions(fraction, "ge of an integer must be an integer")) << fraction;
    auto const broken = refused("/d", [](query<"s", std::string, pattern("[a-")>) { return 1; });
    EXPECT_TRUE(mentions(broken, "route GET /d: query<\"s\">")) << broken;
}

TEST(endpoint, refuses_two_whole_bodies)
{
    auto const text = refused("/a", [](body<point>, body<named>) { return 1; });
    EXPECT_EQ(text, "route GET /a: several body<> parameters share the body: give each a name, "
                    "body<T, \"name\">");
    EXPECT_NE(refused("/a", [](body<point>, body<int, "n">) { return 1; }), "");
    EXPECT_EQ(refused("/a", [](body<point, "a">, body<int, "n">) { return 1; }), "");
}

point whole_body(body<point> b)
{
    return *b;
}

TEST(endpoint, refuses_parameters_that_read_the_body_in_several_ways)
{
    for (auto const& text :
         {refused("/", [](body<int>, form<"a", int>) { return 1; }),
          refused("/", [](body<int>, file<"a">) { return 1; }),
          refused("/", [](form<"a", int>, body_stream&) -> task<int> { co_return 1; }),
          refused("/", [](body_stream&, multipart_reader&) -> task<int> { co_return 1; }),
          refused("/", [](multipart_reader&, multipart_reader&) -> task<int> { co_return 1; })}) {
        EXPECT_TRUE(mentions(text, "route GET /: its parameters read the body in several ways")) << text;
    }
    EXPECT_EQ(refused("/", [](form<"a", int>, file<"b">, files<"c">, form_model<named_file>) { return 1; }),
              "");
}

TEST(endpoint, refuses_files_where_there_is_only_json)
{
    EXPECT_EQ(refused("/", [](body<named_file>) { return 1; }),
              "route GET /: a JSON body cannot hold an upload_file");
    EXPECT_EQ(refused("/", [] { return std::vector<named_file>(); }),
              "route GET /: its result holds an upload_file");
    EXPECT_TRUE(mentions(refused("/", [](query_model<named_file>) { return 1; }),
                         "a query or header model has scalars and lists of scalars only"));
    EXPECT_TRUE(mentions(refused("/", [](form<"f", upload_file>) { return 1; }), "cannot be read from text"));
    EXPECT_TRUE(mentions(refused("/", [](form_model<named>) { return 1; }),
                         "a form model has scalars, files and lists of them only"));
}

TEST(endpoint, counts_the_bodies_of_dependencies_with_the_handlers)
{
    EXPECT_NE(refused("/a", [](depends<&whole_body>, body<named>) { return 1; }), "");
    EXPECT_EQ(refused("/a", [](depends<&whole_body>) { return 1; }), "");
}

TEST(endpoint, refuses_a_model_or_a_map_where_only_text_can_come_from)
{
    auto const model = refused("/a", [](query<"p", point>) { return 1; });
    EXPECT_EQ(model, "route GET /a: query<\"p\"> has a type that cannot be read from text");
    EXPECT_NE(refused("/a", [](header<"h", std::map<std::string, int>>) { return 1; }), "");
    EXPECT_NE(refused("/a", [](query<"v", std::vector<point>>) { return 1; }), "");
}

TEST(endpoint, refuses_a_list_in_the_path_which_has_one_value)
{
    auto const text = refused("/a/{v}", [](path<"v", std::vector<int>>) { return 1; });
    EXPECT_TRUE(mentions(text, "route GET /a/{v}: path<\"v\">")) << text;
}

TEST(endpoint, refuses_groups_that_are_no_flat_models)
{
    auto const scalar = refused("/a", [](query_model<int>) { return 1; });
    EXPECT_EQ(scalar, "route GET /a: query_model<> needs a model");
    auto const nested = refused("/b", [](query_model<named>) { return 1; });
    EXPECT_TRUE(mentions(nested, "route GET /b: ")) << nested;
    EXPECT_TRUE(mentions(nested, "member \"at\"")) << nested;
    EXPECT_NE(refused("/c", [](header_model<named>) { return 1; }), "");
}

TEST(endpoint, refuses_a_parameter_without_a_name)
{
    EXPECT_EQ(refused("/a", [](query<"", int>) { return 1; }), "route GET /a: a parameter has an empty name");
}

int base_value()
{
    return 1;
}
int derived_value(depends<&base_value> base)
{
    return *base + 1;
}

TEST(endpoint, refuses_overrides_by_which_a_dependency_depends_on_itself)
{
    app a;
    a.get("/loop", [](depends<&derived_value> d) { return *d; });
    a.override_dependency<&base_value>([](depends<&derived_value> d) { return *d; });
    auto const text = refusal([&] { app_impl::freeze(a); });
    EXPECT_EQ(text, "route GET /loop: a dependency depends on itself");
}

TEST(endpoint, leaves_an_app_open_that_could_not_be_frozen)
{
    app a;
    a.get("/loop", [](depends<&derived_value> d) { return *d; });
    a.override_dependency<&base_value>([](depends<&derived_value> d) { return *d; });
    ASSERT_NE(refusal([&] { app_impl::freeze(a); }), "");
    a.override_dependency<&base_value>([] { return 40; });
    EXPECT_NO_THROW(a.get("/more", [] { return 1; }));
    served_app served{a};
    EXPECT_EQ(served.get("/loop").body, "41");
}

struct alignas(64) overaligned {
    int value = 0;
};
overaligned wide()
{
    return {};
}

TEST(endpoint, refuses_a_value_aligned_beyond_what_the_frame_has)
{
    auto const text = refused("/a", [](depends<&wide> w) { return w->value; });
    EXPECT_TRUE(mentions(text, "route GET /a: ")) << text;
}

TEST(endpoint, names_both_routes_of_a_conflict)
{
    app a;
    a.get("/items/{id:int}", [](path<"id", int>) { return 1; });
    auto const text = refusal([&] { a.group("/items").get("/{number:int}", [] { return 2; }); });
    EXPECT_TRUE(mentions(text, "/items/{id:int}")) << text;
    EXPECT_TRUE(mentions(text, "/items/{number:int}")) << text;
    EXPECT_EQ(refusal([&] { a.post("/items/{number:int}", [] { return 2; }); }), "");
}

struct ruled {
    int a;
};
constexpr auto rules(rules_for<ruled>)
{
    return model_rules<member<"b", ge(1)>>{};
}

TEST(endpoint, names_the_model_and_the_rule_that_fits_no_member)
{
    auto const text = refused("/a", [](body<ruled>) { return 1; });
    EXPECT_TRUE(mentions(text, "ruled")) << text;
    EXPECT_TRUE(mentions(text, "\"b\"")) << text;
}

} // namespace
} // namespace serval::handler
