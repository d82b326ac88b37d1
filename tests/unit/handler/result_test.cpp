// What handlers may give, and the response that it becomes.
#include "unit/handler/served_app.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace serval::handler {
namespace {

using namespace serval::params;

struct point {
    int x;
    std::optional<double> y;
};

enum class color { red, green };

/// The answer of a plain handler and of the coroutine that gives the same must be equal.
template <class F>
answer answer_of(F make, int status = 200)
{
    app a;
    a.get("/plain", make).status(status);
    a.get("/coroutine", [make]() -> task<decltype(make())> { co_return make(); }).status(status);
    served_app served{a};
    auto const plain = served.get("/plain");
    auto const coroutine = served.get("/coroutine");
    EXPECT_EQ(plain.status, coroutine.status);
    EXPECT_EQ(plain.type, coroutine.type);
    EXPECT_EQ(plain.body, coroutine.body);
    EXPECT_EQ(plain.failed, coroutine.failed);
    return plain;
}

TEST(result, under_a_status_without_content_is_dropped)
{
    for (int const status : {204, 205, 304})
        EXPECT_EQ(answer_of([] { return 1; }, status).body, "") << status;
}

TEST(result, of_json_keeps_the_order_of_keys)
{
    auto const got = answer_of([] { return json{{"z", 1}, {"a", "ü\n"}, {"f", 10.0}}; });
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.type, "application/json");
    EXPECT_EQ(got.body, "{\"z\":1,\"a\":\"ü\\n\",\"f\":10.0}");
}

TEST(result, of_a_model_has_its_members_in_order)
{
    EXPECT_EQ(answer_of([] { return point{1, {}}; }).body, R"({"x":1,"y":null})");
    EXPECT_EQ(answer_of([] { return point{1, 2.5}; }).type, "application/json");
}

TEST(result, of_containers_and_scalars_is_json)
{
    EXPECT_EQ(answer_of([] { return std::vector<point>{{1, {}}, {2, 3}}; }).body,
              R"([{"x":1,"y":null},{"x":2,"y":3.0}])");
    EXPECT_EQ(answer_of([] { return std::map<std::string, std::vector<bool>>{{"a", {true, false}}}; }).body,
              R"({"a":[true,false]})");
    EXPECT_EQ(answer_of([] { return 5; }).body, "5");
    EXPECT_EQ(answer_of([] { return true; }).body, "true");
    EXPECT_EQ(answer_of([] { return 0.5; }).body, "0.5");
    EXPECT_EQ(answer_of([] { return color::green; }).body, "\"green\"");
    EXPECT_EQ(answer_of([] { return std::optional<int>{}; }).body, "null");
    EXPECT_EQ(answer_of([] { return std::vector<std::string>{"a\"b"}; }).body, R"(["a\"b"])");
}

TEST(result, of_text_is_plain_text_as_it_is)
{
    auto const text = answer_of([] { return std::string{"a\"b\xff"}; });
    EXPECT_EQ(text.type, "text/plain; charset=utf-8");
    EXPECT_EQ(text.body, "a\"b\xff");
    EXPECT_EQ(answer_of([]() -> char const* { return "literal"; }).body, "literal");
}

TEST(result, of_a_response_with_a_value_is_json)
{
    auto const got = answer_of([] { return response(201, json{{"a", 1}}); });
    EXPECT_EQ(got.status, 201);
    EXPECT_EQ(got.type, "application/json");
    EXPECT_EQ(got.body, R"({"a":1})");
    EXPECT_EQ(answer_of([] { return response(201, json("text")); }).body, R"("text")") << "no text/plain";
    EXPECT_EQ(answer_of([] { return response(201, point{1, {}}); }).body, R"({"x":1,"y":null})");
    EXPECT_EQ(answer_of([] { return response(200, std::vector<json>{1, "a"}); }).body, R"([1,"a"])");
    EXPECT_EQ(answer_of([] { return response(400, json{{"a", 1}}, "application/problem+json"); }).type,
              "application/problem+json");
    auto const lost = answer_of([] { return response(200, std::numeric_limits<double>::quiet_NaN()); });
    EXPECT_EQ(lost.status, 500);
    EXPECT_TRUE(lost.failed);
}

TEST(result, of_a_response_with_text_is_that_text)
{
    std::string const text = "owned";
    EXPECT_EQ(answer_of([=] { return response(200, text); }).body, "owned");
    EXPECT_EQ(answer_of([] { return response(200, "literal"); }).body, "literal");
    EXPECT_EQ(answer_of([] { return response(200, ""); }).type, "text/plain; charset=utf-8");
}

TEST(result, of_an_error_with_json_has_it_as_its_detail)
{
    auto const throwing = [](auto const& detail) {
        return answer_of([detail]() -> int { throw http_error::with_json(418, detail); }).body;
    };
    EXPECT_EQ(throwing(json{{"a", 1}}), R"({"detail":{"a":1}})");
    EXPECT_EQ(throwing(point{1, {}}), R"({"detail":{"x":1,"y":null}})");
    EXPECT_EQ(throwing(R"([1])"), R"({"detail":[1]})") << "text is JSON already";
}

TEST(result, of_what_bind_front_makes_of_a_function_is_that_functions)
{
    struct service {
        int step;
        int plain(query<"n", int> n) const { return *n + step; }
        task<int> coroutine(int factor, query<"n", int> n) { co_return *n* factor + step; }
    };
    static service shared{10};
    app a;
    a.get("/shared", std::bind_front(&service::plain, &shared));
    a.get("/owned", std::bind_front(&service::plain, service{20}));
    a.get("/coroutine", std::bind_front(&service::coroutine, &shared, 100));
    a.get("/function", std::bind_front([](int step, query<"n", int> n) { return *n + step; }, 30));
    served_app served{a};
    EXPECT_EQ(served.get("/shared?n=1").body, "11");
    EXPECT_EQ(served.get("/owned?n=1").body, "21");
    EXPECT_EQ(served.get("/coroutine?n=1").body, "110");
    EXPECT_EQ(served.get("/function?n=1").body, "31");
    EXPECT_EQ(served.get("/function").status, 422);
}

TEST(result, of_nothing_is_null)
{
    app a;
    a.get("/plain", [] {});
    a.get("/coroutine", []() -> task<> { co_return; });
    served_app served{a};
    for (auto const* target : {"/plain", "/coroutine"}) {
        auto const got = served.get(target);
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.type, "application/json");
        EXPECT_EQ(got.body, "null");
    }
}

TEST(result, takes_the_status_of_its_route)
{
    EXPECT_EQ(answer_of([] { return 1; }, 201).status, 201);
    EXPECT_EQ(answer_of([] { return 1; }, 201).body, "1");
}

TEST(result, under_a_status_without_a_body_is_empty)
{
    for (int const status : {204, 304}) {
        for (auto const& got :
             {answer_of([] { return 1; }, status), answer_of([] { return std::string{"x"}; }, status)}) {
            EXPECT_EQ(got.status, status);
            EXPECT_EQ(got.type, "");
            EXPECT_EQ(got.body, "");
        }
    }
    app a;
    a.get("/", [] {}).status(204);
    served_app served{a};
    EXPECT_EQ(served.get("/").body, "");
    EXPECT_EQ(served.get("/").status, 204);
}

TEST(result, that_is_a_response_is_sent_as_it_is)
{
    auto const got = answer_of(
        [] {
            response r{202, "<p>", "text/html"};
            r.header("x-a", "1");
            r.cookie("c", "v", "Path=/");
            return r;
        },
        201);
    EXPECT_EQ(got.status, 202) << "the route's status is for values";
    EXPECT_EQ(got.type, "text/html");
    EXPECT_EQ(got.body, "<p>");
    EXPECT_EQ(got.field("x-a"), "1");
    EXPECT_EQ(got.field("set-cookie"), "c=v; Path=/");
}

TEST(result, that_json_cannot_express_is_a_500)
{
    auto const nan = std::numeric_limits<double>::quiet_NaN();
    for (auto const& got : {answer_of([nan] { return nan; }), answer_of([] { return point{1, HUGE_VAL}; }),
                            answer_of([nan] { return json{{"a", {1, nan}}}; }),
                            answer_of([nan] { return std::vector<double>{1, nan}; }, 201)}) {
        EXPECT_EQ(got.status, 500);
        EXPECT_EQ(got.type, "text/plain; charset=utf-8");
        EXPECT_EQ(got.body, "Internal Server Error");
        EXPECT_TRUE(got.failed);
    }
}

/// Says which thread has destroyed it.
struct watched {
    std::string text;

    ~watched()
    {
        if (!text.empty()) ended_on = std::this_thread::get_id();
    }
    static inline std::thread::id ended_on;
};

std::vector<watched> many(std::size_t n)
{
    std::vector<watched> made;
    made.reserve(n);
    for (std::size_t i = 0; i != n; ++i)
        made.push_back({std::string(90, 'x')});
    return made;
}

TEST(result, of_a_coroutine_is_written_and_destroyed_on_the_pool_when_it_is_large)
{
    app a;
    a.get("/{n}", [](path<"n", std::size_t> n) -> task<std::vector<watched>> { co_return many(*n); });
    served_app served{a};
    EXPECT_EQ(served.get("/2").body.size(), 2 * 102U + 1);
    EXPECT_EQ(watched::ended_on, std::this_thread::get_id());
    EXPECT_EQ(served.get("/1000").body.size(), 1000 * 102U + 1);
    EXPECT_NE(watched::ended_on, std::this_thread::get_id());
}

TEST(result, is_written_alike_however_large_it_is)
{
    for (std::size_t const n : {65'533U, 65'534U, 65'535U, 65'536U, 1'000'000U}) {
        EXPECT_EQ(answer_of([n] { return std::vector{std::string(n, 'x')}; }).body.size(), n + 4) << n;
        EXPECT_EQ(answer_of([n] { return json{{"key", std::string(n, 'x')}}; }).body.size(), n + 10) << n;
        EXPECT_EQ(answer_of([n] { return json{{std::string(n, 'x'), 1}}; }).body.size(), n + 6) << n;
        EXPECT_EQ(answer_of([n] { return std::map<std::string, int>{{std::string(n, 'x'), 1}}; }).body.size(),
                  n + 6)
            << n;
        EXPECT_EQ(answer_of([n] { return std::vector<int>(n / 2, 1); }).body.size(), n / 2 * 2 + 1) << n;
        EXPECT_EQ(answer_of([n] { return json(std::vector<int>(n / 2, 1)); }).body.size(), n / 2 * 2 + 1)
            << n;
    }
}

TEST(result, is_checked_however_large_it_is)
{
    app a;
    a.get("/nan", []() -> task<std::vector<double>> {
        std::vector<double> values(100'000, 0.5);
        values.back() = std::numeric_limits<double>::quiet_NaN();
        co_return values;
    });
    a.get("/declared", []() -> task<json> {
         json values = json::array();
         for (int i = 0; i != 20'000; ++i)
             values.push_back(json::object({{"x", i}, {"secret", "text"}}));
         co_return values;
     }).response_model<std::vector<point>>();
    a.get("/undeclared", []() -> task<std::vector<watched>> {
         co_return many(2'000);
     }).response_model<std::vector<point>>();
    served_app served{a};
    EXPECT_EQ(served.get("/nan").status, 500);
    auto const declared = served.get("/declared");
    EXPECT_TRUE(declared.body.starts_with(R"([{"x":0,"y":null},{"x":1,)"));
    EXPECT_TRUE(declared.body.ends_with(R"({"x":19999,"y":null}])"));
    EXPECT_EQ(served.get("/undeclared").status, 500);
}

TEST(result, may_be_a_value_that_can_only_be_moved)
{
    struct unique_answer {
        std::vector<std::string> items;
    };
    EXPECT_EQ(answer_of([] { return unique_answer{{"a"}}; }).body, R"({"items":["a"]})");
}

} // namespace
} // namespace serval::handler
