#include "handler/call_sequence.hpp"

#include "handler/endpoint.hpp"
#include "handler/extract.hpp"
#include "handler/form_reader.hpp"
#include "http/body_source.hpp"
#include "http/cancelled.hpp"
#include "http/pool_call.hpp"

#include <serval/detail/handler_table.hpp>
#include <serval/threadpool.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace serval::handler {

namespace {

using detail::request_context;

detail::slots slots_of(request_context& x, bound_call const& call)
{
    return static_cast<void* const*>(x.frame.at(call.slots_offset));
}

/// Calls a handler that is a plain function. On the pool.
void call_handler(request_context& x)
{
    x.endpoint->table->call(x.endpoint->callable, slots_of(x, x.endpoint->handler_call()), x.answer);
}

/// Calls a handler that is a coroutine.
detail::started_handler start_handler(request_context& x)
{
    return x.endpoint->table->start(x.endpoint->callable, slots_of(x, x.endpoint->handler_call()), x.answer);
}

/// The steps of an endpoint's calls, and where each may be taken.
///
/// Used by one thread at a time: the loop's, or the pool's while the loop's coroutine waits for it.
class call_sequence {
public:
    explicit call_sequence(request_context& x, bool body_arrived)
        : x_{x},
          gave_(x.endpoint->calls.size(), false),
          body_{!expects_body(*x.endpoint) ? body::read
                : body_arrived             ? body::arrived
                                           : body::to_come}
    {}

    /// On the loop: takes all steps up to one that must be taken elsewhere.
    void advance()
    {
        while (where() == place::anywhere)
            take_step();
    }
    enum class place : unsigned char { anywhere, loop, pool, json };

    /// On a pool: likewise. Throws operation_aborted between two steps once `visit` or the request was
    /// cancelled.
    void advance_on(place here, detail::pool_call const& visit)
    {
        for (bool first = true; where() == here || where() == place::anywhere; first = false) {
            if (!first && (visit.cancelled() || x_.state.cancelled())) http::throw_cancelled();
            take_step();
        }
    }

    /// Where the next step must be taken. The end is on the loop.
    place where() const
    {
        switch (next()) {
        case step::read: return reads_large_body(x_) ? place::json : place::anywhere;
        case step::extract:
            return current().takes_body && reads_large_body(x_) ? place::json : place::anywhere;
        case step::call: return is_coroutine(current()) ? place::loop : place::pool;
        case step::receive:
        case step::none: break;
        }
        return place::loop;
    }

    bool needs_body() const { return next() == step::receive; }
    bool finished() const { return next() == step::none; }
    /// The answer tells what is wrong with the request.
    bool refused() const noexcept { return refused_; }

    void body_came() noexcept { body_ = body::arrived; }

    /// Begins the call that is next, a coroutine's, which `returned` follows when the task has completed.
    detail::started_handler start()
    {
        auto const& call = current();
        if (call.dependency == nullptr) return start_handler(x_);
        x_.frame.expect_owned();
        return call.dependency->start(call.callable.get(), slots_of(x_, call),
                                      x_.frame.at(call.result_offset));
    }

    void returned()
    {
        auto const& call = current();
        if (call.dependency != nullptr) own_result(call);
        next_call();
    }

private:
    enum class step : unsigned char { receive, read, extract, call, none };
    enum class body : unsigned char { to_come, arrived, read };

    static bool expects_body(endpoint const& e) { return e.reads_body || e.body == body_plan::form; }

    bound_call const& current() const { return x_.endpoint->calls[index_]; }

    step next() const
    {
        if (done_) return step::none;
        if (index_ == x_.endpoint->early_calls && body_ != body::read)
            return body_ == body::arrived ? step::read : step::receive;
        return extracted_ ? step::call : step::extract;
    }

    bool is_coroutine(bound_call const& call) const
    {
        return call.dependency != nullptr ? call.dependency->coroutine : x_.endpoint->table->coroutine;
    }

    void take_step()
    {
        switch (next()) {
        case step::read: return read_body();
        case step::extract: return extract_parameters();
        case step::call: return call_plain();
        case step::receive:
        case step::none: return;
        }
    }

    void read_body()
    {
        body_ = body::read;
        x_.state.body_read = x_.state.body_read || x_.endpoint->reads_body;
        done_ = refused_ = !parse_body(x_);
    }

    /// Of a dependency that lacks something, or depends on one that did, the call is left out.
    void extract_parameters()
    {
        auto const& call = current();
        std::size_t const before = x_.frame.count();
        bool ready = extract(x_, call, errors_);
        if (call.dependency == nullptr) {
            if (!errors_.empty()) {
                answer_errors(x_, errors_);
                x_.frame.clear_to(before); // what was read of a large body ends on the pool, too
                done_ = refused_ = true;
            }
            extracted_ = true;
            return;
        }
        for (auto const& p : call.parameters) {
            if (p.table->kind == detail::parameter_kind::dependency && !gave_[p.dependency]) ready = false;
        }
        if (!ready) return next_call();
        extracted_ = true;
    }

    void call_plain()
    {
        auto const& call = current();
        if (call.dependency == nullptr) {
            call_handler(x_);
        } else {
            x_.frame.expect_owned();
            call.dependency->call(call.callable.get(), slots_of(x_, call), x_.frame.at(call.result_offset));
            own_result(call);
        }
        next_call();
    }

    void own_result(bound_call const& call)
    {
        using detail::dependency_end;
        using end_place = call_frame::end_place;
        auto const end = call.dependency->end;
        x_.frame.owns(call.dependency->destroy, x_.frame.at(call.result_offset),
                      end == dependency_end::on_pool
                          ? end_place::pool
                          : (end == dependency_end::on_loop ? end_place::loop : end_place::anywhere));
        gave_[index_] = true;
    }

    void next_call() noexcept
    {
        extracted_ = false;
        done_ = ++index_ == x_.endpoint->calls.size();
    }

    request_context& x_;
    model::validation_errors errors_;
    std::vector<bool> gave_; // which dependencies have a value
    std::size_t index_ = 0;  // of the call that is next
    body body_;
    bool extracted_ = false; // its parameters have been
    bool done_ = false;      // the answer is complete
    bool refused_ = false;   // by what is wrong with the request
};

/// A visit of a pool, for all the steps that can be taken there.
class pool_visit final : public detail::pool_call {
public:
    pool_visit(call_sequence& calls, call_sequence::place where)
        : pool_call{[](pool_call& self) {
              auto const& visit = static_cast<pool_visit&>(self);
              visit.calls_.advance_on(visit.where_, self);
          }},
          calls_{calls},
          where_{where}
    {}

    task<void> run()
    {
        return where_ == call_sequence::place::json ? http::run_on_json_pool(*this)
                                                    : detail::run_on_pool(*this);
    }

private:
    call_sequence& calls_;
    call_sequence::place where_;
};

class handler_visit final : public detail::pool_call {
public:
    explicit handler_visit(request_context& x)
        : pool_call{[](pool_call& self) { call_handler(static_cast<handler_visit&>(self).x_); }},
          x_{x}
    {}

private:
    request_context& x_;
};

task<void> call_handler_on_pool(request_context& x)
{
    handler_visit visit{x};
    co_await detail::run_on_pool(visit);
}

/// The whole of an endpoint that has nothing to wait for before its handler: the common case, without the
/// coroutine that the others take.
detail::started_handler call_alone(request_context& x)
{
    if (!parse_body(x)) return {};
    if (auto const& call = x.endpoint->handler_call(); !call.order.empty()) {
        model::validation_errors errors;
        if (!extract(x, call, errors)) {
            answer_errors(x, errors);
            return {};
        }
    }
    if (x.endpoint->table->coroutine) return start_handler(x);
    return call_handler_on_pool(x);
}

task<void> receive_body(request_context& x)
{
    if (x.endpoint->body == body_plan::form) return read_form(x);
    return x.body->read_all(x.endpoint->max_body);
}

task<void> run(request_context& x, bool body_arrived)
{
    call_sequence calls{x, body_arrived};
    for (;;) {
        calls.advance();
        if (calls.finished()) {
            if (calls.refused()) x.tasks.clear(); // of dependencies that have run
            co_return;
        }
        if (calls.needs_body()) {
            co_await receive_body(x);
            calls.body_came();
        } else if (auto const where = calls.where(); where != call_sequence::place::loop) {
            pool_visit visit{calls, where};
            co_await visit.run();
        } else {
            detail::started_handler running = calls.start();
            if (running.valid()) co_await finish(std::move(running));
            calls.returned();
        }
    }
}

} // namespace

task<void> finish(detail::started_handler running)
{
    task<void> rest = co_await running.end();
    if (rest.valid()) co_await std::move(rest);
}

detail::started_handler call_endpoint(request_context& x)
{
    auto const& endpoint = *x.endpoint;
    x.frame.reserve(endpoint.frame_bytes);
    x.answer.status(endpoint.status);
    x.answer.declared(endpoint.response_model);
    bool const arrived = !endpoint.reads_body || x.body->read_arrived(endpoint.max_body);
    bool const form = endpoint.body == body_plan::form;
    if (arrived && !form && endpoint.calls.size() == 1 && !reads_large_body(x)) return call_alone(x);
    // What runs before the body is read finds none, however much of it has come along with the head.
    if (endpoint.early_calls != 0 && endpoint.reads_body) x.state.body_read = false;
    return run(x, arrived && !form);
}

} // namespace serval::handler
