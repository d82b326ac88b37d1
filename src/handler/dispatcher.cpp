#include "handler/dispatcher.hpp"

#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "base/what_of.hpp"
#include "handler/call_sequence.hpp"
#include "http/cancelled.hpp"
#include "wire/response_head.hpp"

#include <serval/http_error.hpp>
#include <serval/storage_error.hpp>

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

using detail::request_context;

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

void answer_error(request_context& x, http_error const& error)
{
    x.answer.clear();
    x.answer.status(error.status());
    x.answer.headers() = error.headers();
    if (wire::is_bodiless(error.status())) return;
    if (!error.headers().contains("content-type")) x.answer.content_type("application/json");
    x.answer.body() = R"({"detail":)" + error.json_detail() + '}';
}

/// Redirects to `path` (decoded), keeping the query (Starlette's redirect_slashes). A relative reference (RFC
/// 9110 section 10.2.2): neither the scheme nor the host that the client used is known for certain.
void answer_redirect(request_context& x, std::string const& path)
{
    std::string location = base::percent_encode_path(path);
    if (!x.state.head.query.empty()) location.append("?").append(x.state.head.query);
    x.answer.status(307);
    x.answer.header("location", location);
}

} // namespace

bool dispatcher::redirects(request_context& x, routing::match const& found) const
{
    if (!redirect_slashes) return false;
    auto const other = routes.slash_redirect(x.state.head.method, x.state.path, found);
    if (!other) return false;
    if (found.catch_all && other->route >= own_endpoints) return false; // the application's goes first
    answer_redirect(x, other->path);
    return true;
}

void dispatcher::answer_unmatched(request_context& x, routing::match const& found) const
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
    x.answer.status(404);
    x.answer.content_type("application/json").body(R"({"detail":"Not Found"})");
}

bool dispatcher::match(request_context& x) const
{
    decode_path(x.state);
    auto const found = routes.find(x.state.head.method, x.state.path);
    bool const matched = found.kind == routing::match::found;
    if ((!matched || found.catch_all) && redirects(x, found)) return false;
    if (!matched) {
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

detail::started_handler dispatcher::begin(request_context& x) const
{
    x.dispatcher = this;
    bool const matched = match(x);
    auto const& middleware = matched ? x.endpoint->middleware : outer_middleware;
    if (!middleware.empty()) return run_chain(x);
    if (!matched) return {};
    return call_endpoint(x);
}

task<void> dispatcher::run_chain(request_context& x) const
{
    response answer = co_await call_from(x, 0);
    x.answer = std::move(answer);
}

task<response> dispatcher::call_from(request_context& x, std::size_t index) const
{
    auto const& middleware = x.endpoint != nullptr ? x.endpoint->middleware : outer_middleware;
    if (index == middleware.size()) return call_innermost(x);
    return call_middleware(x, middleware[index], index);
}

task<response> dispatcher::call_middleware(request_context& x, middleware_entry const& entry,
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

task<response> dispatcher::call_innermost(request_context& x) const
{
    // The values of the first call live in the frame until the response is done.
    if (std::exchange(x.begun, true)) throw std::logic_error("a middleware called next more than once");
    std::exception_ptr thrown;
    try {
        if (x.endpoint != nullptr) {
            detail::started_handler running = call_endpoint(x);
            if (running.valid()) co_await finish(std::move(running));
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown && !answer_known_exception(x, thrown)) std::rethrow_exception(thrown);
    co_return std::move(x.answer);
}

namespace {

/// True for what a cancelled request unwinds with: the connection knows why, and answers for it.
bool is_cancellation(detail::request_context const& x, std::exception_ptr const& thrown)
{
    return x.state.stop_requested && http::is_cancellation(thrown);
}

/// Keeps for the log why a file could not be stored; a name that is taken is the application's affair.
void note_disk_problem(request_context& x, storage_error const& error)
{
    if (error.status() >= 500) x.disk_problem = error.what();
}

void note_disk_problem(request_context& x, std::exception_ptr const& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (storage_error const& error) {
        note_disk_problem(x, error);
    } catch (...) {
    }
}

} // namespace

bool dispatcher::answer_known_exception(request_context& x, std::exception_ptr const& thrown) const
{
    x.tasks.clear();
    if (x.exception_handler_threw || is_cancellation(x, thrown)) return false;
    for (auto const& one : exception_answers) {
        response made;
        bool answered = false;
        try {
            answered = one.answer(thrown, x.request, made);
        } catch (...) {
            x.exception_handler_threw = true; // answered with 500, whatever it is
            throw;
        }
        if (!answered) continue;
        note_disk_problem(x, thrown);
        if ((one.any || made.status() == 500) && x.disk_problem.empty())
            x.answered_exception = base::what_of(thrown);
        x.answer = std::move(made);
        return true;
    }
    try {
        std::rethrow_exception(thrown);
    } catch (storage_error const& error) {
        note_disk_problem(x, error);
        answer_error(x, error);
        return true;
    } catch (http_error const& error) {
        answer_error(x, error);
        return true;
    } catch (...) {
        return false;
    }
}

void dispatcher::answer_exception(request_context& x, std::exception_ptr thrown) const noexcept
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
