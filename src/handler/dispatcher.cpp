#include "handler/dispatcher.hpp"

#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "handler/extract.hpp"
#include "handler/form_reader.hpp"
#include "handler/response_model.hpp"
#include "http/cancelled.hpp"
#include "wire/response_head.hpp"

#include <serval/http_error.hpp>
#include <serval/storage_error.hpp>
#include <serval/threadpool.hpp>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval {

task<response> next::operator()(request&) const
{
    return exchange_->dispatcher->call_from(*exchange_, index_);
}

} // namespace serval

namespace serval::handler {

namespace {

using detail::exchange;

/// A plain handler's call, for the pool.
class handler_invocation final : public detail::pool_call {
public:
    handler_invocation(exchange& x, detail::slots arguments)
        : pool_call{[](pool_call& self) { static_cast<handler_invocation&>(self).invoke(); }},
          x_{x},
          arguments_{arguments}
    {}

private:
    void invoke() { x_.endpoint->table->call(x_.endpoint->callable, arguments_, x_.answer); }

    exchange& x_;
    detail::slots arguments_;
};

/// A plain dependency's call, for the pool.
class dependency_invocation final : public detail::pool_call {
public:
    dependency_invocation(bound_call const& call, detail::slots arguments, void* result)
        : pool_call{[](pool_call& self) { static_cast<dependency_invocation&>(self).invoke(); }},
          call_{call},
          arguments_{arguments},
          result_{result}
    {}

private:
    void invoke() { call_.dependency->call(call_.callable.get(), arguments_, result_); }

    bound_call const& call_;
    detail::slots arguments_;
    void* result_;
};

detail::slots slots_of(exchange& x, bound_call const& call)
{
    return static_cast<void* const*>(x.frame.at(call.slots_offset));
}

void decode_path(detail::request_state& state)
{
    auto const raw = state.head.path;
    state.path = raw;
    if (!base::has_escape(raw)) return;
    state.decoded_path.clear();
    base::percent_decode_append(state.decoded_path, raw);
    if (!base::is_valid_utf8(state.decoded_path))
        state.decoded_path = base::replace_invalid_utf8(state.decoded_path);
    state.path = state.decoded_path;
}

void prepare(exchange& x)
{
    x.frame.reserve(x.endpoint->frame_bytes);
    x.answer.status(x.endpoint->status);
}

/// The whole of an endpoint that can begin at once: no dependencies to run first. False: the answer is
/// complete.
bool extract_at_once(exchange& x)
{
    if (!parse_body(x)) return false;
    model::validation_errors errors;
    if (extract(x, x.endpoint->handler_call(), errors)) return true;
    answer_errors(x, errors);
    return false;
}

task<void> call_plain(exchange& x)
{
    handler_invocation call{x, slots_of(x, x.endpoint->handler_call())};
    co_await detail::run_on_pool(call);
}

/// Invalid: the answer is complete.
task<void> start_handler(exchange& x)
{
    auto const& table = *x.endpoint->table;
    if (!table.coroutine) return call_plain(x);
    return table.start(x.endpoint->callable, slots_of(x, x.endpoint->handler_call()), x.answer);
}

/// The same, with all that follows from the handler's result.
task<void> start(exchange& x)
{
    task<void> running = start_handler(x);
    if (x.endpoint->response_model == nullptr) return running;
    return finish_with_response_model(x, std::move(running));
}

/// Runs one dependency; false when it could not run because of errors.
task<bool> run_dependency(exchange& x, bound_call const& call, std::vector<bool> const& gave,
                          model::validation_errors& errors)
{
    bool ready = extract(x, call, errors);
    for (auto const& p : call.parameters) {
        if (p.table->kind == detail::parameter_kind::dependency && !gave[p.dependency]) ready = false;
    }
    if (!ready) co_return false;
    auto const arguments = slots_of(x, call);
    void* const result = x.frame.at(call.result_offset);
    x.frame.expect_owned();
    if (call.dependency->coroutine) {
        co_await call.dependency->start(call.callable.get(), arguments, result);
    } else {
        dependency_invocation invocation{call, arguments, result};
        co_await detail::run_on_pool(invocation);
    }
    using detail::dependency_end;
    using place = call_frame::end_place;
    auto const end = call.dependency->end;
    x.frame.owns(call.dependency->destroy, result,
                 end == dependency_end::on_pool
                     ? place::pool
                     : (end == dependency_end::on_loop ? place::loop : place::anywhere));
    co_return true;
}

/// An endpoint that has to wait before its handler can be called: for the body, or for dependencies.
task<void> answer_in_steps(exchange& x, bool body_arrived)
{
    auto const& endpoint = *x.endpoint;
    if (endpoint.body == body_plan::form) {
        co_await read_form(x);
    } else if (!body_arrived) {
        co_await x.body->read_all(endpoint.max_body);
    }
    if (!parse_body(x)) co_return;
    model::validation_errors errors;
    std::vector<bool> gave(endpoint.calls.size(), false);
    for (std::size_t i = 0; i + 1 < endpoint.calls.size(); ++i) {
        gave[i] = co_await run_dependency(x, endpoint.calls[i], gave, errors);
    }
    extract(x, endpoint.handler_call(), errors);
    if (!errors.empty()) {
        answer_errors(x, errors);
        co_return;
    }
    task<void> running = start(x);
    if (running.valid()) co_await std::move(running);
}

/// Begins with the endpoint itself, inside of all middleware.
task<void> begin_endpoint(exchange& x)
{
    prepare(x);
    auto const& endpoint = *x.endpoint;
    bool const arrived = !endpoint.reads_body || x.body->read_arrived(endpoint.max_body);
    if (!arrived || endpoint.calls.size() > 1 || endpoint.body == body_plan::form)
        return answer_in_steps(x, arrived);
    if (!extract_at_once(x)) return {};
    return start(x);
}

void answer_error(exchange& x, http_error const& error)
{
    x.answer.clear();
    x.answer.status(error.status());
    x.answer.headers() = error.headers();
    if (wire::is_bodiless(error.status())) return;
    if (!error.headers().contains("content-type")) x.answer.content_type("application/json");
    x.answer.body() = R"({"detail":)" + error.json_detail() + '}';
}

/// Redirects to `path` (decoded) on the same host, keeping the query (Starlette's redirect_slashes).
void answer_redirect(exchange& x, std::string const& path)
{
    std::string location;
    auto const host = x.state.head.host;
    if (!host.empty()) location.append("http://").append(host);
    location += base::percent_encode_path(path);
    if (!x.state.head.query.empty()) location.append("?").append(x.state.head.query);
    x.answer.status(307);
    x.answer.header("location", location);
}

} // namespace

void dispatcher::answer_unmatched(exchange& x, routing::match const& found) const
{
    if (found.kind == routing::match::method_not_allowed) {
        x.answer.header("allow", found.allowed.to_allow_string());
        if (x.state.head.method == method::options) {
            x.answer.status(204);
            return;
        }
        x.answer.status(405);
        x.answer.content_type("application/json").body(R"({"detail":"Method Not Allowed"})");
        return;
    }
    if (x.state.path == "*") { // OPTIONS *: about the server, not about a path (RFC 9110 section 9.3.7)
        x.answer.status(204);
        return;
    }
    if (redirect_slashes) {
        if (auto const path = routes.slash_redirect(x.state.path)) return answer_redirect(x, *path);
    }
    x.answer.status(404);
    x.answer.content_type("application/json").body(R"({"detail":"Not Found"})");
}

bool dispatcher::match(exchange& x) const
{
    decode_path(x.state);
    auto const found = routes.find(x.state.head.method, x.state.path);
    if (found.kind != routing::match::found) {
        answer_unmatched(x, found);
        return false;
    }
    auto const& endpoint = endpoints[found.route];
    x.endpoint = &endpoint;
    x.state.route_pattern = endpoint.pattern;
    x.state.path_names = endpoint.path_names;
    for (std::size_t i = 0; i != found.capture_count; ++i)
        x.state.path_values[i] = found.captures[i].of(x.state.path);
    return true;
}

task<void> dispatcher::begin(exchange& x) const
{
    x.dispatcher = this;
    bool const matched = match(x);
    auto const& middleware = matched ? x.endpoint->middleware : outer_middleware;
    if (!middleware.empty()) return run_chain(x);
    if (!matched) return {};
    return begin_endpoint(x);
}

task<void> dispatcher::run_chain(exchange& x) const
{
    response answer = co_await call_from(x, 0);
    x.answer = std::move(answer);
}

task<response> dispatcher::call_from(exchange& x, std::size_t index) const
{
    auto const& middleware = x.endpoint != nullptr ? x.endpoint->middleware : outer_middleware;
    if (index == middleware.size()) return call_innermost(x);
    return call_middleware(x, middleware[index], index);
}

task<response> dispatcher::call_middleware(exchange& x, middleware_entry const& entry,
                                           std::size_t index) const
{
    next const rest{x, index + 1};
    std::exception_ptr thrown;
    try {
        response answer = co_await entry.call(entry.callable, x.request, rest);
        co_return answer;
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!answer_known_exception(x, thrown)) std::rethrow_exception(thrown);
    co_return std::move(x.answer);
}

task<response> dispatcher::call_innermost(exchange& x) const
{
    // The values of the first call live in the frame until the response is done.
    if (std::exchange(x.begun, true)) throw std::logic_error("a middleware called next more than once");
    std::exception_ptr thrown;
    try {
        if (x.endpoint != nullptr) {
            task<void> running = begin_endpoint(x);
            if (running.valid()) co_await std::move(running);
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown && !answer_known_exception(x, thrown)) std::rethrow_exception(thrown);
    co_return std::move(x.answer);
}

namespace {

/// True for what a cancelled request unwinds with: the connection knows why, and answers for it.
bool is_cancellation(detail::exchange const& x, std::exception_ptr const& thrown)
{
    return x.state.stop_requested && http::is_cancellation(thrown);
}

} // namespace

bool dispatcher::answer_known_exception(exchange& x, std::exception_ptr const& thrown) const
{
    x.tasks.clear();
    if (x.exception_handler_threw || is_cancellation(x, thrown)) return false;
    for (auto const& answer : exception_answers) {
        response made;
        bool answered = false;
        try {
            answered = answer(thrown, x.request, made);
        } catch (...) {
            x.exception_handler_threw = true; // answered with 500, whatever it is
            throw;
        }
        if (answered) {
            x.answer = std::move(made);
            return true;
        }
    }
    try {
        std::rethrow_exception(thrown);
    } catch (storage_error const& error) {
        if (error.status() >= 500) x.disk_problem = error.what(); // a name that is taken is the application's
        answer_error(x, error);
        return true;
    } catch (http_error const& error) {
        answer_error(x, error);
        return true;
    } catch (...) {
        return false;
    }
}

void dispatcher::answer_exception(exchange& x, std::exception_ptr thrown) const noexcept
{
    try {
        if (answer_known_exception(x, thrown)) return;
    } catch (...) {
        // An exception handler that throws is a bug of the application: answered like any other.
    }
    x.handler_failed = true;
    x.answer.clear();
    x.answer.status(500);
    x.answer.content_type("text/plain; charset=utf-8");
    try {
        x.answer.body() = "Internal Server Error";
    } catch (std::bad_alloc const&) {
        x.answer.body().clear(); // the status says it all
    }
}

} // namespace serval::handler
