#include "endpoints.hpp"

#include "content.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace chaos {

namespace {

using serval::params::body;
using std::chrono::milliseconds;

constexpr std::size_t large_size = 1024 * 1024;

serval::task<std::string> quick(id_parameter id, n_parameter n)
{
    handler_scope scope(*id);
    scope.done();
    co_return content(*id, 0, *n);
}

std::string plain(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter fail, transaction t)
{
    handler_scope scope(*id);
    t->use("a plain handler");
    if (*nap > 0) std::this_thread::sleep_for(milliseconds{*nap});
    if (*fail != 0) fail_as_asked(*fail);
    t->use("a plain handler, later");
    scope.done();
    return content(*id, 0, *n);
}

serval::task<std::string> coroutine(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter fail,
                                    view v, session s)
{
    handler_scope scope(*id);
    v->use("a coroutine handler");
    co_await serval::sleep_for(milliseconds(*nap));
    if (*fail != 0) fail_as_asked(*fail);
    v->use("a coroutine handler, later");
    s->use("a coroutine handler, later");
    scope.done();
    co_return content(*id, 0, *n);
}

serval::task<std::string> large(id_parameter id, n_parameter, session s)
{
    handler_scope scope(*id);
    s->use("a handler");
    scope.done();
    co_return content(*id, 0, large_size);
}

std::string large_plain(id_parameter id, n_parameter, transaction t)
{
    handler_scope scope(*id);
    t->use("a plain handler");
    scope.done();
    return content(*id, 0, large_size);
}

std::string content_on_pool(std::uint64_t id, std::size_t n, int nap, lease* used)
{
    if (nap > 0) std::this_thread::sleep_for(milliseconds{nap});
    used->use("a pool call");
    return content(id, 0, n);
}

serval::task<std::string> pooled(id_parameter id, n_parameter n, nap_parameter nap, view v)
{
    handler_scope scope(*id);
    lease* const used = &*v;
    std::uint64_t const number = *id;
    std::string made = co_await serval::run_in_threadpool(content_on_pool, number, *n, *nap, used);
    used->use("a coroutine handler");
    scope.done();
    co_return made;
}

/// Runs for `nap` milliseconds unless it is told to stop, which nothing but its client or a drain may.
std::string until_stopped(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter timed,
                          transaction t, serval::request& r)
{
    handler_scope scope(*id);
    auto const token = r.stop_token();
    auto const until = std::chrono::steady_clock::now() + milliseconds{*nap};
    while (!token.stop_requested() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::microseconds{200});
    t->use("a plain handler");
    auto& all = ledger::current();
    if (token.stop_requested() && scope.record().stays && *timed == 0 && !all.draining.load()) {
        all.fail("stopped-without-cause",
                 "request " + std::to_string(*id) +
                     " was asked to stop, though its client is there and nothing drains");
    }
    scope.done();
    return content(*id, 0, *n);
}

serval::task<note> echo(id_parameter id, n_parameter, body<note> given, nap_parameter nap, connection c)
{
    handler_scope scope(*id);
    c->use("a coroutine handler");
    if (*nap > 0) co_await serval::sleep_for(milliseconds(*nap));
    scope.done();
    co_return *given;
}

/// Has no patience with clients that send nothing: cancels its own read.
serval::task<std::string> impatient(id_parameter id, n_parameter, nap_parameter nap, session s,
                                    serval::body_stream& stream)
{
    using namespace boost::asio::experimental::awaitable_operators;
    handler_scope scope(*id);
    auto either = stream.read_some() || serval::sleep_for(milliseconds{*nap});
    auto const first = co_await std::move(either);
    s->use("a handler that cancelled its read");
    scope.done();
    if (first.index() == 1) throw serval::http_error(418, "too slow");
    co_return "in time";
}

} // namespace

void fail_as_asked(int fail)
{
    if (fail % 2 != 0) throw serval::http_error(418, "as asked");
    throw std::runtime_error("as asked");
}

void add_plain_answers(serval::app& app)
{
    app.get("/quick/{id}/{n}", quick);
    app.get("/plain/{id}/{n}", plain);
    app.get("/coroutine/{id}/{n}", coroutine);
    app.get("/large/{id}/{n}", large);
    app.get("/large-plain/{id}/{n}", large_plain);
    app.get("/pooled/{id}/{n}", pooled);
    app.get("/until-stopped/{id}/{n}", until_stopped);
    app.post("/echo/{id}/{n}", echo);
    app.post("/impatient/{id}/{n}", impatient);
    app.middleware([](serval::request& r, serval::next rest) -> serval::task<serval::response> {
        if (r.query("slow") == "1") co_await serval::sleep_for(milliseconds(1));
        serval::response answer = co_await rest(r);
        answer.header("x-through", "middleware");
        co_return answer;
    });
}

} // namespace chaos
