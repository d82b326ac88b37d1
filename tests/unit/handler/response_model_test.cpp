#include "handler/response_model.hpp"
#include "model/json_writer.hpp"
#include "served_app.hpp"

#include <serval/decimal.hpp>
#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace serval::handler {
namespace {

struct account {
    std::string name;
    std::string password;
};

struct shown {
    std::string name;
    defaulted<int> age = 3;
};

struct measured {
    std::chrono::microseconds length;
    decimal price;
};

struct closed {
    std::string name;
};
constexpr auto rules(rules_for<closed>)
{
    return model_rules<forbid_extra>{};
}

struct with_file {
    upload_file file;
};

TEST(response_model, sends_only_what_it_declares)
{
    app a;
    a.get("/", [] { return account{"ann", "secret"}; }).response_model<shown>();
    auto const got = served_app{a}.get("/");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.type, "application/json");
    EXPECT_EQ(got.body, R"({"name":"ann","age":3})");
}

TEST(response_model, holds_for_coroutines_and_lists)
{
    app a;
    a.get("/", []() -> task<json> {
         co_return json{{{"name", "ann"}, {"extra", 1}}, {{"name", "bob"}, {"age", "7"}}};
     }).response_model<std::vector<shown>>();
    EXPECT_EQ(served_app{a}.get("/").body, R"([{"name":"ann","age":3},{"name":"bob","age":7}])");
}

TEST(response_model, answers_500_for_a_result_that_is_none)
{
    app a;
    a.get("/", [] { return json{{"name", 1}}; }).response_model<shown>();
    auto const got = served_app{a}.get("/");
    EXPECT_EQ(got.status, 500);
    EXPECT_TRUE(got.failed);
    EXPECT_EQ(got.body, "Internal Server Error");
}

TEST(response_model, writes_scalars_as_in_a_model)
{
    app a;
    a.get("/", [] {
         return std::chrono::microseconds{1'500'000};
     }).response_model<std::chrono::microseconds>();
    a.get("/both", [] { return json{{"length", 60}, {"price", "1.50"}}; }).response_model<measured>();
    served_app served{a};
    EXPECT_EQ(served.get("/").body, R"("PT1.5S")");
    EXPECT_EQ(served.get("/both").body, R"({"length":"PT1M","price":"1.50"})");
}

TEST(response_model, lets_responses_errors_and_empty_answers_pass)
{
    app a;
    a.get("/response", [] { return response{}.body("as it is"); }).response_model<shown>();
    a.get("/error", []() -> json { throw http_error(404); }).response_model<shown>();
    a.get("/empty", [] { return json{{"name", 1}}; }).response_model<shown>().status(204);
    served_app served{a};
    EXPECT_EQ(served.get("/response").body, "as it is");
    EXPECT_EQ(served.get("/error").status, 404);
    EXPECT_EQ(served.get("/empty").status, 204);
}

TEST(response_model, cannot_hold_a_file)
{
    app a;
    auto route = a.get("/files", [] { return 1; });
    EXPECT_EQ(refusal([&] { route.response_model<with_file>(); }),
              "route /files: its response model holds an upload_file");
}

TEST(response_model, leaves_out_what_a_closed_model_does_not_have)
{
    app a;
    a.get("/model", [] { return account{"ann", "secret"}; }).response_model<closed>();
    a.get("/json", [] { return json{{"name", "ann"}, {"password", "secret"}}; }).response_model<closed>();
    served_app served{a};
    EXPECT_EQ(served.get("/model").body, R"({"name":"ann"})");
    EXPECT_EQ(served.get("/json").body, R"({"name":"ann"})");
}

TEST(response_model, keeps_digits_outside_of_a_model)
{
    app a;
    a.get("/", [] { return decimal{"123456789012345678901234567890.10"}; }).response_model<decimal>();
    a.get("/json", [] { return decimal{"0.1000000000000000000001"}; }).response_model<json>();
    served_app served{a};
    EXPECT_EQ(served.get("/").body, R"("123456789012345678901234567890.10")");
    EXPECT_EQ(served.get("/json").body, R"("0.1000000000000000000001")");
}

TEST(response_model, quotes_nothing_of_a_refused_result)
{
    json const given{{"name", 5}, {"password", "secret"}};
    std::string out;
    try {
        append_declared(out, detail::type_of<shown>(), detail::type_of<json>(), &given, model::no_limit);
        FAIL();
    } catch (std::domain_error const& error) {
        EXPECT_STREQ(error.what(), "the handler's result is not what response_model declares: "
                                   "response.name: Input should be a valid string");
    }
}

} // namespace
} // namespace serval::handler
