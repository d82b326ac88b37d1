#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace serval {
namespace {

int from_query(params::query<"token", std::string>)
{
    return 1;
}

std::string start_refused(app& a)
{
    try {
        test_client client{a};
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return "not refused";
}

class served_document : public testing::Test {
protected:
    served_document()
    {
        application.get("/x", [](params::query<"q", int>) { return 1; }).name("x");
    }
    app application;
};

TEST_F(served_document, is_that_of_the_app)
{
    auto const expected = application.openapi();
    test_client client{application};
    auto const got = client.get("/openapi.json");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.header("content-type"), "application/json");
    EXPECT_EQ(got.body, expected);
    EXPECT_EQ(application.openapi(), expected); // also once it is frozen
}

TEST_F(served_document, does_not_describe_itself)
{
    test_client client{application};
    auto const got = json::parse(client.get("/openapi.json").body);
    EXPECT_EQ(got.at("paths").size(), 1U);
}

TEST_F(served_document, is_not_sent_to_a_client_that_has_it)
{
    test_client client{application};
    auto const tag = std::string{client.get("/openapi.json").header("etag").value_or("none")};
    EXPECT_TRUE(tag.starts_with('"')) << tag;
    auto const again = client.get("/openapi.json", {{"if-none-match", tag}});
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.header("etag"), tag);
    auto const other = client.get("/openapi.json", {{"if-none-match", "\"x\""}});
    EXPECT_EQ(other.status, 200);
}

TEST_F(served_document, has_another_tag_when_it_is_another)
{
    app other{{.title = "Other"}};
    test_client one{application};
    test_client two{other};
    EXPECT_NE(one.get("/openapi.json").header("etag"), two.get("/openapi.json").header("etag"));
}

TEST_F(served_document, is_served_by_each_server_of_an_app)
{
    test_client one{application};
    test_client two{application};
    EXPECT_EQ(one.get("/openapi.json").body, two.get("/openapi.json").body);
}

TEST_F(served_document, passes_through_the_apps_middleware)
{
    application.middleware([](request& r, next rest) -> task<response> {
        response answer = co_await rest(r);
        answer.header("x-seen", "yes");
        co_return answer;
    });
    test_client client{application};
    EXPECT_EQ(client.get("/openapi.json").header("x-seen"), "yes");
}

TEST(api_document, may_be_somewhere_else)
{
    app a{{.openapi_url = "/api/v1/schema"}};
    test_client client{a};
    EXPECT_EQ(client.get("/api/v1/schema").status, 200);
    EXPECT_EQ(client.get("/openapi.json").status, 404);
}

TEST(api_document, may_be_nowhere)
{
    app a{{.openapi_url = ""}};
    test_client client{a};
    EXPECT_EQ(client.get("/openapi.json").status, 404);
    EXPECT_TRUE(a.openapi().starts_with("{\"openapi\":"));
}

TEST(api_document, leaves_a_route_of_the_application_its_place)
{
    app a;
    a.get("/openapi.json", []() -> task<std::string> { co_return "mine"; });
    test_client client{a};
    EXPECT_EQ(client.get("/openapi.json").body, "mine");
}

TEST(api_document, is_beside_the_applications_other_methods_of_its_place)
{
    app a;
    a.post("/openapi.json", []() -> task<std::string> { co_return "mine"; });
    test_client client{a};
    EXPECT_EQ(client.get("/openapi.json").header("content-type"), "application/json");
    EXPECT_EQ(client.post("/openapi.json", "", "text/plain").body, "mine");
}

TEST(api_document, stands_before_a_route_that_takes_any_path)
{
    app a;
    a.get("/{rest:path}", []() -> task<std::string> { co_return "mine"; });
    test_client client{a};
    EXPECT_EQ(client.get("/openapi.json").header("content-type"), "application/json");
    EXPECT_EQ(client.get("/other").body, "mine");
}

TEST(api_document, is_at_a_path_without_parameters)
{
    app a{{.openapi_url = "/x/{y}"}};
    EXPECT_EQ(start_refused(a), "openapi_url \"/x/{y}\" must be a path without parameters");
}

TEST(api_document, with_one_id_twice_keeps_the_app_from_starting)
{
    app a;
    a.get("/a", [] { return 1; }).operation_id("same");
    a.get("/b", [] { return 1; }).operation_id("same");
    EXPECT_EQ(start_refused(a), "routes GET /a and GET /b have the same operationId \"same\": give one of "
                                "them another name or operation_id");
}

TEST(api_document, shows_the_dependencies_that_were_declared)
{
    app a;
    a.get("/x", [](params::depends<&from_query>) { return 1; }).name("x");
    auto const before = a.openapi();
    a.override_dependency<&from_query>([] { return 2; });
    test_client client{a};
    EXPECT_EQ(client.get("/openapi.json").body, before);
    EXPECT_NE(before.find("\"token\""), std::string::npos);
}

} // namespace
} // namespace serval
