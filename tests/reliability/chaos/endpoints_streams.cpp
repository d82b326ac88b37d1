#include "content.hpp"
#include "endpoints.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace chaos {

namespace {

using std::chrono::milliseconds;

std::string element(std::uint64_t id, std::size_t k)
{
    return content(id, k, element_size(id, k, false));
}

bool naps(std::uint64_t id, std::size_t k)
{
    return (id + k) % 3 == 0;
}

void check(producer_scope& scope, std::size_t k, int fail)
{
    scope.step();
    if (fail == 0 || k + 1 != static_cast<std::size_t>(fail)) return;
    scope.done();
    fail_as_asked(fail);
}

void nap_on_pool()
{
    std::this_thread::sleep_for(std::chrono::microseconds{300});
}

serval::task<void> nap_if_there_is_room()
{
    try {
        co_await serval::run_in_threadpool(nap_on_pool);
    } catch (serval::http_error const&) { // the pool is full: no reason to break off
    }
}

serval::generator<std::string> texts(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter fail,
                                     transaction t, serval::request& r)
{
    producer_scope scope(*id, r.stop_token(), {&*t});
    for (std::size_t k = 0; k != *n; ++k) {
        check(scope, k, *fail);
        std::string made = element(*id, k);
        co_yield std::move(made);
        if (naps(*id, k)) co_await serval::sleep_for(milliseconds(*nap));
    }
    scope.done();
}

/// Endless when `n` is 0.
serval::generator<serval::sse_event> events(id_parameter id, n_parameter n, nap_parameter nap, session s,
                                            serval::request& r)
{
    producer_scope scope(*id, r.stop_token(), {&*s});
    for (std::size_t k = 0; *n == 0 || k != *n; ++k) {
        scope.step();
        std::string made = element(*id, k);
        serval::sse_event event(std::move(made));
        event.id(std::to_string(k));
        co_yield std::move(event);
        if (*n == 0 || naps(*id, k)) co_await serval::sleep_for(milliseconds(*nap + 1));
    }
    scope.done();
}

serval::generator<line> lines(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter fail, view v,
                              session s, serval::request& r)
{
    producer_scope scope(*id, r.stop_token(), {&*v, &*s});
    for (std::size_t k = 0; k != *n; ++k) {
        check(scope, k, *fail);
        line made;
        made.number = static_cast<int>(k);
        made.text = element(*id, k);
        co_yield std::ref(made);
        if (naps(*id, k)) co_await serval::sleep_for(milliseconds(*nap));
        if (k % 7 == 3) co_await nap_if_there_is_room();
    }
    scope.done();
}

struct written_body {
    std::uint64_t id;
    std::size_t n;
    int nap;
    int fail;
    std::stop_token token;
    std::vector<lease*> uses;

    serval::task<void> operator()(serval::response_writer& out) const
    {
        return write(out, id, n, nap, fail, token, uses);
    }

    static serval::task<void> write(serval::response_writer& out, std::uint64_t id, std::size_t n, int nap,
                                    int fail, std::stop_token token, std::vector<lease*> uses)
    {
        producer_scope scope(id, std::move(token), std::move(uses));
        for (std::size_t k = 0; k != n; ++k) {
            check(scope, k, fail);
            std::string const made = element(id, k);
            co_await out.write(made);
            if (k % 5 == 2) co_await out.flush();
            if (naps(id, k)) co_await serval::sleep_for(milliseconds(nap));
        }
        scope.done();
    }
};

serval::response written(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter fail,
                         transaction t, view v, serval::request& r)
{
    handler_scope scope(*id);
    scope.done();
    return serval::streaming_response(written_body{*id, *n, *nap, *fail, r.stop_token(), {&*t, &*v}},
                                      "text/plain");
}

} // namespace

void add_streams(serval::app& app, served_files const& files)
{
    app.get("/texts/{id}/{n}", texts);
    app.get("/events/{id}/{n}", events);
    app.get("/lines/{id}/{n}", lines);
    app.get("/written/{id}/{n}", written);
    app.get("/file/{id}/{n}",
            [files](id_parameter id, n_parameter n, session s) -> serval::task<serval::response> {
                handler_scope scope(*id);
                s->use("a handler");
                scope.done();
                co_return serval::file_response(files.path(*n));
            });
}

} // namespace chaos
