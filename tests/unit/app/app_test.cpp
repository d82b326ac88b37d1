// What an app says of its routes, and what may be changed when.
#include "support/running_server.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/storage_error.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace serval {
namespace {

using namespace serval::params;

int limit()
{
    return 10;
}

int factor()
{
    return 2;
}

task<int> product(depends<&limit> l, depends<&factor> f)
{
    co_return *l** f;
}

class app_test : public testing::Test {
protected:
    settings logged() const
    {
        auto options = test_client::default_settings();
        options.log = log;
        return options;
    }
    std::string answer(char const* target = "/") { return test_client(application).get(target).body; }

    app application;
    std::shared_ptr<test::recording_log> log = std::make_shared<test::recording_log>();
};

TEST_F(app_test, goes_by_the_overrides_that_there_are_when_it_is_served)
{
    application.get("/", product);
    application.override_dependency<&limit>([] { return 5; });
    EXPECT_EQ(answer(), "10");
    application.override_dependency<&factor>([] { return 3; });
    EXPECT_EQ(answer(), "15");
    application.clear_dependency_override<&limit>();
    EXPECT_EQ(answer(), "30");
    application.override_dependency<&limit>([] { return 1; });
    application.clear_dependency_overrides();
    EXPECT_EQ(answer(), "20");
    application.clear_dependency_override<&limit>(); // none: nothing
}

TEST_F(app_test, refuses_overrides_that_would_be_ignored)
{
    application.get("/", product);
    auto const change = [this] {
        EXPECT_THROW(application.override_dependency<&limit>([] { return 5; }), std::logic_error);
        EXPECT_THROW(application.clear_dependency_override<&limit>(), std::logic_error);
        EXPECT_THROW(application.clear_dependency_overrides(), std::logic_error);
    };
    {
        test_client client(application);
        EXPECT_EQ(client.get("/").body, "20");
        change();
        EXPECT_EQ(client.get("/").body, "20");
    }
    test::running_server running(application);
    change();
    running->stop();
    EXPECT_NO_THROW(application.override_dependency<&limit>([] { return 5; }));
}

TEST_F(app_test, logs_and_counts_what_a_handler_for_all_exceptions_has_answered)
{
    application.get("/fails", []() -> task<int> {
        throw std::runtime_error("the database is gone");
        co_return 1;
    });
    application.get("/teapot", []() -> task<int> {
        throw std::logic_error("expected");
        co_return 1;
    });
    application.get("/broken", []() -> task<int> {
        throw std::domain_error("a bug");
        co_return 1;
    });
    application.exception_handler<std::exception>(
        [](request&, std::exception const&) { return response(503, "Sorry"); });
    application.exception_handler<std::logic_error>(
        [](request&, std::logic_error const&) { return response(418, "A teapot"); });
    application.exception_handler<std::domain_error>(
        [](request&, std::domain_error const&) { return response(500, "Oh"); });
    auto options = test::quiet_settings();
    options.log = log;
    test::running_server running(application, options);
    EXPECT_EQ(test::status_of(running.connect().ask(test::get("/fails"))), 503);
    EXPECT_EQ(test::status_of(running.connect().ask(test::get("/teapot"))), 418);
    EXPECT_EQ(test::status_of(running.connect().ask(test::get("/broken"))), 500);
    running->stop();
    EXPECT_EQ(log->count("Exception in GET /fails: the database is gone"), 1U) << log->all();
    EXPECT_EQ(log->count("Exception in GET /broken: a bug"), 1U);
    EXPECT_FALSE(log->contains("expected"));
    EXPECT_EQ(running->stats().handler_errors, 2U);
}

TEST_F(app_test, logs_a_full_disk_whoever_answers_for_it_and_inside_of_middleware_too)
{
    application.middleware([](request& r, next rest) -> task<response> { return rest(r); });
    application.get("/", []() -> task<int> {
        throw storage_error(std::make_error_code(std::errc::no_space_on_device));
        co_return 1;
    });
    application.exception_handler<http_error>(
        [](request&, http_error const& e) { return response(e.status(), json{{"error", "mine"}}); });
    test_client client(application, logged());
    auto const got = client.get("/");
    EXPECT_EQ(got.status, 507);
    EXPECT_EQ(got.body, R"({"error":"mine"})");
    EXPECT_EQ(log->count("Disk trouble in GET /"), 1U) << log->all();
}

TEST_F(app_test, documents_the_tags_of_a_group_whenever_they_were_added)
{
    application.group("/api", {"api"}).get("/first", [] { return 1; }).tags({"mine", "api"});
    application.group("/api/users").get("/second", [] { return 1; });
    application.group("/api", {"api", "late"});
    auto const document = json::parse(application.openapi());
    auto const tags = [&](char const* path) { return document["paths"][path]["get"]["tags"]; };
    EXPECT_EQ(tags("/api/first"), (json{"api", "late", "mine"}));
    EXPECT_EQ(tags("/api/users/second"), (json{"api", "late"}));
}

TEST_F(app_test, never_shows_a_body_that_was_not_read)
{
    application.post("/read", [](request& r) { return std::string(r.body()); }).read_body();
    application.post("/unread", [](request& r) { return std::string(r.body()); });
    application.post("/asks", [](request& r) { return r.body_read(); });
    application.post("/form", [](form<"a", std::string>, request& r) { return std::string(r.body()); });
    test_client client(application, logged());
    EXPECT_EQ(client.post("/read", "text", "text/plain").body, "text");
    EXPECT_EQ(client.post("/unread", "text", "text/plain").status, 500);
    EXPECT_TRUE(log->contains("route::read_body()")) << log->all();
    EXPECT_EQ(client.request("POST", "/unread").body, "") << "it has none";
    EXPECT_EQ(client.post("/asks", "text", "text/plain").body, "false");
    EXPECT_EQ(client.request("POST", "/asks").body, "true");
    EXPECT_EQ(client.post("/form", "a=1", "application/x-www-form-urlencoded").body, "a=1") << "it was read";
    EXPECT_EQ(client.post("/form", test_form().field("a", "1")).status, 500) << "it was not kept";
}

TEST_F(app_test, is_posted_models_and_json_by_the_test_client)
{
    application.post("/", [](body<json> value) { return *value; });
    test_client client(application);
    EXPECT_EQ(client.post_json("/", json{{"a", 1}}).body, R"({"a":1})");
    EXPECT_EQ(client.post_json("/", std::vector<int>{1, 2}).body, "[1,2]");
    EXPECT_EQ(client.post_json("/", R"("text")").body, R"("text")");
}

} // namespace
} // namespace serval
