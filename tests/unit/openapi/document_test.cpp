#include "openapi/document.hpp"
#include "unit/openapi/described_app.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::openapi {
namespace {

task<int> one()
{
    co_return 1;
}

struct leaf {
    int value = 0;
};

struct branch {
    leaf left;
    std::vector<branch> more;
};

namespace shop {
struct item {
    int price = 0;
};
} // namespace shop

struct item {
    std::string name;
};

struct validation_error {
    std::string mine;
};

TEST(document, of_an_app_without_routes_has_no_components)
{
    EXPECT_EQ(app{}.openapi(),
              R"({"openapi":"3.1.0","info":{"title":"serval","version":"0.1.0"},"paths":{}})");
}

TEST(document, shows_one_of_two_routes_whose_paths_differ_by_a_converter)
{
    app described;
    described.get("/items/{x:int}", [](params::path<"x", int>) { return 1; }).name("first");
    described.get("/items/{x}", [](params::path<"x", std::string>) { return 1; }).name("second");
    auto const text = described.openapi();
    EXPECT_NE(text.find("first_items"), std::string::npos);
    EXPECT_EQ(text.find("second_items"), std::string::npos);
}

TEST(document, says_what_the_app_says_of_itself)
{
    app const a{
        {.title = "Shop",
         .version = "2.0",
         .description = "Sells",
         .summary = "A shop",
         .terms_of_service = "https://example.com/terms",
         .contact = api_contact{.name = "Ada", .url = "https://example.com", .email = "a@example.com"},
         .license = api_license{.name = "MIT", .identifier = "MIT"},
         .servers = {{.url = "/api", .description = "Behind the proxy"}, {.url = "https://x.test"}},
         .openapi_tags = {{.name = "items", .description = "What there is"}, {.name = "users"}}}};
    EXPECT_EQ(
        a.openapi(),
        R"({"openapi":"3.1.0","info":{"title":"Shop","summary":"A shop","description":"Sells",)"
        R"("termsOfService":"https://example.com/terms","contact":{"name":"Ada","url":"https://example.com",)"
        R"("email":"a@example.com"},"license":{"name":"MIT","identifier":"MIT"},"version":"2.0"},)"
        R"("servers":[{"url":"/api","description":"Behind the proxy"},{"url":"https://x.test"}],"paths":{},)"
        R"("tags":[{"name":"items","description":"What there is"},{"name":"users"}]})");
}

TEST(document, escapes_what_the_app_says)
{
    app const a{{.title = "\"<\x01"}};
    EXPECT_EQ(document_of(a).at("info").at("title"), "\"<\x01");
}

TEST(document, joins_the_methods_of_a_path_in_the_order_of_the_routes)
{
    app a;
    a.post("/b/{id}", one);
    a.get("/a", one);
    a.head("/b/{id:int}", one); // another shape, the same path to a reader
    a.options("/a", one);
    std::string seen;
    auto const made = document_of(a);
    for (auto const& [path, item] : made.at("paths").items()) {
        seen += path;
        for (auto const& [method, operation] : item.items())
            seen += ' ' + method;
        seen += ';';
    }
    EXPECT_EQ(seen, "/b/{id} post head;/a get options;");
}

TEST(document, has_all_models_that_can_be_reached_sorted_by_name)
{
    app a;
    a.get("/x", []() -> task<branch> { co_return branch{}; });
    auto const schemas = document_of(a).at("components").at("schemas");
    EXPECT_EQ(schemas.dump(),
              R"({"Branch":{"properties":{"left":{"$ref":"#/components/schemas/Leaf"},"more":{"items":)"
              R"({"$ref":"#/components/schemas/Branch"},"type":"array","title":"More"}},"type":"object",)"
              R"("required":["left","more"],"title":"Branch"},"Leaf":{"properties":{"value":{"type":)"
              R"("integer","title":"Value"}},"type":"object","required":["value"],"title":"Leaf"}})");
}

TEST(document, keeps_models_of_the_same_name_apart)
{
    app a;
    a.post("/a", [](params::body<item>) { return shop::item{}; }).name("a");
    auto const made = document_of(a);
    auto const& operation = made.at("paths").at("/a").at("post");
    auto const in = operation.at("requestBody").at("content").at("application/json").at("schema").at("$ref");
    auto const out =
        operation.at("responses").at("200").at("content").at("application/json").at("schema").at("$ref");
    EXPECT_NE(in, out);
    for (auto const& ref : {in, out}) {
        auto const key = ref.get<std::string>().substr(std::string{"#/components/schemas/"}.size());
        EXPECT_TRUE(made.at("components").at("schemas").contains(key)) << key;
    }
}

TEST(document, keeps_a_model_apart_from_fastapis_own)
{
    app a;
    a.post("/a", [](params::body<validation_error>) { return 1; }).name("a");
    auto const schemas = document_of(a).at("components").at("schemas");
    EXPECT_EQ(schemas.size(), 3U);
    EXPECT_TRUE(schemas.at("ValidationError").at("properties").contains("loc"));
}

TEST(document, has_the_validation_errors_only_where_a_request_can_be_refused)
{
    app a;
    a.get("/x", one);
    EXPECT_FALSE(document_of(a).contains("components"));
    a.get("/y/{id}", [](params::path<"id", int>) { return 1; });
    EXPECT_EQ(document_of(a).at("components").at("schemas").size(), 2U);
}

} // namespace
} // namespace serval::openapi
