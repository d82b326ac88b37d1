#include "openapi/responses.hpp"
#include "unit/openapi/described_app.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace serval::openapi {
namespace {

struct answer {
    std::string text;
};

struct complaint {
    std::string detail;
};

generator<std::string> lines()
{
    co_yield "a\n";
}

generator<answer> answers()
{
    answer one{"a"};
    co_yield one;
}

generator<sse_event> events()
{
    sse_event one{"a"};
    co_yield one;
}

template <class F>
std::string content_of_result(F handler)
{
    return operation_of(handler).at("responses").at("200").at("content").dump();
}

TEST(responses, of_a_model_refer_to_it)
{
    EXPECT_EQ(operation_of([] { return answer{}; }).at("responses").dump(),
              R"({"200":{"description":"Successful Response","content":{"application/json":{"schema":)"
              R"({"$ref":"#/components/schemas/Answer"}}}}})");
}

TEST(responses, of_other_values_are_titled_after_the_operation)
{
    EXPECT_EQ(content_of_result([] { return std::vector<answer>{}; }),
              R"({"application/json":{"schema":{"type":"array","items":)"
              R"({"$ref":"#/components/schemas/Answer"},"title":"Response X X Post"}}})");
    EXPECT_EQ(content_of_result([] { return std::map<std::string, int>{}; }),
              R"({"application/json":{"schema":{"type":"object","additionalProperties":{"type":"integer"},)"
              R"("title":"Response X X Post"}}})");
}

TEST(responses, of_json_void_and_response_could_be_anything)
{
    EXPECT_EQ(content_of_result([] { return json{}; }), R"({"application/json":{"schema":{}}})");
    EXPECT_EQ(content_of_result([] {}), R"({"application/json":{"schema":{}}})");
    EXPECT_EQ(content_of_result([] { return response{}; }), R"({"application/json":{"schema":{}}})");
}

TEST(responses, of_strings_are_text)
{
    EXPECT_EQ(content_of_result([] { return std::string{}; }),
              R"({"text/plain":{"schema":{"type":"string"}}})");
    EXPECT_EQ(content_of_result([]() -> task<std::string> { co_return std::string{}; }),
              R"({"text/plain":{"schema":{"type":"string"}}})");
}

TEST(responses, of_generators_have_their_media_type)
{
    EXPECT_EQ(content_of_result(lines), R"({"text/plain":{"schema":{"type":"string"}}})");
    EXPECT_EQ(content_of_result(answers), R"({"application/x-ndjson":{"schema":{"type":"string"},)"
                                          R"("x-itemSchema":{"$ref":"#/components/schemas/Answer"}}})");
    auto const made = operation_of(events).at("responses").at("200").at("content").at("text/event-stream");
    EXPECT_EQ(made.at("x-itemSchema").at("properties").at("data").dump(), R"({"type":"string"})");
}

TEST(responses, have_the_media_type_that_the_route_says)
{
    app a;
    a.get("/x", [] { return response{}; }).media_type("image/png").response_description("A picture");
    EXPECT_EQ(operation_in(a, "/x", "get").at("responses").dump(),
              R"({"200":{"description":"A picture","content":{"image/png":{"schema":{"type":"string"}}}}})");
}

TEST(responses, of_another_json_type_keep_their_schema)
{
    app a;
    a.get("/x", [] { return answer{}; }).media_type("application/hal+json");
    EXPECT_EQ(operation_in(a, "/x", "get").at("responses").at("200").at("content").dump(),
              R"({"application/hal+json":{"schema":{"$ref":"#/components/schemas/Answer"}}})");
}

TEST(responses, have_the_status_of_the_route)
{
    app a;
    a.post("/x", [] { return answer{}; }).status(201);
    EXPECT_TRUE(operation_in(a, "/x", "post").at("responses").contains("201"));
    EXPECT_FALSE(operation_in(a, "/x", "post").at("responses").contains("200"));
}

TEST(responses, without_a_body_have_no_content)
{
    app a;
    a.del("/x", [] {}).status(204);
    EXPECT_EQ(operation_in(a, "/x", "delete").at("responses").dump(),
              R"({"204":{"description":"Successful Response"}})");
}

TEST(responses, include_those_that_the_route_documents)
{
    app a;
    a.get("/x/{id}", [](params::path<"id", int>) { return answer{}; })
        .name("x")
        .response<complaint>(404, "No such thing")
        .response(410)
        .response<int>(599);
    EXPECT_EQ(operation_in(a, "/x/{id}", "get").at("responses").dump(),
              R"({"200":{"description":"Successful Response","content":{"application/json":{"schema":)"
              R"({"$ref":"#/components/schemas/Answer"}}}},"404":{"description":"No such thing","content":)"
              R"({"application/json":{"schema":{"$ref":"#/components/schemas/Complaint"}}}},"410":)"
              R"({"description":"Gone"},"599":{"description":"Additional Response","content":)"
              R"({"application/json":{"schema":{"type":"integer","title":"Response 599 X X  Id  Get"}}}},)"
              R"("422":{"description":"Validation Error","content":{"application/json":{"schema":)"
              R"({"$ref":"#/components/schemas/HTTPValidationError"}}}}})");
}

TEST(responses, of_the_successful_status_may_be_documented_by_a_type)
{
    app a;
    a.get("/x", [] { return json{}; }).response<answer>(200);
    EXPECT_EQ(operation_in(a, "/x", "get").at("responses").dump(),
              R"({"200":{"description":"Successful Response","content":{"application/json":{"schema":)"
              R"({"$ref":"#/components/schemas/Answer"}}}}})");
}

TEST(responses, with_a_422_of_the_route_have_no_other)
{
    app a;
    a.get("/x", [](params::query<"q", int>) { return 1; }).response<complaint>(422, "Bad");
    auto const made = document_of(a);
    EXPECT_EQ(made.at("paths").at("/x").at("get").at("responses").at("422").at("description"), "Bad");
    EXPECT_FALSE(made.at("components").at("schemas").contains("HTTPValidationError"));
}

TEST(responses, of_no_http_status_are_refused)
{
    app a;
    auto made = a.get("/x", [] { return 1; });
    EXPECT_THROW(made.response(99), std::invalid_argument);
    EXPECT_THROW(made.response(600), std::invalid_argument);
}

} // namespace
} // namespace serval::openapi
