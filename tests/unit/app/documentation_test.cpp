#include "openapi/docs_assets.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace serval {
namespace {

// The addresses of the page's own files, as a browser would ask for them.
std::vector<std::string> files_of(std::string_view html)
{
    std::vector<std::string> found;
    for (std::string_view const attribute : {" src=\"./", " href=\"./"}) {
        for (std::size_t at = 0; (at = html.find(attribute, at)) != std::string_view::npos;) {
            at += attribute.size();
            auto const file = html.substr(at, html.find('"', at) - at);
            if (file != "openapi.json") found.push_back('/' + std::string{file});
        }
    }
    return found;
}

TEST(documentation, every_app_has_two_pages)
{
    app application{{.title = "Notes"}};
    test_client client{application};
    for (auto const& [path, title] :
         {std::pair{"/docs", "Notes - Swagger UI"}, {"/redoc", "Notes - ReDoc"}}) {
        auto const answer = client.get(path);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
        EXPECT_NE(answer.body.find("<title>" + std::string{title} + "</title>"), std::string::npos);
        EXPECT_TRUE(answer.header("content-security-policy"));
        EXPECT_TRUE(answer.header("etag"));
    }
}

TEST(documentation, every_file_that_a_page_names_is_served)
{
    app application;
    test_client client{application};
    for (auto const* const page : {"/docs", "/redoc"}) {
        auto const files = files_of(client.get(page).body);
        EXPECT_FALSE(files.empty());
        for (auto const& file : files)
            EXPECT_EQ(client.get(file).status, 200) << file;
    }
}

TEST(documentation, embedded_files_are_whole_in_both_forms)
{
    if (openapi::docs_assets().empty()) GTEST_SKIP() << "SERVAL_DOCS_ASSETS is off, or there was no network";
    app application;
    test_client client{application};
    for (auto const& asset : openapi::docs_assets()) {
        bool const redoc = asset.name.starts_with("redoc");
        std::string const path = (redoc ? "/redoc/assets/" : "/docs/assets/") + std::string{asset.name};
        auto const plain = client.get(path);
        EXPECT_EQ(plain.status, 200);
        EXPECT_EQ(plain.body.size(), asset.size) << path;
        auto const compressed = client.get(path, {{"Accept-Encoding", "gzip"}});
        EXPECT_EQ(compressed.body, asset.gzip) << path;
    }
}

TEST(documentation, an_empty_address_turns_a_page_off)
{
    app application{{.docs_url = ""}};
    test_client client{application};
    EXPECT_EQ(client.get("/docs").status, 404);
    EXPECT_EQ(client.get("/docs/assets/swagger-ui-start.js").status, 404);
    EXPECT_EQ(client.get("/redoc").status, 200);
}

TEST(documentation, without_a_document_there_is_none)
{
    app application{{.openapi_url = ""}};
    test_client client{application};
    EXPECT_EQ(client.get("/docs").status, 404);
    EXPECT_EQ(client.get("/redoc").status, 404);
}

TEST(documentation, the_applications_own_route_is_served_instead)
{
    app application;
    application.get("/docs", [] { return std::string{"my own"}; });
    test_client client{application};
    EXPECT_EQ(client.get("/docs").body, "my own");
    EXPECT_EQ(client.get("/docs/assets/swagger-ui-start.js").status, 404);
}

TEST(documentation, another_method_at_the_same_address_is_no_conflict)
{
    app application;
    application.post("/docs", [] { return std::string{"posted"}; });
    test_client client{application};
    EXPECT_EQ(client.get("/docs").status, 200);
    EXPECT_EQ(client.post("/docs", "", "text/plain").body, "posted");
}

TEST(documentation, a_parameter_in_the_place_of_the_address_is_passed_by)
{
    app application;
    application.get("/{name}", [](params::path<"name", std::string> name) { return *name; });
    test_client client{application};
    EXPECT_EQ(client.get("/docs").header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(client.get("/other").body, "other");
}

TEST(documentation, the_pages_wear_the_middleware_of_the_app)
{
    app application;
    application.middleware([](request& r, next rest) -> task<response> {
        response answer = co_await rest(r);
        answer.header("x-seen", "yes");
        co_return answer;
    });
    test_client client{application};
    EXPECT_EQ(client.get("/docs").header("x-seen"), "yes");
    EXPECT_EQ(client.get("/docs/assets/swagger-ui-start.js").header("x-seen"), "yes");
}

TEST(documentation, one_app_can_be_served_twice)
{
    app application;
    test_client first{application};
    test_client second{application};
    EXPECT_EQ(first.get("/docs").status, 200);
    EXPECT_EQ(second.get("/docs").status, 200);
}

TEST(documentation, settings_that_cannot_be_are_an_error_at_start)
{
    app application{{.redoc_url = "redoc"}};
    EXPECT_THROW(test_client{application}, std::invalid_argument);
}

} // namespace
} // namespace serval
