#include "openapi/request.hpp"
#include "unit/openapi/described_app.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace serval::openapi {
namespace {

using namespace serval::params;

enum class sort_order { up, down };

struct wish {
    std::string text;
    defaulted<int> priority = 3;
};

struct page {
    std::optional<int> limit;
    defaulted<sort_order> order = sort_order::down;
    std::string trace_id;
};

struct documented {
    defaulted<int> count = 1;
};
constexpr auto rules(rules_for<documented>)
{
    return model_rules<member<"count", doc("How many")>, member<"count", ge(1)>>{};
}

struct picture {
    upload_file file;
    std::string title;
};

int needs_key(header<"x_key", std::string>)
{
    return 1;
}

int needs_page(depends<&needs_key>, query<"page", int>)
{
    return 1;
}

template <class F>
std::string parameters_of(F handler)
{
    return operation_of(handler).at("parameters").dump();
}

template <class F>
std::string body_of(F handler)
{
    return operation_of(handler).at("requestBody").dump();
}

TEST(request_parameters, have_name_place_and_schema_in_fastapis_order)
{
    EXPECT_EQ(
        parameters_of([](query<"page_size", int, def(10), ge(1), le(100)>) { return 1; }),
        R"([{"name":"page_size","in":"query","required":false,"schema":{"type":"integer","maximum":100,)"
        R"("minimum":1,"default":10,"title":"Page Size"}}])");
}

TEST(request_parameters, stand_by_place_however_the_signature_has_them)
{
    app a;
    a.get("/x/{id}", [](cookie<"c", int>, header<"x_token", std::string>, query<"q", int>, path<"id", int>) {
        return 1;
    });
    std::string seen;
    auto const made = operation_in(a, "/x/{id}", "get");
    for (auto const& one : made.at("parameters"))
        seen += one.at("in").get<std::string>() + ':' + one.at("name").get<std::string>() + ' ';
    EXPECT_EQ(seen, "path:id query:q header:x-token cookie:c ");
}

TEST(request_parameters, may_be_described)
{
    EXPECT_EQ(parameters_of([](query<"q", std::string, doc("Words")>) { return 1; }),
              R"([{"name":"q","in":"query","required":true,"schema":{"type":"string","description":"Words",)"
              R"("title":"Q"},"description":"Words"}])");
}

TEST(request_parameters, that_are_optional_may_be_null)
{
    EXPECT_EQ(
        parameters_of([](query<"q", std::optional<int>, ge(2)>) { return 1; }),
        R"([{"name":"q","in":"query","required":false,"schema":{"anyOf":[{"type":"integer","minimum":2},)"
        R"({"type":"null"}],"title":"Q"}}])");
}

TEST(request_parameters, of_an_enumeration_refer_to_it)
{
    EXPECT_EQ(parameters_of([](query<"o", sort_order, def(sort_order::up)>) { return 1; }),
              R"([{"name":"o","in":"query","required":false,"schema":{"$ref":)"
              R"("#/components/schemas/SortOrder","default":"up"}}])");
    EXPECT_EQ(schema_of([](query<"o", sort_order>) { return 1; }, "SortOrder").dump(),
              R"({"type":"string","enum":["up","down"],"title":"SortOrder"})");
}

TEST(request_parameters, come_from_the_members_of_a_group)
{
    EXPECT_EQ(
        parameters_of([](query_model<page>) { return 1; }),
        R"([{"name":"limit","in":"query","required":false,"schema":{"anyOf":[{"type":"integer"},)"
        R"({"type":"null"}],"title":"Limit"}},{"name":"order","in":"query","required":false,"schema":)"
        R"({"$ref":"#/components/schemas/SortOrder","default":"down"}},{"name":"trace_id","in":"query",)"
        R"("required":true,"schema":{"type":"string","title":"Trace Id"}}])");
}

TEST(request_parameters, of_a_header_group_have_hyphens)
{
    auto const made = operation_of([](header_model<page>) { return 1; }).at("parameters");
    EXPECT_EQ(made.at(2).at("name"), "trace-id");
    EXPECT_EQ(made.at(2).at("in"), "header");
}

TEST(request_parameters, of_a_group_are_no_component_by_themselves)
{
    app a;
    a.get("/x", [](query_model<page>) { return 1; });
    EXPECT_FALSE(document_of(a).at("components").at("schemas").contains("Page"));
}

TEST(request_parameters, include_those_of_dependencies_once)
{
    std::string seen;
    auto const handler = [](query<"own", int>, depends<&needs_page>, depends<&needs_key>) { return 1; };
    auto const made = operation_of(handler);
    for (auto const& one : made.at("parameters"))
        seen += one.at("name").get<std::string>() + ' ';
    EXPECT_EQ(seen, "own page x-key ");
}

TEST(request_parameters, of_one_name_stand_once_and_are_required_if_one_is)
{
    auto const made = operation_of([](query<"page", std::optional<int>>, depends<&needs_page>) {
                          return 1;
                      }).at("parameters");
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(made.at(0).at("name"), "page");
    EXPECT_EQ(made.at(0).at("required"), true);
    EXPECT_EQ(made.at(0).at("schema").at("type"), "integer");
}

TEST(request_parameters, of_the_path_are_declared_even_when_no_parameter_reads_them)
{
    app a;
    a.get("/x/{id:uuid}/{n:int}/{rest:path}", [](path<"n", std::int64_t>, query<"q", int>) { return 1; });
    EXPECT_EQ(operation_in(a, "/x/{id}/{n}/{rest}", "get").at("parameters").dump(),
              R"([{"name":"n","in":"path","required":true,"schema":{"type":"integer","title":"N"}},)"
              R"({"name":"id","in":"path","required":true,"schema":{"type":"string","format":"uuid",)"
              R"("title":"Id"}},{"name":"rest","in":"path","required":true,"schema":{"type":"string",)"
              R"("title":"Rest"}},{"name":"q","in":"query","required":true,"schema":{"type":"integer",)"
              R"("title":"Q"}}])");
}

TEST(request_parameters, that_serval_provides_are_none)
{
    auto const made = operation_of([](request&, background_tasks&) { return 1; });
    EXPECT_FALSE(made.contains("parameters"));
    EXPECT_FALSE(made.contains("requestBody"));
}

TEST(request_body, of_a_model_refers_to_it)
{
    EXPECT_EQ(body_of([](body<wish>) { return 1; }),
              R"({"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Wish"}}},)"
              R"("required":true})");
    EXPECT_EQ(schema_of([](body<wish>) { return 1; }, "Wish").dump(),
              R"({"properties":{"text":{"type":"string","title":"Text"},"priority":{"type":"integer",)"
              R"("title":"Priority","default":3}},"type":"object","required":["text"],"title":"Wish"})");
}

TEST(request_body, that_is_optional_is_not_required)
{
    EXPECT_EQ(body_of([](body<std::optional<wish>>) { return 1; }),
              R"({"content":{"application/json":{"schema":{"anyOf":[{"$ref":"#/components/schemas/Wish"},)"
              R"({"type":"null"}]}}}})");
}

TEST(request_body, of_a_list_has_its_bounds)
{
    EXPECT_EQ(body_of([](body<std::vector<wish>, "", min_length(1), max_length(9)>) { return 1; }),
              R"({"content":{"application/json":{"schema":{"type":"array","items":)"
              R"({"$ref":"#/components/schemas/Wish"},"minItems":1,"maxItems":9}}},"required":true})");
}

TEST(request_body, of_several_parts_has_a_schema_of_its_own)
{
    auto const handler = [](body<wish, "wish">, body<int, "times", def(1)>) { return 1; };
    EXPECT_EQ(body_of(handler), R"({"content":{"application/json":{"schema":{"$ref":)"
                                R"("#/components/schemas/Body_x_x_post"}}},"required":true})");
    EXPECT_EQ(
        schema_of(handler, "Body_x_x_post").dump(),
        R"({"properties":{"wish":{"$ref":"#/components/schemas/Wish"},"times":{"type":"integer",)"
        R"("title":"Times","default":1}},"type":"object","required":["wish"],"title":"Body_x_x_post"})");
}

TEST(request_body, keeps_its_schema_apart_from_that_of_a_like_named_operation)
{
    app a;
    a.post("/a", [](body<int, "x">) { return 1; }).operation_id("do it");
    a.post("/b", [](body<int, "y">) { return 1; }).operation_id("do_it");
    auto const made = document_of(a);
    EXPECT_TRUE(made.at("components").at("schemas").at("Body_do_it").at("properties").contains("x"));
    EXPECT_TRUE(made.at("components").at("schemas").at("Body_do_it_2").at("properties").contains("y"));
    EXPECT_EQ(
        made.at("paths").at("/b").at("post").at("requestBody").at("content").at("application/json").dump(),
        R"({"schema":{"$ref":"#/components/schemas/Body_do_it_2"}})");
}

TEST(request_body, of_parts_that_all_have_defaults_is_not_required)
{
    auto const made = operation_of([](body<int, "a", def(1)>) { return 1; }).at("requestBody");
    EXPECT_FALSE(made.contains("required"));
}

TEST(request_body, of_text_fields_is_urlencoded)
{
    auto const handler = [](form<"name", std::string>, form<"age", int, def(3)>) { return 1; };
    EXPECT_EQ(body_of(handler), R"({"content":{"application/x-www-form-urlencoded":{"schema":{"$ref":)"
                                R"("#/components/schemas/Body_x_x_post"}}},"required":true})");
}

TEST(request_parameters, show_the_bounds_of_a_decimal_where_it_is_a_number)
{
    using serval::decimal;
    auto const handler = [](query<"d", decimal, gt(0)>, query<"o", std::optional<decimal>, ge(1)>) {
        return 1;
    };
    auto const parameters = operation_of(handler).at("parameters");
    EXPECT_EQ(parameters[0].at("schema").dump(),
              R"({"anyOf":[{"type":"number","exclusiveMinimum":0},{"type":"string"}],"title":"D"})");
    EXPECT_EQ(parameters[1].at("schema").dump(),
              R"({"anyOf":[{"type":"number","minimum":1},{"type":"string"},{"type":"null"}],"title":"O"})");
}

TEST(request_body, with_a_file_as_text_is_multipart_too)
{
    auto const handler = [](file<"file", std::string>) { return 1; };
    EXPECT_TRUE(operation_of(handler).at("requestBody").at("content").contains("multipart/form-data"));
}

TEST(request_body, with_files_is_multipart_and_marks_them_twice)
{
    auto const handler = [](file<"photo">, files<"more", std::vector<upload_file>, def_empty>,
                            file<"thumb", std::optional<upload_file>>) { return 1; };
    EXPECT_TRUE(operation_of(handler).at("requestBody").at("content").contains("multipart/form-data"));
    EXPECT_EQ(schema_of(handler, "Body_x_x_post").at("properties").dump(),
              R"({"photo":{"type":"string","format":"binary","contentMediaType":"application/octet-stream",)"
              R"("title":"Photo"},"more":{"items":{"type":"string","format":"binary","contentMediaType":)"
              R"("application/octet-stream"},"type":"array","title":"More","default":[]},"thumb":{"anyOf":)"
              R"([{"type":"string","format":"binary","contentMediaType":"application/octet-stream"},)"
              R"({"type":"null"}],"title":"Thumb"}})");
}

TEST(request_body, of_a_form_model_refers_to_it)
{
    EXPECT_EQ(body_of([](form_model<picture>) { return 1; }),
              R"({"content":{"multipart/form-data":{"schema":{"$ref":"#/components/schemas/Picture"}}},)"
              R"("required":true})");
}

TEST(request_body, of_a_form_model_and_fields_has_all_of_them)
{
    auto const handler = [](form_model<wish>, form<"note", std::string>) { return 1; };
    auto const made = schema_of(handler, "Body_x_x_post");
    EXPECT_EQ(made.at("required").dump(), R"(["text","note"])");
    EXPECT_EQ(made.at("properties").size(), 3U);
}

TEST(request_body, that_the_handler_reads_is_any_bytes_or_any_form)
{
    EXPECT_EQ(body_of([](body_stream&) -> task<int> { co_return 1; }),
              R"({"content":{"application/octet-stream":{"schema":{"type":"string","format":"binary",)"
              R"("contentMediaType":"application/octet-stream"}}}})");
    EXPECT_EQ(body_of([](multipart_reader&) -> task<int> { co_return 1; }),
              R"({"content":{"multipart/form-data":{"schema":{"type":"object"}}}})");
}

TEST(request_body, that_the_handler_reads_may_have_its_media_type)
{
    app a;
    a.post("/x", [](request&) { return 1; }).read_body().request_media_type("text/csv");
    EXPECT_EQ(operation_in(a, "/x", "post").at("requestBody").dump(),
              R"({"content":{"text/csv":{"schema":{"type":"string"}}}})");
}

TEST(request_body, may_have_an_example)
{
    app a;
    a.post("/x", [](body<wish>) { return 1; }).body_example(wish{"a pony", 1});
    EXPECT_EQ(operation_in(a, "/x", "post")
                  .at("requestBody")
                  .at("content")
                  .at("application/json")
                  .at("example")
                  .dump(),
              R"({"text":"a pony","priority":1})");
}

TEST(request_parameters, of_a_path_are_required_though_their_type_be_optional)
{
    app described;
    described.get("/{id}", [](path<"id", std::optional<int>>) { return 1; });
    EXPECT_EQ(operation_in(described, "/{id}", "get").at("parameters").at(0).at("required"), true);
}

TEST(request_parameters, keep_a_description_beside_another_rule)
{
    auto const got = json::parse(parameters_of([](query_model<documented>) { return 1; }));
    EXPECT_EQ(got.at(0).at("description"), "How many");
    EXPECT_EQ(got.at(0).at("schema").at("minimum"), 1);
}

} // namespace
} // namespace serval::openapi
