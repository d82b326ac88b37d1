// What is called for a request, in which order and on which threads.
#include "handler/large_json.hpp"
#include "unit/handler/served_app.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace serval::handler {
namespace {

using namespace serval::params;
using list = std::vector<std::string>;

std::vector<std::string> log_of_events;
std::function<void()> interlude; // of what a dependency wants done meanwhile

void note(std::string event)
{
    log_of_events.push_back(std::move(event));
}

std::vector<std::string> events()
{
    return std::exchange(log_of_events, {});
}

struct item {
    std::string name;
    int price = 0;
};

std::string user(header<"token", std::string> token)
{
    note("user");
    if (*token != "good") throw http_error(401, "Who are you?");
    return *token;
}

task<std::string> user_of_coroutine(header<"token", std::string> token)
{
    note("user");
    if (*token != "good") throw http_error(401, "Who are you?");
    co_return *token;
}

int price(body<item> i)
{
    note("price");
    return i->price;
}

int doubled(depends<&price> p)
{
    note("doubled");
    return 2 * *p;
}

int length(request& r)
{
    note("length");
    return static_cast<int>(r.body().size());
}

bool has_body(request& r)
{
    return r.body_read();
}

std::thread::id dropped_on;

/// Notes which thread destroys it.
class thread_note {
public:
    thread_note() = default;
    thread_note(thread_note const& other) = delete;
    thread_note(thread_note&& other) noexcept : mine_{std::exchange(other.mine_, false)} {}
    thread_note& operator=(thread_note&&) = delete;
    ~thread_note()
    {
        if (mine_) dropped_on = std::this_thread::get_id();
    }

private:
    bool mine_ = true;
};

task<int> adds_task(background_tasks& tasks)
{
    tasks.add([guard = thread_note()] {});
    co_return 1;
}

int first()
{
    note("first");
    if (interlude) interlude();
    return 1;
}

int second(depends<&first> f)
{
    note("second");
    return *f + 1;
}

task<int> awaited(depends<&second> s)
{
    note("awaited");
    co_return *s + 1;
}

std::thread::id filled_on;

int note_thread()
{
    filled_on = std::this_thread::get_id();
    return 0;
}

/// Says which thread has read it.
struct witness {
    std::string text;
    int made = note_thread();
};

/// Serves with a body that comes only when it is asked for, which is noted.
class waiting_app : public served_app {
public:
    explicit waiting_app(app& application) : served_app{application}
    {
        late_body = true;
        on_body_read = [] { note("body"); };
        events();
    }

    answer post(std::string_view target, std::string_view token, std::string_view json)
    {
        return send("POST", target, {{"content-type", "application/json"}, {"token", std::string{token}}},
                    json);
    }
};

constexpr auto some_item = R"({"name":"a","price":4})";

TEST(call_sequence, turns_a_client_away_before_its_body_is_asked_for)
{
    app a;
    a.post("/plain", [](body<item> i, depends<&user>) { return *i; });
    a.post("/coroutine", [](body<item> i, depends<&user_of_coroutine>) -> task<item> { co_return *i; });
    a.post("/form", [](form<"name", std::string> name, depends<&user>) { return *name; });
    a.post("/raw", [](depends<&user>, request& r) { return r.body().size(); }).read_body();
    waiting_app served{a};
    for (auto const* target : {"/plain", "/coroutine", "/form", "/raw"}) {
        EXPECT_EQ(served.post(target, "bad", some_item).status, 401) << target;
        EXPECT_EQ(events(), (list{"user"})) << target;
    }
    EXPECT_EQ(served.post("/plain", "good", some_item).body, some_item);
    EXPECT_EQ(events(), (list{"user", "body"}));
}

TEST(call_sequence, lets_a_refusal_go_before_a_body_that_is_no_json)
{
    app a;
    a.post("/", [](depends<&user>, body<item> i) { return *i; });
    waiting_app served{a};
    EXPECT_EQ(served.post("/", "bad", "{").status, 401);
    auto const malformed = served.post("/", "good", "{");
    EXPECT_EQ(malformed.status, 422);
    EXPECT_NE(malformed.body.find("json_invalid"), std::string::npos) << malformed.body;
}

TEST(call_sequence, reads_the_body_before_the_dependencies_that_need_it)
{
    app a;
    a.post("/", [](depends<&doubled> d, depends<&user>) { return *d; });
    a.post("/raw", [](depends<&length> n, depends<&user>) { return *n; }).read_body();
    waiting_app served{a};
    EXPECT_EQ(served.post("/", "good", some_item).body, "8");
    EXPECT_EQ(events(), (list{"user", "body", "price", "doubled"}));
    EXPECT_EQ(served.post("/raw", "good", "12345").body, "5");
    EXPECT_EQ(events(), (list{"user", "body", "length"}));
}

TEST(call_sequence, reports_the_errors_of_early_dependencies_with_those_of_the_body)
{
    app a;
    a.post("/", [](depends<&user>, body<item>, query<"q", int>) { return 1; });
    waiting_app served{a};
    auto const answer = served.send("POST", "/", {{"content-type", "application/json"}}, R"({"price":"x"})");
    EXPECT_EQ(answer.status, 422);
    auto const detail = json::parse(answer.body)["detail"];
    std::vector<json> where;
    for (auto const& error : detail)
        where.push_back(error["loc"]);
    EXPECT_EQ(where,
              (std::vector<json>{{"header", "token"}, {"query", "q"}, {"body", "name"}, {"body", "price"}}));
    EXPECT_EQ(events(), (list{"body"}));
}

/// A job for the pool; runs when the one thread of it has nothing else to do.
class onlooker final : public base::thread_pool::job {
public:
    void run() noexcept override
    {
        note("somebody else");
        ran.set_value();
    }

    std::promise<void> ran;
};

TEST(call_sequence, makes_one_visit_of_the_pool_for_plain_functions_that_follow_each_other)
{
    app a;
    a.get("/", [](depends<&second> s, query<"q", int> q) {
        note("handler");
        return *s + *q;
    });
    served_app served{a};
    onlooker other;
    interlude = [&] { served.pool().submit(other); };
    events();
    EXPECT_EQ(served.get("/?q=3").body, "5");
    interlude = nullptr;
    other.ran.get_future().wait();
    EXPECT_EQ(events(), (list{"first", "second", "handler", "somebody else"}));
}

TEST(call_sequence, leaves_the_pool_for_a_coroutine_and_comes_back)
{
    app a;
    a.get("/", [](depends<&awaited> n) {
        note("handler");
        return *n;
    });
    served_app served{a};
    events();
    EXPECT_EQ(served.get("/").body, "3");
    EXPECT_EQ(events(), (list{"first", "second", "awaited", "handler"}));
}

TEST(call_sequence, calls_nothing_more_for_a_request_that_was_cancelled_within_a_visit)
{
    app a;
    a.get("/", [](depends<&second> s) {
        note("handler");
        return *s;
    });
    served_app served{a};
    interlude = [&] { served.current->state.begin_stop().request_stop(); };
    events();
    EXPECT_TRUE(served.get("/").failed);
    interlude = nullptr;
    EXPECT_EQ(events(), (list{"first"}));
}

/// What `rest` gives, or 504 when `given_up` ends first.
task<response> within(next rest, request& r, boost::asio::steady_timer& given_up)
{
    using namespace boost::asio::experimental::awaitable_operators;
    auto ended = co_await (rest(r) || given_up.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)));
    if (ended.index() == 0) co_return std::get<0>(std::move(ended));
    co_return response(504);
}

/// Lets the loop of `served` do all that it has to do.
void let_loop_work(served_app& served)
{
    for (int i = 0; i != 50; ++i) {
        std::promise<void> done;
        boost::asio::post(served.context(), [&] { done.set_value(); });
        done.get_future().wait();
    }
}

TEST(call_sequence, calls_nothing_more_once_a_middleware_has_given_up)
{
    app a;
    a.get("/", [](depends<&second> s) {
        note("handler");
        return *s;
    });
    boost::asio::steady_timer* given_up = nullptr;
    a.middleware([&](request& r, next rest) { return within(rest, r, *given_up); });
    served_app served{a};
    boost::asio::steady_timer timer(served.context(), boost::asio::steady_timer::time_point::max());
    given_up = &timer;
    interlude = [&] {
        boost::asio::post(served.context(),
                          [&] { timer.expires_at(boost::asio::steady_timer::time_point::min()); });
        let_loop_work(served);
    };
    events();
    EXPECT_NE(served.get("/").status, 200);
    interlude = nullptr;
    EXPECT_EQ(events(), (list{"first"}));
}

TEST(call_sequence, shows_no_body_to_an_early_dependency_whenever_it_came)
{
    app a;
    a.post("/", [](depends<&has_body> seen, body<item>, request& r) { return json{*seen, r.body_read()}; });
    served_app served{a};
    for (bool const late : {false, true}) {
        served.late_body = late;
        EXPECT_EQ(served
                      .send("POST", "/", {{"content-type", "application/json"}, {"content-length", "22"}},
                            some_item)
                      .body,
                  "[false,true]")
            << late;
    }
}

TEST(call_sequence, drops_the_tasks_of_a_refused_request_on_the_loop)
{
    app a;
    a.get("/", [](depends<&adds_task>, depends<&first>, query<"q", int> q) { return *q; });
    served_app served{a};
    dropped_on = {};
    EXPECT_EQ(served.get("/").status, 422);
    EXPECT_EQ(dropped_on, std::this_thread::get_id());
}

TEST(call_sequence, reads_large_json_on_the_pool)
{
    app a;
    a.post("/", [](body<witness> w) -> task<std::size_t> { co_return w->text.size(); });
    served_app served{a};
    std::string const text(large_json, 'x');
    EXPECT_EQ(served.post("/", R"({"text":"short","made":0})").body, "5");
    EXPECT_EQ(filled_on, std::this_thread::get_id());
    EXPECT_EQ(served.post("/", R"({"text":")" + text + R"(","made":0})").body, std::to_string(text.size()));
    EXPECT_NE(filled_on, std::this_thread::get_id());
}

/// Says which thread has destroyed it.
struct mourned {
    std::string text;
    int n = 0;

    ~mourned() { ended_on = std::this_thread::get_id(); }
    static inline std::thread::id ended_on;
};

TEST(call_sequence, ends_what_it_has_read_of_a_refused_body_where_it_has_read_it)
{
    app a;
    a.post("/", [](body<std::vector<mourned>> all) -> task<std::size_t> { co_return all->size(); });
    served_app served{a};
    EXPECT_EQ(served.post("/", R"([{"text":"","n":"x"}])").status, 422);
    EXPECT_EQ(mourned::ended_on, std::this_thread::get_id());
    std::string text = "[";
    for (int i = 0; i != 3'000; ++i)
        text += R"({"text":"0123456789","n":1},)";
    EXPECT_EQ(served.post("/", text + R"({"text":"","n":"x"}])").status, 422);
    EXPECT_NE(mourned::ended_on, std::this_thread::get_id());
}

} // namespace
} // namespace serval::handler
