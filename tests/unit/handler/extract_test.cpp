// From a request to the arguments of a handler, with all that can be wrong.
#include "unit/handler/served_app.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace serval::handler {
namespace {

using namespace serval::params;

struct item {
    std::string name;
    double price;
};

struct user {
    std::string nick;
    defaulted<int> age = 7;
};

struct paging {
    defaulted<int> limit = 10;
    std::optional<std::string> sort;
    std::vector<int> ids;
};

struct tracing {
    std::string x_trace;
    defaulted<int> x_depth = 1;
};

std::string missing(std::string_view loc)
{
    return R"({"type":"missing","loc":[)" + std::string{loc} + R"(],"msg":"Field required","input":null})";
}

std::string bad_int(std::string_view loc, std::string_view input)
{
    return R"({"type":"int_parsing","loc":[)" + std::string{loc} +
           R"(],"msg":"Input should be a valid integer, unable to parse string as an integer","input":")" +
           std::string{input} + "\"}";
}

std::string detail_of(std::initializer_list<std::string> errors)
{
    std::string text = "{\"detail\":[";
    for (auto const& error : errors) {
        if (text.back() != '[') text += ',';
        text += error;
    }
    return text + "]}";
}

int needs_both(header<"h", int>, query<"deep", int>)
{
    return 1;
}

int needs_another(depends<&needs_both>, query<"d", int>)
{
    return 1;
}

TEST(extract, reports_dependencies_then_path_query_header_cookie_and_body_whatever_the_signature)
{
    app a;
    a.post("/{p}", [](body<item>, cookie<"c", int>, header<"x_h", int>, query<"q", int>, path<"p", int>,
                      query<"r", int>, depends<&needs_another>) { return 1; });
    served_app served{a};
    auto const got = served.post("/bad?deep=e", "{}");
    EXPECT_EQ(got.status, 422);
    EXPECT_EQ(got.type, "application/json");
    EXPECT_EQ(
        got.body,
        detail_of({bad_int(R"("query","deep")", "e"), missing(R"("header","h")"), missing(R"("query","d")"),
                   bad_int(R"("path","p")", "bad"), missing(R"("query","q")"), missing(R"("query","r")"),
                   missing(R"("header","x-h")"), missing(R"("cookie","c")"),
                   R"({"type":"missing","loc":["body","name"],"msg":"Field required","input":{}})",
                   R"({"type":"missing","loc":["body","price"],"msg":"Field required","input":{}})"}));
}

int calls = 0;

int inner_call(query<"n", int> n)
{
    ++calls;
    return *n;
}

int outer_call(depends<&inner_call> d)
{
    ++calls;
    return *d;
}

TEST(extract, calls_neither_handler_nor_dependency_when_their_parameters_are_wrong)
{
    calls = 0;
    app a;
    a.get("/", [](depends<&outer_call> d) {
        ++calls;
        return *d;
    });
    served_app served{a};
    EXPECT_EQ(served.get("/").status, 422);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(served.get("/?n=4").body, "4");
    EXPECT_EQ(calls, 3);
}

TEST(extract, lets_invalid_json_mask_the_errors_of_parameters)
{
    app a;
    a.post("/", [](query<"q", int>, body<item>) { return 1; });
    served_app served{a};
    EXPECT_EQ(served.post("/", "{\"é\":1,}").body,
              R"({"detail":[{"type":"json_invalid","loc":["body",6],"msg":"JSON decode error","input":{},)"
              R"("ctx":{"error":"Illegal trailing comma before end of object"}}]})");
    EXPECT_EQ(served.post("/", "\xff").body, R"({"detail":"There was an error parsing the body"})");
    EXPECT_EQ(served.post("/", "\xff").status, 400);
}

TEST(extract, takes_the_last_duplicate_of_a_query_parameter_and_all_for_a_list)
{
    app a;
    a.get("/one", [](query<"v", int> v) { return *v; });
    a.get("/all", [](query<"v", std::vector<int>> v) { return *v; });
    a.get("/some", [](query<"v", std::optional<std::vector<int>>> v) { return *v; });
    a.get("/none", [](query<"v", std::vector<int>, def_empty> v) { return *v; });
    served_app served{a};
    EXPECT_EQ(served.get("/one?v=1&w=9&v=2").body, "2");
    EXPECT_EQ(served.get("/one?v=1&v=").body, detail_of({bad_int(R"("query","v")", "")}));
    EXPECT_EQ(served.get("/all?v=1&w=9&v=2").body, "[1,2]");
    EXPECT_EQ(served.get("/all").body, detail_of({missing(R"("query","v")")}));
    EXPECT_EQ(served.get("/all?v=1&v=x&v=").body,
              detail_of({bad_int(R"("query","v",1)", "x"), bad_int(R"("query","v",2)", "")}));
    EXPECT_EQ(served.get("/some").body, "null");
    EXPECT_EQ(served.get("/some?v=3").body, "[3]");
    EXPECT_EQ(served.get("/none").body, "[]");
    EXPECT_EQ(served.get("/none?v=1&v=2").body, "[1,2]");
}

TEST(extract, gives_defaults_and_empty_optionals_to_what_is_absent)
{
    app a;
    a.get("/", [](query<"i", int, def(-3)> i, query<"s", std::string, def("a\"b")> s,
                  query<"f", double, def(0.5)> f, query<"b", bool, def(true)> b,
                  query<"o", std::optional<int>> o, query<"p", std::optional<int>, def(4)> p,
                  header<"h", std::string, def("x")> h, cookie<"c", std::optional<std::string>> c) {
        return json{*i, *s, *f, *b, o->has_value(), **p, *h, c->has_value()};
    });
    served_app served{a};
    EXPECT_EQ(served.get("/").body, R"([-3,"a\"b",0.5,true,false,4,"x",false])");
    EXPECT_EQ(served.get("/?i=1&s=&f=2&b=off&o=5&p=6", {{"h", "y"}, {"cookie", "c=1"}}).body,
              R"([1,"",2.0,false,true,6,"y",true])");
}

TEST(extract, reads_a_header_by_its_name_with_hyphens_in_any_case)
{
    app a;
    a.get("/", [](header<"x_token", std::string> token, header<"accept", std::vector<std::string>> all) {
        return json{*token, *all};
    });
    served_app served{a};
    EXPECT_EQ(served.get("/", {{"X-TOKEN", "a"}, {"Accept", "b"}, {"x-token", "c"}, {"ACCEPT", "d, e"}}).body,
              R"(["a",["b","d, e"]])");
    EXPECT_EQ(served.get("/", {{"x_token", "a"}}).body,
              detail_of({missing(R"("header","x-token")"), missing(R"("header","accept")")}));
}

TEST(extract, reads_cookies)
{
    app a;
    a.get("/", [](cookie<"a_b", int> c, cookie<"s", std::string> s) { return json{*c, *s}; });
    served_app served{a};
    EXPECT_EQ(served.get("/", {{"cookie", "x=1; a_b=2; s=\"q\""}}).body, R"([2,"q"])");
    EXPECT_EQ(served.get("/", {{"cookie", "a_b=z"}}).body,
              detail_of({bad_int(R"("cookie","a_b")", "z"), missing(R"("cookie","s")")}));
}

TEST(extract, reads_a_query_model)
{
    app a;
    a.get("/", [](query_model<paging> p) { return json{*p->limit, p->sort.value_or("-"), p->ids}; });
    served_app served{a};
    EXPECT_EQ(served.get("/?ids=1&ids=2&limit=5&sort=up&more=1").body, R"([5,"up",[1,2]])");
    EXPECT_EQ(served.get("/?ids=1").body, R"([10,"-",[1]])");
    EXPECT_EQ(served.get("/?ids=1&limit=x").body, detail_of({bad_int(R"("query","limit")", "x")}));
}

TEST(extract, reads_headers_and_cookies_as_utf8_with_bad_bytes_replaced)
{
    app a;
    a.get("/", [](header<"x", std::string> one, header<"x", std::vector<std::string>> all,
                  cookie<"c", std::string> c, header_model<tracing> t) {
        return json{*one == "\xEF\xBF\xBD\xC3\xBC", all->back() == "\xEF\xBF\xBD", *c == "\xEF\xBF\xBD",
                    t->x_trace == "\xC3\xBC\xEF\xBF\xBD"};
    });
    a.get("/email", [](header<"from", email> from, cookie<"c", email> c) { return json{*from, *c}; });
    served_app served{a};
    EXPECT_EQ(served
                  .get("/", {{"x", "\xFF\xC3\xBC"},
                             {"x", "\xED"},
                             {"cookie", "c=\"\\377\""},
                             {"x-trace", "\xC3\xBC\xF0\x9F"}})
                  .body,
              "[true,true,true,true]");
    for (std::string const bad : {"a@b\xF0\x83\x80\x82\x63om", "a@b\xC0\xAE\x63om"}) {
        EXPECT_EQ(served.get("/email", {{"from", bad}, {"cookie", "c=a@b.com"}}).status, 422);
        EXPECT_EQ(served.get("/email", {{"from", "a@b.com"}, {"cookie", "c=" + bad}}).status, 422);
    }
    EXPECT_EQ(served.get("/email", {{"from", "a@b.com"}, {"cookie", "c=a@b.com"}}).status, 200);
}

TEST(extract, reads_a_header_model)
{
    app a;
    a.get("/", [](header_model<tracing> t) { return json{t->x_trace, *t->x_depth}; });
    served_app served{a};
    EXPECT_EQ(served.get("/", {{"X-Trace", "t"}, {"x-depth", "3"}}).body, R"(["t",3])");
    EXPECT_EQ(served.get("/", {{"X-Trace", "t"}}).body, R"(["t",1])");
    EXPECT_EQ(served.get("/", {{"X-Trace", "first"}, {"X-Trace", "second"}}).body, R"(["first",1])")
        << "as a header<> alone would";
}

TEST(extract, reads_a_whole_body_of_any_kind)
{
    app a;
    a.post("/model", [](body<user> u) { return json{u->nick, *u->age}; });
    a.post("/scalar", [](body<int> n) { return *n; });
    a.post("/list", [](body<std::vector<int>> v) { return *v; });
    a.post("/map", [](body<std::map<std::string, int>> m) { return *m; });
    a.post("/json", [](body<json> j) { return *j; });
    served_app served{a};
    EXPECT_EQ(served.post("/model", R"({"nick":"n"})").body, R"(["n",7])");
    EXPECT_EQ(served.post("/model", R"([])").body,
              R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid )"
              R"(dictionary or object to extract fields from","input":[]}]})");
    EXPECT_EQ(served.post("/scalar", "5").body, "5");
    EXPECT_EQ(served.post("/scalar", "\"x\"").body, detail_of({bad_int("\"body\"", "x")}));
    EXPECT_EQ(served.post("/list", "[1,2]").body, "[1,2]");
    EXPECT_EQ(served.post("/list", "[1,\"x\"]").body, detail_of({bad_int("\"body\",1", "x")}));
    EXPECT_EQ(served.post("/map", "{\"b\":1,\"a\":2}").body, "{\"a\":2,\"b\":1}");
    EXPECT_EQ(served.post("/json", "{\"b\":[1.0,null],\"a\":{}}").body, "{\"b\":[1.0,null],\"a\":{}}");
}

TEST(extract, reads_embedded_bodies_by_their_keys)
{
    app a;
    a.post("/two", [](body<item, "item"> i, body<user, "user"> u) { return json{i->name, u->nick}; });
    a.post("/one", [](body<int, "n", def(3)> n) { return *n; });
    served_app served{a};
    EXPECT_EQ(served.post("/two", R"({"user":{"nick":"u"},"item":{"name":"i","price":1}})").body,
              R"(["i","u"])");
    EXPECT_EQ(served.post("/two", R"({"item":{"name":"i"}})").body,
              R"({"detail":[{"type":"missing","loc":["body","item","price"],"msg":"Field required",)"
              R"("input":{"name":"i"}},{"type":"missing","loc":["body","user"],"msg":"Field required",)"
              R"("input":null}]})");
    auto const both = detail_of({missing(R"("body","item")"), missing(R"("body","user")")});
    EXPECT_EQ(served.post("/two", "[]").body, both);
    EXPECT_EQ(served.send("POST", "/two").body, both);
    EXPECT_EQ(served.post("/one", "{}").body, "3");
    EXPECT_EQ(served.post("/one", R"({"n":null})").body, "3");
    EXPECT_EQ(served.post("/one", R"({"n":4,"n":5})").body, "5");
}

TEST(extract, takes_an_absent_or_null_body_for_none)
{
    app a;
    a.post("/optional", [](body<std::optional<item>> i) { return json(i->has_value()); });
    a.post("/required", [](body<item>) { return 1; });
    served_app served{a};
    EXPECT_EQ(served.send("POST", "/optional").body, "false");
    EXPECT_EQ(served.post("/optional", "null").body, "false");
    EXPECT_EQ(served.post("/optional", R"({"name":"a","price":1})").body, "true");
    EXPECT_EQ(served.post("/required", "").body, detail_of({missing("\"body\"")}));
    EXPECT_EQ(served.post("/required", "null").body, detail_of({missing("\"body\"")}));
}

TEST(extract, takes_a_body_that_is_not_declared_as_json_for_text)
{
    app a;
    a.post("/item", [](body<item>) { return 1; });
    a.post("/text", [](body<std::string> s, request& r) { return json{*s, r.body()}; });
    served_app served{a};
    for (auto const& headers : {served_app::fields{}, served_app::fields{{"content-type", "text/plain"}}}) {
        EXPECT_EQ(
            served.send("POST", "/item", headers, R"({"name":"a","price":1})").body,
            R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid )"
            R"(dictionary or object to extract fields from","input":"{\"name\":\"a\",\"price\":1}"}]})");
        EXPECT_EQ(served.send("POST", "/text", headers, "a\"b").body, R"(["a\"b","a\"b"])")
            << "and the request still has the bytes that were sent";
    }
    served_app::fields const merge{{"content-type", "Application/Merge-Patch+JSON; charset=utf-8"}};
    EXPECT_EQ(served.send("POST", "/item", merge, R"({"name":"a","price":1})").body, "1");
}

TEST(extract, waits_for_a_body_that_has_not_arrived)
{
    app a;
    a.post("/", [](body<int> n) { return *n; });
    a.post("/small", [](body<int> n) { return *n; }).max_body(3);
    served_app served{a};
    for (bool const late : {false, true}) {
        served.late_body = late;
        EXPECT_EQ(served.post("/", "12").body, "12");
        EXPECT_EQ(served.post("/small", "123").body, "123");
        EXPECT_EQ(served.post("/small", "1234").status, 413);
        EXPECT_EQ(served.post("/", "{").status, 422);
    }
}

TEST(extract, checks_the_constraints_of_every_source)
{
    app a;
    a.post("/{p}", [](path<"p", int, ge(1)>, query<"q", std::string, min_length(2), pattern("^a")>,
                      header<"h", double, lt(1.5)>, query<"l", std::vector<int>, max_length(1)>,
                      body<std::vector<int>, "b", min_length(2)>,
                      query<"o", std::optional<int>, multiple_of(3)>) { return 1; });
    served_app served{a};
    auto const got = served.send("POST", "/0?q=b&l=1&l=2&o=4",
                                 {{"h", "1.5"}, {"content-type", "application/json"}}, R"({"b":[1]})");
    EXPECT_EQ(
        got.body,
        detail_of(
            {R"({"type":"greater_than_equal","loc":["path","p"],"msg":"Input should be greater than or )"
             R"(equal to 1","input":"0","ctx":{"ge":1}})",
             R"({"type":"string_too_short","loc":["query","q"],"msg":"String should have at least )"
             R"(2 characters","input":"b","ctx":{"min_length":2}})",
             R"({"type":"too_long","loc":["query","l"],"msg":"List should have at most 1 item after )"
             R"(validation, not 2","input":["1","2"],"ctx":{"field_type":"List","max_length":1,)"
             R"("actual_length":2}})",
             R"({"type":"multiple_of","loc":["query","o"],"msg":"Input should be a multiple of 3",)"
             R"("input":"4","ctx":{"multiple_of":3}})",
             R"({"type":"less_than","loc":["header","h"],"msg":"Input should be less than 1.5",)"
             R"("input":"1.5","ctx":{"lt":1.5}})",
             R"({"type":"too_short","loc":["body","b"],"msg":"List should have at least 2 items after )"
             R"(validation, not 1","input":[1],"ctx":{"field_type":"List","min_length":2,)"
             R"("actual_length":1}})"}));
}

TEST(extract, says_nothing_of_the_items_of_a_list_that_is_too_long)
{
    app a;
    a.get("/", [](query<"l", std::vector<int>, max_length(1)>) { return 1; });
    served_app served{a};
    EXPECT_EQ(served.get("/?l=x&l=2").body,
              R"({"detail":[{"type":"too_long","loc":["query","l"],"msg":"List should have at most 1 item )"
              R"(after validation, not 2","input":["x","2"],"ctx":{"field_type":"List","max_length":1,)"
              R"("actual_length":2}}]})")
        << "pydantic stops at the length";
}

std::string user_agent(request& r)
{
    return std::string{r.header("user-agent").value_or("")};
}

TEST(extract, gives_the_request_to_handlers_and_dependencies_wherever_it_stands)
{
    app a;
    a.get("/{id}", [](query<"q", int> q, request& r, depends<&user_agent> agent, path<"id", int> id) {
        return json{*q, r.target(), r.path(), r.route(), r.path_param("id").value_or(""), *agent, *id};
    });
    served_app served{a};
    EXPECT_EQ(served.get("/5?q=1", {{"User-Agent", "u"}}).body, R"([1,"/5?q=1","/5","/{id}","5","u",5])");
}

TEST(extract, refuses_more_query_parameters_than_allowed)
{
    app a;
    a.get("/", [](query<"q", std::optional<int>> q) { return q->has_value(); });
    served_app served{a};
    std::string target = "/?q=1";
    for (int i = 1; i != 1000; ++i)
        target += "&a=1";
    EXPECT_EQ(served.get(target).status, 200);
    EXPECT_EQ(served.get(target + "&a=1").status, 400);
}

TEST(extract, moves_values_into_the_handler)
{
    app a;
    a.post("/", [](body<std::vector<std::string>> v) {
        auto const kept = std::move(*v);
        return kept;
    });
    a.get("/by-reference", [](query<"s", std::string> const& s) { return *s; });
    served_app served{a};
    EXPECT_EQ(served.post("/", "[\"a\"]").body, "[\"a\"]");
    EXPECT_EQ(served.get("/by-reference?s=text").body, "text");
}

struct large {
    std::array<char, 4000> data{};
    std::string text = "a string that is too long to be kept in place";
};

large make_large()
{
    return {};
}

TEST(extract, starts_each_request_with_a_frame_of_its_own)
{
    app a;
    a.get("/large", [](query<"a", std::vector<std::string>, def_empty> v, depends<&make_large> d) {
        return v->empty() ? d->text : v->front();
    });
    served_app served{a};
    EXPECT_EQ(served.get("/large").body, "a string that is too long to be kept in place");
    EXPECT_EQ(served.get("/large?a=x").body, "x");
}

TEST(extract, answers_a_long_key_with_many_errors_within_bounds)
{
    app a;
    a.post("/", [](body<std::map<std::string, std::vector<int>>> m) { return m->size(); });
    std::string hostile = "{\"" + std::string(500'000, 'k') + "\":[";
    for (int i = 0; i != 1000; ++i)
        hostile += "[],";
    hostile += "[]]}";
    auto const got = served_app{a}.post("/", hostile);
    EXPECT_EQ(got.status, 422);
    EXPECT_LT(got.body.size(), 1000U * 400U); // it was half a gigabyte
}

} // namespace
} // namespace serval::handler
