// From a head to a response: matching, dependencies, middleware, exceptions.
#include "unit/handler/served_app.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace serval::handler {
namespace {

using namespace serval::params;

/// What happened during a test, in order.
std::vector<std::string> log_of_events;

void note(std::string event)
{
    log_of_events.push_back(std::move(event));
}

std::vector<std::string> events()
{
    return std::exchange(log_of_events, {});
}

using list = std::vector<std::string>;

/// Says when it is made for good and when it goes.
class noted {
public:
    explicit noted(std::string name) : name_{std::move(name)} { note("+" + name_); }
    noted(noted&& other) noexcept : name_{std::exchange(other.name_, {})} {}
    noted& operator=(noted&&) = delete;
    ~noted()
    {
        if (!name_.empty()) note("-" + name_);
    }

    std::string const& name() const noexcept { return name_; }

private:
    std::string name_;
};

noted connection()
{
    return noted{"connection"};
}

task<noted> session(depends<&connection> c)
{
    auto const executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    co_return noted{"session of " + c->name()};
}

noted account(depends<&session>, depends<&connection>, query<"user", std::string, def("nobody")> user)
{
    return noted{*user};
}

int thrower(depends<&connection>)
{
    throw http_error(403, "not you");
}

std::thread::id plain_thread()
{
    return std::this_thread::get_id();
}

task<std::thread::id> coroutine_thread()
{
    co_return std::this_thread::get_id();
}

int value()
{
    return 1;
}

task<int> tenfold(depends<&value> v)
{
    co_return *v * 10;
}

TEST(dependencies, run_once_a_request_and_live_until_its_end_in_reverse)
{
    app a;
    a.get("/", [](depends<&account> who, depends<&connection> c, depends<&session> s) {
        note("handler");
        return json{who->name(), c->name(), s->name()};
    });
    served_app served{a};
    served.before_reset = [] { note("response complete"); };
    events();
    EXPECT_EQ(served.get("/?user=ann").body, R"(["ann","connection","session of connection"])");
    EXPECT_EQ(events(), (list{"+connection", "+session of connection", "+ann", "handler", "response complete",
                              "-ann", "-session of connection", "-connection"}));
    served.get("/");
    EXPECT_EQ(events().size(), 8U) << "nothing is kept from request to request";
}

TEST(dependencies, are_destroyed_when_a_later_one_or_the_handler_throws)
{
    app a;
    a.get("/dependency", [](depends<&thrower>) { return 1; });
    a.get("/handler", [](depends<&connection>) -> int { throw std::runtime_error("secret"); });
    served_app served{a};
    events();
    auto const refused = served.get("/dependency");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.body, R"({"detail":"not you"})");
    EXPECT_EQ(events(), (list{"+connection", "-connection"}));
    EXPECT_EQ(served.get("/handler").status, 500);
    EXPECT_EQ(events(), (list{"+connection", "-connection"}));
}

TEST(dependencies, are_destroyed_when_parameters_are_wrong)
{
    app a;
    a.get("/", [](depends<&connection>, query<"q", int>) { return 1; });
    served_app served{a};
    events();
    EXPECT_EQ(served.get("/").status, 422);
    EXPECT_EQ(events(), (list{"+connection", "-connection"}));
}

TEST(dependencies, that_are_plain_run_on_the_pool_and_coroutines_on_the_loop)
{
    app a;
    a.get("/", [](depends<&plain_thread> p, depends<&coroutine_thread> c) -> task<json> {
        auto const here = std::this_thread::get_id();
        co_return json{*p == here, *c == here};
    });
    served_app served{a};
    EXPECT_EQ(served.get("/").body, "[false,true]");
}

TEST(dependencies, can_be_replaced_by_functions_and_capturing_objects)
{
    app a;
    a.get("/", [](depends<&tenfold> s, depends<&value> v) { return json{*s, *v}; });
    served_app before{a};
    int captured = 7; // not const: a constant would need no capture
    a.override_dependency<&value>([captured](query<"q", int, def(0)> q) { return captured + *q; });
    served_app after{a};
    a.override_dependency<&tenfold>(+[] { return 5; });
    served_app both{a};
    EXPECT_EQ(before.get("/").body, "[10,1]");
    EXPECT_EQ(after.get("/?q=2").body, "[90,9]");
    EXPECT_EQ(both.get("/").body, "[5,7]");
}

TEST(dependencies, of_coroutines_can_be_replaced_by_coroutines)
{
    app a;
    a.get("/", [](depends<&value> v) -> task<int> { co_return *v; });
    std::string const text = "a capture that lives in the app";
    a.override_dependency<&value>([text]() -> task<int> { co_return static_cast<int>(text.size()); });
    served_app served{a};
    EXPECT_EQ(served.get("/").body, std::to_string(text.size()));
}

TEST(dispatcher, keeps_the_captures_of_handlers_alive)
{
    app a;
    {
        std::string const text = "a capture that is too long to be kept in place";
        a.get("/", [text]() -> task<std::string> {
            auto const executor = co_await boost::asio::this_coro::executor;
            co_await boost::asio::post(executor, boost::asio::use_awaitable);
            co_return text;
        });
    }
    served_app served{a};
    EXPECT_EQ(served.get("/").body, "a capture that is too long to be kept in place");
}

TEST(dispatcher, answers_http_errors_with_their_detail_and_headers)
{
    app a;
    a.get("/text", []() -> int { throw http_error(404, "no \"item\"", {{"x-a", "1"}}); }).status(201);
    a.get("/json", []() -> task<int> {
        throw http_error::with_json(418, R"({"a":1})");
        co_return 1;
    });
    a.get("/phrase", []() -> int { throw http_error(403); });
    a.get("/204", []() -> int { throw http_error(204, "x"); });
    served_app served{a};
    auto const text = served.get("/text");
    EXPECT_EQ(text.status, 404);
    EXPECT_EQ(text.type, "application/json");
    EXPECT_EQ(text.body, R"({"detail":"no \"item\""})");
    EXPECT_EQ(text.field("x-a"), "1");
    EXPECT_FALSE(text.failed);
    EXPECT_EQ(served.get("/json").body, R"({"detail":{"a":1}})");
    EXPECT_EQ(served.get("/json").status, 418);
    EXPECT_EQ(served.get("/phrase").body, R"({"detail":"Forbidden"})");
    auto const empty = served.get("/204");
    EXPECT_EQ(empty.status, 204);
    EXPECT_EQ(empty.body, "");
    EXPECT_EQ(empty.type, "");
}

TEST(dispatcher, leaks_nothing_of_other_exceptions)
{
    app a;
    a.get("/plain", []() -> int { throw std::runtime_error("secret"); });
    a.get("/coroutine", []() -> task<int> {
        throw std::runtime_error("secret");
        co_return 1;
    });
    a.get("/int", []() -> int { throw 5; });
    served_app served{a};
    for (auto const* target : {"/plain", "/coroutine", "/int"}) {
        auto const got = served.get(target);
        EXPECT_EQ(got.status, 500);
        EXPECT_EQ(got.type, "text/plain; charset=utf-8");
        EXPECT_EQ(got.body, "Internal Server Error");
        EXPECT_TRUE(got.headers.empty());
        EXPECT_TRUE(got.failed);
    }
}

struct base_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct derived_error : base_error {
    using base_error::base_error;
};

/// An app whose GET /{what} throws what it is told.
void add_thrower(app& a)
{
    a.get("/{what}", [](path<"what", std::string> what) -> task<int> {
        if (*what == "base") throw base_error("b");
        if (*what == "derived") throw derived_error("d");
        if (*what == "http") throw http_error(404);
        throw std::logic_error("l");
        co_return 1;
    });
}

TEST(exception_handlers, answer_their_type_and_derived_ones_the_latest_first)
{
    app a;
    add_thrower(a);
    a.exception_handler<base_error>(
        [](request& r, base_error const& e) { return response{400, std::string{r.path()} + e.what()}; });
    served_app first{a};
    EXPECT_EQ(first.get("/base").body, "/baseb");
    EXPECT_EQ(first.get("/derived").body, "/derivedd");
    EXPECT_FALSE(first.get("/derived").failed);
    EXPECT_EQ(first.get("/other").status, 500);
}

TEST(exception_handlers, of_the_most_derived_type_win_whatever_the_order)
{
    for (bool const base_last : {false, true}) {
        app a;
        add_thrower(a);
        auto const add_bases = [&a] {
            a.exception_handler<base_error>([](request&, base_error const&) { return response{402}; });
            a.exception_handler<std::exception>(
                [](request&, std::exception const&) { return response{404}; });
        };
        if (!base_last) add_bases();
        a.exception_handler<derived_error>([](request&, derived_error const&) { return response{401}; });
        a.exception_handler<std::logic_error>(
            [](request&, std::logic_error const&) { return response{403}; });
        if (base_last) add_bases();
        served_app served{a};
        EXPECT_EQ(served.get("/derived").status, 401);
        EXPECT_EQ(served.get("/base").status, 402);
        EXPECT_EQ(served.get("/other").status, 403);
    }
}

struct left_error : virtual std::exception {};
struct right_error : virtual std::exception {};
struct both_errors : left_error, right_error {};

TEST(exception_handlers, registered_later_win_among_equal_and_unrelated_types)
{
    app a;
    a.get("/both", []() -> task<int> {
        throw both_errors();
        co_return 1;
    });
    a.get("/http", []() -> task<int> {
        throw http_error(404);
        co_return 1;
    });
    a.exception_handler<std::exception>([](request&, std::exception const&) { return response{400}; });
    a.exception_handler<left_error>([](request&, left_error const&) { return response{401}; });
    a.exception_handler<right_error>([](request&, right_error const&) { return response{402}; });
    a.exception_handler<http_error>([](request&, http_error const&) { return response{403, "first"}; });
    a.exception_handler<http_error>([](request&, http_error const&) { return response{403, "mine"}; });
    served_app served{a};
    EXPECT_EQ(served.get("/both").status, 402);
    EXPECT_EQ(served.get("/http").body, "mine");
}

TEST(exception_handlers, of_all_exceptions_leave_http_errors_alone)
{
    app a;
    add_thrower(a);
    a.exception_handler<std::exception>(
        [](request&, std::exception const&) { return response{400, "mine"}; });
    served_app served{a};
    EXPECT_EQ(served.get("/other").body, "mine");
    EXPECT_EQ(served.get("/http").status, 404);
}

TEST(exception_handlers, that_throw_are_answered_with_500_with_middleware_and_without)
{
    for (bool const wrapped : {false, true}) {
        static int calls;
        calls = 0;
        app a;
        add_thrower(a);
        a.exception_handler<base_error>([](request&, base_error const&) -> response {
            ++calls;
            throw http_error(404, "secret");
        });
        a.exception_handler<std::logic_error>([](request&, std::logic_error const&) -> response {
            ++calls;
            throw std::logic_error("secret");
        });
        if (wrapped)
            a.middleware([](request& r, next rest) -> task<response> {
                response got = co_await rest(r);
                co_return got;
            });
        served_app served{a};
        for (auto const* target : {"/base", "/other"}) {
            auto const got = served.get(target);
            EXPECT_EQ(got.status, 500) << target << wrapped;
            EXPECT_EQ(got.body, "Internal Server Error");
            EXPECT_TRUE(got.failed);
        }
        EXPECT_EQ(calls, 2) << "each is asked once";
    }
}

/// A middleware that notes when the request passes and when its answer comes back.
auto noting(std::string name)
{
    return [name](request& r, next rest) -> task<response> {
        note(name + " in");
        response got = co_await rest(r);
        note(name + " out " + std::to_string(got.status()));
        got.header("x-" + name, "1");
        co_return got;
    };
}

TEST(middleware, wraps_in_the_order_of_registration_the_app_then_the_groups)
{
    app a;
    auto& outer = a.group("/g");
    auto& inner = outer.group("/h");
    inner.get("/x", [] {
        note("handler");
        return 1;
    });
    outer.get("/x", [] { return 1; });
    inner.middleware(noting("d"));
    a.middleware(noting("a")).middleware(noting("b"));
    outer.middleware(noting("c"));
    served_app served{a};
    events();
    auto const got = served.get("/g/h/x");
    EXPECT_EQ(events(), (list{"a in", "b in", "c in", "d in", "handler", "d out 200", "c out 200",
                              "b out 200", "a out 200"}));
    EXPECT_EQ(got.body, "1");
    EXPECT_EQ(got.field("x-a"), "1");
    EXPECT_EQ(got.field("x-d"), "1");
    served.get("/g/x");
    EXPECT_EQ(events(), (list{"a in", "b in", "c in", "c out 200", "b out 200", "a out 200"}));
}

TEST(middleware, of_the_app_wraps_answers_without_a_route)
{
    app a;
    a.get("/x", [] { return 1; });
    a.group("/g").middleware(noting("g"));
    a.middleware(noting("a"));
    served_app served{a};
    events();
    EXPECT_EQ(served.get("/nowhere").field("x-a"), "1");
    EXPECT_EQ(served.send("DELETE", "/x").status, 405);
    EXPECT_EQ(served.get("/g/nowhere").status, 404);
    EXPECT_EQ(served.get("/x/").field("location"), "/x");
    EXPECT_EQ(events(),
              (list{"a in", "a out 404", "a in", "a out 405", "a in", "a out 404", "a in", "a out 307"}));
}

TEST(middleware, can_answer_without_the_handler)
{
    app a;
    a.get("/", [] {
        note("handler");
        return 1;
    });
    a.middleware(noting("a"));
    a.middleware([](request& r, next rest) -> task<response> {
        if (!r.header("authorization")) co_return response{401, "no"};
        co_return co_await rest(r);
    });
    served_app served{a};
    events();
    auto const got = served.get("/");
    EXPECT_EQ(got.status, 401);
    EXPECT_EQ(got.body, "no");
    EXPECT_EQ(events(), (list{"a in", "a out 401"}));
    EXPECT_EQ(served.get("/", {{"authorization", "x"}}).body, "1");
}

TEST(middleware, sees_http_errors_and_handled_exceptions_as_responses)
{
    app a;
    add_thrower(a);
    a.exception_handler<base_error>([](request&, base_error const&) { return response{400, "base"}; });
    a.middleware(noting("a"));
    served_app served{a};
    events();
    EXPECT_EQ(served.get("/http").field("x-a"), "1");
    EXPECT_EQ(served.get("/derived").field("x-a"), "1");
    EXPECT_EQ(events(), (list{"a in", "a out 404", "a in", "a out 400"}));
}

TEST(middleware, sees_other_exceptions_as_exceptions)
{
    app a;
    add_thrower(a);
    a.middleware([](request& r, next rest) -> task<response> {
        std::string caught;
        try {
            response got = co_await rest(r);
            co_return got;
        } catch (std::logic_error const& e) {
            caught = e.what();
        }
        co_return response{503, caught};
    });
    served_app served{a};
    auto const got = served.get("/other");
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.body, "l");
    EXPECT_FALSE(got.failed);
}

TEST(middleware, that_throws_is_answered_and_seen_from_outside_as_a_handler_is)
{
    app a;
    a.get("/", [] { return 1; });
    a.middleware(noting("a"));
    a.middleware([](request& r, next) -> task<response> {
        if (r.query("refuse")) throw http_error(401, "who are you", {{"www-authenticate", "Basic"}});
        throw std::runtime_error("secret");
        co_return response{};
    });
    served_app served{a};
    events();
    auto const refused = served.get("/?refuse=1");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.body, R"({"detail":"who are you"})");
    EXPECT_EQ(refused.field("www-authenticate"), "Basic");
    EXPECT_EQ(refused.field("x-a"), "1") << "CORS headers and the like belong on refusals, too";
    EXPECT_EQ(events(), (list{"a in", "a out 401"}));
    auto const failed = served.get("/");
    EXPECT_EQ(failed.status, 500);
    EXPECT_EQ(failed.body, "Internal Server Error");
    EXPECT_TRUE(failed.failed);
}

TEST(middleware, that_calls_next_a_second_time_is_told_so)
{
    app a;
    a.get("/", [](query<"s", std::string> s) { return *s; });
    a.middleware([](request& r, next rest) -> task<response> {
        response first = co_await rest(r);
        response second = co_await rest(r);
        co_return second;
    });
    served_app served{a};
    EXPECT_EQ(served.get("/?s=a-string-that-is-too-long-for-its-own-good").status, 500);
}

TEST(middleware, runs_around_the_wait_for_a_body)
{
    app a;
    a.post("/", [](body<int> n) { return *n; });
    a.middleware(noting("a"));
    served_app served{a};
    served.late_body = true;
    events();
    EXPECT_EQ(served.post("/", "4").body, "4");
    EXPECT_EQ(served.post("/", "x").status, 422);
    EXPECT_EQ(events(), (list{"a in", "a out 200", "a in", "a out 422"}));
}

TEST(middleware, sees_the_matched_route)
{
    app a;
    a.get("/items/{id}", [] { return 1; });
    a.middleware([](request& r, next rest) -> task<response> {
        response got = co_await rest(r);
        got.header("x-route", r.route());
        got.header("x-id", r.path_param("id").value_or("-"));
        co_return got;
    });
    served_app served{a};
    EXPECT_EQ(served.get("/items/7").field("x-route"), "/items/{id}");
    EXPECT_EQ(served.get("/items/7").field("x-id"), "7");
    EXPECT_EQ(served.get("/other").field("x-route"), "");
}

TEST(routing, decodes_the_path_before_it_matches)
{
    app a;
    a.get("/{v}", [](path<"v", std::string> v) { return json(*v); });
    a.get("/a0/b", [] { return "literal"; });
    a.get("/rest/{p:path}", [](path<"p", std::string> p) { return json(*p); });
    served_app served{a};
    EXPECT_EQ(served.get("/a%30/b").body, "literal");
    EXPECT_EQ(served.get("/a0%2Fb").body, "literal") << "FastAPI: a decoded slash is a slash";
    EXPECT_EQ(served.get("/x%20y%2520").body, "\"x y%20\"");
    EXPECT_EQ(served.get("/%zz").body, "\"%zz\"");
    EXPECT_EQ(served.get("/%ff").body, "\"\xEF\xBF\xBD\"");
    EXPECT_EQ(served.get("/a%C3%BC").body, "\"aü\"");
    EXPECT_EQ(served.get("/rest/a/../%2e%2e/b").body, "\"a/../../b\"");
    EXPECT_EQ(served.get("/a+b").body, "\"a+b\"");
}

TEST(routing, answers_what_has_no_route_as_fastapi)
{
    app a;
    a.get("/x", [] { return 1; });
    a.post("/x", [] { return 1; });
    served_app served{a};
    EXPECT_EQ(served.get("/nowhere").status, 404);
    EXPECT_EQ(served.get("/nowhere").body, R"({"detail":"Not Found"})");
    EXPECT_EQ(served.get("/nowhere").type, "application/json");
    auto const refused = served.send("PUT", "/x");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.body, R"({"detail":"Method Not Allowed"})");
    EXPECT_EQ(refused.field("allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(served.send("PROPFIND", "/x").status, 405);
    auto const options = served.send("OPTIONS", "/x");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.body, "");
    EXPECT_EQ(options.field("allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(served.send("OPTIONS", "*").status, 204);
    EXPECT_EQ(served.send("OPTIONS", "/nowhere").status, 404);
}

TEST(routing, answers_head_with_the_handler_of_get)
{
    app a;
    a.get("/x", [](request& r) { return std::string{r.method_name()}; });
    a.get("/y", [] { return 1; });
    a.head("/y", [] {}).status(204);
    served_app served{a};
    EXPECT_EQ(served.send("HEAD", "/x").status, 200);
    EXPECT_EQ(served.send("HEAD", "/x").body, "HEAD");
    EXPECT_EQ(served.send("HEAD", "/y").status, 204);
}

TEST(routing, redirects_to_the_path_that_exists_keeping_the_query)
{
    app a;
    a.get("/x", [] { return 1; });
    a.get("/dir/", [] { return 1; });
    a.get("/{v}/sub", [] { return 1; });
    served_app served{a};
    auto const got = served.get("/x/?a=1&b=%20");
    EXPECT_EQ(got.status, 307);
    EXPECT_EQ(got.body, "");
    EXPECT_EQ(got.field("location"), "/x?a=1&b=%20");
    EXPECT_EQ(served.get("/dir").field("location"), "/dir/");
    EXPECT_EQ(served.get("/a%20%C3%BC%3F/sub/").field("location"), "/a%20%C3%BC%3F/sub");
    app strict{{.redirect_slashes = false}};
    strict.get("/x", [] { return 1; });
    served_app unforgiving{strict};
    EXPECT_EQ(unforgiving.get("/x/").status, 404);
}

TEST(routing, never_redirects_to_another_host)
{
    app a;
    a.get("/evil.example/end", [] { return 1; });
    a.get("/{host}/{page}", [] { return 1; });
    served_app served{a};
    for (auto const* target : {"//evil.example/end/", "//evil.example/", "/%2Fevil.example/end/", "//x/"}) {
        for (auto const* version : {"HTTP/1.1\r\nhost: testserver", "HTTP/1.0"}) {
            auto const got = served.send("GET", target, {}, {}, version);
            EXPECT_EQ(got.status, 404) << target;
            EXPECT_EQ(got.field("location"), "") << target;
        }
    }
    for (auto const* target : {"/evil.example/end/", "http://evil.example/evil.example/end/"}) {
        for (auto const* version : {"HTTP/1.1\r\nhost: other.example", "HTTP/1.0"}) {
            auto const got = served.send("GET", target, {}, {}, version);
            EXPECT_EQ(got.field("location"), "/evil.example/end") << target;
        }
    }
}

TEST(routing, redirects_to_a_path_that_begins_with_two_slashes_as_a_path)
{
    app a;
    a.get("/{rest:path}", [](path<"rest", std::string> rest) { return *rest; });
    a.get("//evil.example/end/", [] { return 1; });
    a.get("/back\\slash/", [] { return 1; });
    served_app served{a};
    EXPECT_EQ(served.get("//evil.example/end").field("location"), "/%2Fevil.example/end/");
    EXPECT_EQ(served.get("/%2Fevil.example%2Fend").field("location"), "/%2Fevil.example/end/");
    EXPECT_EQ(served.get("/%2Fevil.example/end/").body, "1");
    EXPECT_EQ(served.get("/back%5Cslash").field("location"), "/back%5Cslash/");
    EXPECT_EQ(served.get("//evil.example/other/").status, 200);
}

TEST(routing, redirects_although_there_is_a_catch_all)
{
    app a;
    a.get("/{rest:path}", [](path<"rest", std::string>) -> int { throw http_error(404, "No such file"); });
    a.get("/items/", [] { return 1; });
    a.get("/users/{id:int}", [](path<"id", int> id) { return *id; });
    served_app served{a};
    EXPECT_EQ(served.get("/items?q=1").field("location"), "/items/?q=1");
    EXPECT_EQ(served.send("HEAD", "/items").status, 307);
    EXPECT_EQ(served.get("/users/7/").field("location"), "/users/7");
    EXPECT_EQ(served.get("/docs/").status, 404) << "the application's goes before what serval adds";
    EXPECT_EQ(served.get("/docs").status, 200);
    EXPECT_EQ(served.get("/users/x/").status, 404);
    app strict{{.redirect_slashes = false}};
    strict.get("/{rest:path}", [](path<"rest", std::string> rest) { return *rest; });
    strict.get("/items/", [] { return 1; });
    served_app unforgiving{strict};
    EXPECT_EQ(unforgiving.get("/items").body, "items");
}

TEST(routing, has_groups_with_prefixes_that_nest)
{
    app a;
    auto& api = a.group("/api", {"api"});
    api.group("/v1").get("/x", [] { return 1; });
    api.get("", [] { return 2; });
    served_app served{a};
    EXPECT_EQ(served.get("/api/v1/x").body, "1");
    EXPECT_EQ(served.get("/api").body, "2");
    EXPECT_EQ(served.get("/x").status, 404);
    app b;
    for (auto const* prefix : {"", "x", "/x/", "/"})
        EXPECT_NE(refusal([&] { b.group(prefix); }), "") << prefix;
}

TEST(route, refuses_a_negative_timeout)
{
    using namespace std::chrono_literals;
    app a;
    auto route = a.get("/slow/{id}", [](path<"id", int> id) { return *id; });
    EXPECT_EQ(refusal([&] { route.timeout(-1ms); }), "route /slow/{id}: a timeout cannot be negative");
    EXPECT_EQ(refusal([&] { route.timeout(std::chrono::milliseconds::max()); }), "");
    EXPECT_EQ(refusal([&] { route.timeout(0ms); }), "");
}

TEST(middleware, of_a_prefix_wraps_all_of_its_routes_whenever_and_however_they_were_added)
{
    app a;
    auto const answer = [] { return 1; };
    a.group("/api").get("/before", answer);
    a.group("/api").middleware(noting("api"));
    a.group("/api").get("/after", answer);
    a.group("/api").group("/users").get("/nested", answer);
    a.group("/api/users").get("/whole", answer);
    a.group("/api/late/deep").get("/x", answer);
    a.group("/api/late").middleware(noting("late"));
    a.group("/apiary").get("/x", answer);
    a.get("/api/direct", answer);
    served_app served{a};
    for (auto const* target : {"/api/before", "/api/after", "/api/users/nested", "/api/users/whole"})
        EXPECT_EQ(served.get(target).field("x-api"), "1") << target;
    events();
    EXPECT_EQ(served.get("/api/late/deep/x").body, "1");
    EXPECT_EQ(events(), (list{"api in", "late in", "late out 200", "api out 200"}));
    for (auto const* target : {"/apiary/x", "/api/direct"}) {
        auto const got = served.get(target);
        EXPECT_EQ(got.status, 200) << target;
        EXPECT_EQ(got.field("x-api"), "") << target;
    }
}

TEST(routing, has_one_group_for_a_prefix)
{
    app a;
    EXPECT_EQ(&a.group("/api"), &a.group("/api"));
    EXPECT_EQ(&a.group("/api/v1"), &a.group("/api").group("/v1"));
    EXPECT_NE(&a.group("/api"), &a.group("/v1"));
    EXPECT_NE(&a.group("/v1"), &a.group("/api").group("/v1"));
}

TEST(app, refuses_to_change_once_it_serves)
{
    app a;
    auto& group = a.group("/g");
    auto route = a.get("/", [] { return 1; });
    served_app served{a};
    auto const pass = [](request& r, next rest) -> task<response> { return rest(r); };
    EXPECT_THROW(a.get("/late", [] { return 1; }), std::logic_error);
    EXPECT_THROW(group.get("/late", [] { return 1; }), std::logic_error);
    EXPECT_THROW(a.group("/late"), std::logic_error);
    EXPECT_THROW(a.middleware(pass), std::logic_error);
    EXPECT_THROW(group.middleware(pass), std::logic_error);
    EXPECT_THROW(a.on_startup([] {}), std::logic_error);
    EXPECT_THROW(a.on_shutdown([] {}), std::logic_error);
    EXPECT_THROW(a.exception_handler<int>([](request&, int const&) { return response{}; }), std::logic_error);
    EXPECT_THROW(route.status(201), std::logic_error);
    EXPECT_EQ(served.get("/").body, "1");
}

TEST(app, is_served_by_several_tables_at_once)
{
    app a;
    a.get("/", [] { return 1; });
    served_app one{a};
    served_app two{a};
    EXPECT_EQ(one.get("/").body, "1");
    EXPECT_EQ(two.get("/").body, "1");
}

} // namespace
} // namespace serval::handler
