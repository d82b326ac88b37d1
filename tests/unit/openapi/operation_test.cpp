#include "openapi/operation.hpp"
#include "unit/openapi/described_app.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace serval::openapi {
namespace {

task<int> number()
{
    co_return 1;
}

std::string refusal_of(app const& described)
{
    try {
        static_cast<void>(described.openapi());
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return "not refused";
}

TEST(operation, has_an_id_of_name_path_and_method)
{
    app a;
    a.get("/async/sleep/{seconds:int}", number).name("async_sleep");
    EXPECT_EQ(operation_in(a, "/async/sleep/{seconds}", "get").at("operationId"),
              "async_sleep_async_sleep__seconds__get");
}

TEST(operation, keeps_letters_beyond_ascii_in_its_id)
{
    app a;
    a.get("/größe-x", number).name("size");
    EXPECT_EQ(operation_in(a, "/größe-x", "get").at("operationId"), "size_größe_x_get");
}

TEST(operation, without_a_name_is_called_after_method_and_path)
{
    app a;
    a.del("/items/{id}", number);
    auto const made = operation_in(a, "/items/{id}", "delete");
    EXPECT_EQ(made.at("operationId"), "delete_items_id");
    EXPECT_EQ(made.at("summary"), "Delete Items Id");
}

TEST(operation, without_a_name_gets_a_number_when_its_id_is_taken)
{
    app a;
    a.get("/items/{id}", number);
    a.get("/items/id", number);
    a.get("/other", number).operation_id("get_items_id");
    EXPECT_EQ(operation_in(a, "/items/{id}", "get").at("operationId"), "get_items_id_2");
    EXPECT_EQ(operation_in(a, "/items/id", "get").at("operationId"), "get_items_id_3");
    EXPECT_EQ(operation_in(a, "/other", "get").at("operationId"), "get_items_id");
}

TEST(operation, may_choose_its_id)
{
    app a;
    a.get("/x", number).name("x").operation_id("readX");
    EXPECT_EQ(operation_in(a, "/x", "get").at("operationId"), "readX");
}

TEST(operation, of_the_same_id_as_another_is_refused_and_both_are_named)
{
    app a;
    a.get("/a-b", number).name("read");
    a.get("/a_b", number).name("read");
    EXPECT_EQ(refusal_of(a), "routes GET /a-b and GET /a_b have the same operationId \"read_a_b_get\": give "
                             "one of them another name or operation_id");
}

TEST(operation, that_is_hidden_may_have_any_id)
{
    app a;
    a.get("/a", number).operation_id("same");
    a.get("/b", number).operation_id("same").include_in_schema(false);
    auto const paths = document_of(a).at("paths");
    EXPECT_TRUE(paths.contains("/a"));
    EXPECT_FALSE(paths.contains("/b"));
}

TEST(operation, has_its_keys_in_fastapis_order)
{
    app a;
    a.post("/x", [](params::query<"q", int>, params::body<std::string>) { return 1; })
        .name("x")
        .tags({"one", "two"})
        .description("Does x")
        .deprecated();
    auto const made = operation_in(a, "/x", "post");
    std::string keys;
    for (auto const& [key, value] : made.items())
        keys += key + ' ';
    EXPECT_EQ(keys, "tags summary description operationId deprecated parameters requestBody responses ");
    EXPECT_EQ(made.at("tags"), json::parse(R"(["one","two"])"));
    EXPECT_EQ(made.at("deprecated"), true);
}

TEST(operation, has_the_summary_that_it_was_given)
{
    app a;
    a.get("/x", number).name("x").summary("All of it");
    EXPECT_EQ(operation_in(a, "/x", "get").at("summary"), "All of it");
}

} // namespace
} // namespace serval::openapi
