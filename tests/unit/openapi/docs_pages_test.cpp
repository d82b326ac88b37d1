#include "openapi/docs_pages.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace serval::openapi {
namespace {

// Any bytes do where only the pages are looked at.
constexpr docs_asset embedded[] = {
    {"swagger-ui-bundle.js", "a1", "gzip", 4}, {"swagger-ui-bundle.js.LICENSE.txt", "a2", "gzip", 4},
    {"swagger-ui.css", "a3", "gzip", 4},       {"favicon-32x32.png", "a4", "gzip", 4},
    {"redoc.standalone.js", "b1", "gzip", 4},  {"redoc.standalone.js.LICENSE.txt", "b2", "gzip", 4}};

docs_settings usual()
{
    return {.title = "Notes", .openapi_url = "/openapi.json", .docs_url = "/docs", .redoc_url = "/redoc"};
}

std::string html_of(docs_settings const& settings, std::size_t page = 0)
{
    return make_docs_pages(settings, embedded).at(page).page.text;
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::vector<std::string> paths_of(docs_page const& page)
{
    std::vector<std::string> made{page.page.path};
    for (auto const& file : page.files)
        made.push_back(file.path);
    return made;
}

std::string refusal_of(docs_settings const& settings)
{
    try {
        make_docs_pages(settings, embedded);
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return "none";
}

TEST(docs_pages, swagger_ui_brings_its_files_below_its_own_address)
{
    auto const pages = make_docs_pages(usual(), embedded);
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_EQ(paths_of(pages[0]),
              (std::vector<std::string>{"/docs", "/docs/assets/favicon-32x32.png",
                                        "/docs/assets/swagger-ui.css", "/docs/assets/swagger-ui-bundle.js",
                                        "/docs/assets/swagger-ui-bundle.js.LICENSE.txt",
                                        "/docs/assets/swagger-ui-start.js"}));
    EXPECT_EQ(paths_of(pages[1]), (std::vector<std::string>{"/redoc", "/redoc/assets/favicon-32x32.png",
                                                            "/redoc/assets/redoc.standalone.js",
                                                            "/redoc/assets/redoc.standalone.js.LICENSE.txt",
                                                            "/redoc/assets/redoc-start.js"}));
}

TEST(docs_pages, files_have_their_types)
{
    std::vector<std::string> types;
    auto const pages = make_docs_pages(usual(), embedded);
    for (auto const& file : pages[0].files)
        types.push_back(file.content_type);
    EXPECT_EQ(types, (std::vector<std::string>{"image/png", "text/css; charset=utf-8",
                                               "text/javascript; charset=utf-8", "text/plain; charset=utf-8",
                                               "text/javascript; charset=utf-8"}));
}

TEST(docs_pages, a_page_refers_to_files_by_relative_addresses_with_their_hash)
{
    auto const html = html_of(usual());
    EXPECT_TRUE(contains(html, "<script src=\"./docs/assets/swagger-ui-bundle.js?a1\"></script>")) << html;
    EXPECT_TRUE(contains(html, "data-openapi-url=\"./openapi.json\"")) << html;
    EXPECT_FALSE(contains(html, "http")) << html;
    EXPECT_EQ(make_docs_pages(usual(), embedded)[0].files[0].revision, "a4");
}

TEST(docs_pages, relative_addresses_climb_out_of_folders)
{
    auto settings = usual();
    settings.docs_url = "/api/v1/docs/";
    settings.openapi_url = "/api/openapi.json";
    auto const html = html_of(settings);
    EXPECT_TRUE(contains(html, "data-openapi-url=\"./../../../api/openapi.json\"")) << html;
    EXPECT_TRUE(contains(html, "src=\"./../../../api/v1/docs/assets/swagger-ui-start.js\"")) << html;
    EXPECT_EQ(make_docs_pages(settings, embedded)[0].files[0].path, "/api/v1/docs/assets/favicon-32x32.png");
}

TEST(docs_pages, swagger_ui_may_be_the_root)
{
    auto settings = usual();
    settings.docs_url = "/";
    auto const page = make_docs_pages(settings, embedded)[0];
    EXPECT_EQ(page.files[0].path, "/assets/favicon-32x32.png");
    EXPECT_TRUE(contains(page.page.text, "src=\"./assets/swagger-ui-start.js\"")) << page.page.text;
}

TEST(docs_pages, addresses_are_encoded_and_titles_escaped)
{
    auto settings = usual();
    settings.title = R"(<b>"Tom" & 'Jerry'</b>)";
    settings.openapi_url = "/a \"b\"/100%.json";
    settings.swagger_ui_parameters = R"({"docExpansion":"<none>"})";
    auto const html = html_of(settings);
    EXPECT_TRUE(contains(
        html, "<title>&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt; - Swagger UI</title>"))
        << html;
    EXPECT_TRUE(contains(html, "data-openapi-url=\"./a%20%22b%22/100%25.json\"")) << html;
    EXPECT_TRUE(contains(html, "data-parameters=\"{&quot;docExpansion&quot;:&quot;&lt;none&gt;&quot;}\""))
        << html;
}

TEST(docs_pages, titles_can_be_set)
{
    auto settings = usual();
    EXPECT_TRUE(contains(html_of(settings, 1), "<title>Notes - ReDoc</title>"));
    settings.docs_title = "Try me";
    settings.redoc_title = "Read me";
    EXPECT_TRUE(contains(html_of(settings, 0), "<title>Try me</title>"));
    EXPECT_TRUE(contains(html_of(settings, 1), "<title>Read me</title>"));
}

TEST(docs_pages, scripts_are_files_and_the_policy_allows_no_others)
{
    for (auto const& page : make_docs_pages(usual(), embedded)) {
        auto const& policy = page.page.security_policy;
        EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; ")) << policy;
        EXPECT_FALSE(contains(policy, "http")) << policy;
        EXPECT_FALSE(contains(page.page.text, "<script>")) << page.page.text;
    }
}

TEST(docs_pages, the_policy_lets_requests_go_to_the_servers_of_the_document)
{
    auto settings = usual();
    settings.servers = {"/v1",
                        "https://api.example.com/v1",
                        "http://127.0.0.1:8000",
                        "https://{region}.example.com",
                        "https://a; script-src *",
                        "https://"};
    auto const policy = make_docs_pages(settings, embedded)[0].page.security_policy;
    EXPECT_TRUE(
        contains(policy, "; connect-src 'self' https://api.example.com http://127.0.0.1:8000; base-uri"))
        << policy;
}

TEST(docs_pages, without_embedded_files_they_come_from_a_cdn_with_their_hashes)
{
    auto const pages = make_docs_pages(usual(), {});
    for (auto const* const name : {"swagger-ui-bundle.js", "swagger-ui.css"}) {
        auto const remote = remote_docs_asset(name);
        EXPECT_TRUE(contains(pages[0].page.text, std::string{remote.address} + "\" integrity=\"" +
                                                     std::string{remote.integrity} +
                                                     "\" crossorigin=\"anonymous\""))
            << pages[0].page.text;
    }
    EXPECT_TRUE(contains(pages[1].page.text, remote_docs_asset("redoc.standalone.js").integrity));
    EXPECT_EQ(paths_of(pages[0]), (std::vector<std::string>{"/docs", "/docs/assets/swagger-ui-start.js"}));
    EXPECT_TRUE(
        contains(pages[0].page.security_policy,
                 "script-src 'self' " + std::string{remote_docs_asset("swagger-ui-bundle.js").address} + ";"))
        << pages[0].page.security_policy;
}

TEST(docs_pages, addresses_of_the_cdn_name_the_versions_that_are_embedded)
{
    EXPECT_TRUE(contains(remote_docs_asset("swagger-ui-bundle.js").address,
                         "/swagger-ui-dist@" + std::string{swagger_ui_version} + "/"));
    EXPECT_TRUE(contains(remote_docs_asset("swagger-ui.css").address,
                         "/swagger-ui-dist@" + std::string{swagger_ui_version} + "/"));
    EXPECT_TRUE(contains(remote_docs_asset("redoc.standalone.js").address,
                         "/redoc@" + std::string{redoc_version} + "/"));
}

TEST(docs_pages, an_empty_address_turns_a_page_off)
{
    auto settings = usual();
    settings.docs_url.clear();
    ASSERT_EQ(make_docs_pages(settings, embedded).size(), 1U);
    EXPECT_EQ(make_docs_pages(settings, embedded)[0].page.path, "/redoc");
    settings.redoc_url.clear();
    EXPECT_TRUE(make_docs_pages(settings, embedded).empty());
}

TEST(docs_pages, without_a_document_there_are_no_pages)
{
    auto settings = usual();
    settings.openapi_url.clear();
    EXPECT_TRUE(make_docs_pages(settings, embedded).empty());
}

TEST(docs_pages, an_address_must_be_a_path_without_parameters)
{
    for (auto const* const address :
         {"docs", "http://a/docs", "//a/docs", "/docs/{x}", "/docs?x", "/docs#x"}) {
        auto settings = usual();
        settings.docs_url = address;
        EXPECT_EQ(refusal_of(settings),
                  "app_info::docs_url is \"" + std::string{address} +
                      "\": it must be a path like \"/docs\", without parameters, or empty");
    }
}

TEST(docs_pages, two_equal_addresses_are_refused)
{
    auto settings = usual();
    settings.redoc_url = "/docs";
    EXPECT_EQ(refusal_of(settings), "app_info::docs_url and redoc_url are both \"/docs\"");
    settings.redoc_url = "";
    settings.docs_url = "/openapi.json";
    EXPECT_EQ(refusal_of(settings), "app_info::openapi_url and docs_url are both \"/openapi.json\"");
}

TEST(docs_pages, parameters_that_are_no_json_object_are_refused)
{
    for (auto const* const parameters : {"[]", "deepLinking", "{", "null"}) {
        auto settings = usual();
        settings.swagger_ui_parameters = parameters;
        EXPECT_EQ(refusal_of(settings), "app_info::swagger_ui_parameters must be a JSON object")
            << parameters;
    }
}

} // namespace
} // namespace serval::openapi
