#include "server/exchange.hpp"

#include "base/log_escape.hpp"
#include "base/what_of.hpp"
#include "handler/end_values.hpp"
#include "http/cancelled.hpp"
#include "server/hold_watch.hpp"
#include "server/takeover.hpp"
#include "server/task_batch.hpp"
#include "server/task_registry.hpp"
#include "wire/response_head.hpp"

#include <serval/http_error.hpp>

#include <boost/asio/this_coro.hpp>

#include <string>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// "POST /users", fit for the log.
void append_request(std::string& line, wire::request_head const& head)
{
    base::append_log_escaped(line, head.method_name);
    line += ' ';
    base::append_log_escaped(line, head.target.substr(0, 2048));
}

} // namespace

exchange::exchange(loop& on, carrier& by) noexcept : loop_{on}, by_{by} {}

exchange::~exchange() = default;

void exchange::begin(detail::request_context& context, hold_watch* watch)
{
    auto& environment = loop_.environment();
    context_ = &context;
    hold_watch_ = watch;
    stage_ = stage::handler;
    reason_ = reason::none;
    logged_ = false;
    body_.begin();
    context.body = &body_;
    context.tasks.account = environment.tasks.get();
    context.state.client = &by_.peer();
    context.state.draining = &environment.draining;
    context.state.max_query_parameters = loop_.settings().limits.query_parameters;
    context.head_only = context.state.head.method == method::head;
    watch_.begin(loop_.now(), 0);
    loop_.note_thread();
    in_flight_ = gauge_hold{loop_.counters().requests_in_flight};
    std::exception_ptr thrown;
    try {
        if (watch != nullptr) watch->begins(context.state.head.method_name);
        pending_ = environment.dispatcher->begin(context);
        if (watch != nullptr)
            watch->names(context.endpoint != nullptr ? context.endpoint->pattern : std::string_view{});
        if (pending_.valid()) {
            begin_limit();
            if (by_.gathered() != 0) by_.post_flush();
            return;
        }
    } catch (...) {
        pending_ = {};
        thrown = std::current_exception();
    }
    end_work(std::move(thrown));
}

/// The time limit of the handler, or of its stream, which begins anew: the handler may have used up its own.
void exchange::begin_limit()
{
    auto const* const endpoint = context_->endpoint;
    bool const own = endpoint != nullptr && endpoint->has_timeout;
    auto const limit = own ? endpoint->timeout : loop_.settings().limits.handler_timeout;
    watch_.until(limit.count() != 0 ? loop_.after(limit) - body_.time_waited() : 0);
}

exchange::ticks exchange::limit() const noexcept
{
    bool const counts = at_work() && reason_ == reason::none && !body_.waiting() && watch_.deadline() != 0;
    return counts ? watch_.deadline() + body_.time_waited() : 0;
}

task<void> exchange::run()
{
    while (active()) {
        std::exception_ptr thrown;
        try {
            detail::started_handler now = work();
            co_await asio::this_coro::throw_if_cancelled(at_work()); // the end of values is not cancelled
            task<void> rest = co_await now.end();
            if (rest.valid()) co_await std::move(rest);
        } catch (...) {
            thrown = std::current_exception();
        }
        co_await asio::this_coro::throw_if_cancelled(false);
        // A handler may change the state, which is the carrier's too.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        end_work(std::move(thrown));
    }
}

detail::started_handler exchange::work()
{
    if (stage_ == stage::handler && reason_ != reason::none) { // since it was called, and before it began
        pending_ = {};
        http::throw_cancelled();
    }
    switch (stage_) {
    case stage::handler: return std::move(pending_);
    case stage::stream: return send_stream();
    default: break;
    }
    by_.flush_now(); // the client need not wait for this
    return handler::end_values(context_->frame);
}

void exchange::abandon() noexcept
{
    auto stop = begin_stop();
    stage_ = stage::over;
    pending_ = {};
    in_flight_.release();
    stop.request_stop();
}

task<void> exchange::send_stream()
{
    auto& x = *context_;
    begin_limit();
    auto producer = x.answer.producer();
    task<void> preparing = producer->prepare(x.request, x.answer);
    if (preparing.valid()) co_await std::move(preparing);
    if (auto* const upgrade = producer->upgrade()) {
        co_await hand_over(*upgrade);
        co_return;
    }
    bool const with_body = !x.head_only && !wire::is_bodiless(x.answer.status());
    if (!with_body || !x.answer.streamed()) co_return; // sent as any other
    producer = x.answer.producer();
    if (by_.gathered() != 0) by_.post_flush(); // earlier answers do not wait for this one
    answer_sink::opened const open(sink_, *producer);
    co_await produce(*producer);
    sink_.finish();
}

/// The connection is another protocol's from now on, and this exchange lasts as long.
task<void> exchange::hand_over(http::upgrade& to)
{
    if (!by_.switch_to(to.protocol(), context_->answer))
        throw http_error(400, "This connection cannot change its protocol");
    sink_.count_all();
    if (auto const* const endpoint = context_->endpoint; endpoint == nullptr || !endpoint->has_timeout)
        watch_.until(0);
    if (!by_.flush_now()) co_await by_.flush();
    log_access();
    struct scope { // also when its coroutine is destroyed
        http::upgrade*& at;
        ~scope() { at = nullptr; }
    } const taken{upgrade_};
    upgrade_ = &to;
    takeover stream(*this);
    co_await to.run(stream);
}

/// Completes at the end of the body, also when a drain is that end.
task<void> exchange::produce(detail::body_producer& producer)
{
    bool const endless = context_->answer.ends_on_drain();
    if (endless && loop_.draining()) co_return;
    std::exception_ptr thrown;
    try {
        co_await producer.produce(sink_);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) co_return;
    bool const drained = reason_ == reason::drained && !by_.lost() && !sink_.within_piece();
    if (!drained || !http::is_cancellation(thrown)) std::rethrow_exception(thrown);
}

void exchange::end_work(std::exception_ptr thrown)
{
    if (stage_ == stage::ending) return finish();
    auto& x = *context_;
    bool const failed = thrown != nullptr;
    auto const sent = sink_.take_progress(failed);
    if (failed && sent == answer_sink::progress::nothing) {
        // A handler that has returned keeps its tasks when its stream is cancelled: the client has left, say.
        if (stage_ == stage::handler || reason_ == reason::none) x.tasks.clear();
        answer_failure(thrown);
    } else if (failed) {
        break_off(thrown);
    }
    bool const hurried = std::exchange(reason_, reason::none) == reason::shut_down;
    if (goes_on_as_stream(failed, sent, hurried)) return;
    log_trouble();
    if (by_.lost()) begin_stop().request_stop(); // nobody else may have told the threads that go by it
    stage_ = stage::ending;
    if (hold_watch_ != nullptr) hold_watch_->ends();
    if (!by_.lost()) {
        if (sent == answer_sink::progress::nothing) {
            by_.send(x.answer, hurried);
            log_access();
        }
        loop_.counters().requests.add();
    }
    by_.answered(std::move(in_flight_));
    end_context();
}

/// True: the answer's second half begins. A stream that cannot be sent is replaced.
bool exchange::goes_on_as_stream(bool failed, answer_sink::progress sent, bool hurried)
{
    auto& answer = context_->answer;
    if (!answer.streamed() || sent != answer_sink::progress::nothing || by_.lost()) return false;
    if (stage_ == stage::handler && !hurried) {
        stage_ = stage::stream;
        return true;
    }
    if (hurried && !failed) answer_shut_down();
    // One failed, and the exception's handler gave another.
    if ((failed || hurried) && answer.streamed())
        answer = response(hurried ? 503 : 500, hurried ? "Service Unavailable" : "Internal Server Error");
    return false;
}

/// In the place of an answer that the handler has not given, or that cannot be sent. Tasks that are to run
/// stay.
void exchange::answer_for_server(int status, std::string_view why)
{
    auto& x = *context_;
    auto tasks = std::exchange(x.tasks.tasks, {});
    loop_.environment().dispatcher->answer_exception(x, std::make_exception_ptr(http_error(status, why)));
    x.tasks.tasks = std::move(tasks);
    loop_.refusals().shape(x.answer, why, by_.peer());
}

void exchange::answer_shut_down()
{
    answer_for_server(503, "The server is shutting down");
}

void exchange::answer_failure(std::exception_ptr const& thrown)
{
    switch (reason_) {
    case reason::peer_left: return by_.lose();
    case reason::handler_timeout: return answer_for_server(503, "The request took too long to handle");
    case reason::shut_down: return answer_shut_down();
    case reason::slow_body:
        by_.close_behind(true);
        return answer_for_server(408, wire::message_of(wire::error::timeout));
    default: break;
    }
    if (by_.lost()) return;
    loop_.environment().dispatcher->answer_exception(*context_, thrown);
    if (context_->handler_failed) log_failure("Exception in ", base::what_of(thrown));
}

/// Without its last chunk, or short of its length: the client sees that something is missing.
void exchange::break_off(std::exception_ptr const& thrown)
{
    log_access(); // its bytes may have left with those of others
    if (reason_ == reason::peer_left) by_.lose();
    if (reason_ == reason::handler_timeout) {
        log_failure("Exception in ", "the stream took too long");
    } else if (reason_ == reason::none && !by_.lost() && !(body_.failed() && detail::is_http_error(thrown))) {
        log_failure("Exception in the stream of ", base::what_of(thrown));
    }
    // Whom the time-out or the end of the server has met while the client did not read, is not waited for.
    bool const shut_down = reason_ == reason::shut_down;
    by_.break_off(!shut_down, shut_down || reason_ == reason::handler_timeout);
}

/// The request's end, in the order that request_context::reset states: when it has tasks that may use what
/// its dependencies gave, they end it.
void exchange::end_context()
{
    auto& x = *context_;
    x.answer.clear();
    if (!x.tasks.tasks.empty()) take_tasks();
    if (tasks_ && x.endpoint != nullptr && x.endpoint->calls.size() > 1) {
        auto kept = by_.give_workspace();
        kept->client = by_.peer();
        x.state.client = &kept->client;
        x.body = nullptr;
        tasks_->keep(std::move(kept));
        context_ = nullptr;
    } else if (x.frame.clear_on_loop()) {
        return; // run goes on
    }
    finish();
}

void exchange::finish()
{
    if (context_ != nullptr) {
        if (!context_->tasks.tasks.empty()) take_tasks(); // a destructor has added some
        context_->reset_behind_answer();
    }
    stage_ = stage::over;
}

void exchange::take_tasks()
{
    auto& x = *context_;
    if (tasks_) return tasks_->add(std::exchange(x.tasks.tasks, {}));
    std::string origin;
    append_request(origin, x.state.head);
    tasks_ = std::make_shared<task_batch>(std::exchange(x.tasks.tasks, {}), std::move(origin));
    wait_for_tasks_ = std::exchange(x.tasks.overflowed, false);
}

std::shared_ptr<task_batch> exchange::launch_tasks()
{
    auto batch = std::exchange(tasks_, nullptr);
    bool const wait = std::exchange(wait_for_tasks_, false);
    loop_.tasks().launch(batch);
    return wait ? batch : nullptr;
}

/// A request is with its handler, or its stream, which waits for the client's bytes, for room for its own,
/// for both, or for something else.
void exchange::sweep()
{
    if (!at_work() || reason_ != reason::none) return; // it has been told
    if (by_.lost()) return cancel_for(reason::peer_left);
    if (body_.waiting()) { // its time is the client's
        if (!body_.comes_too_slowly()) return;
        loop_.turn().spend(turn_budget::question);
        if (!by_.has_unread()) cancel_for(reason::slow_body); // else the loop is late
        return;
    }
    if (auto const until = limit(); until != 0 && loop_.now() >= until)
        return cancel_for(reason::handler_timeout);
    if (loop_.draining() && drain()) return;
    if (by_.writing() || reason_ != reason::none) return;
    if (upgrade_ != nullptr) return; // its reader sees the end
    if (watch_.waited(loop_.now()) >= loop::tick_length.count()) {
        loop_.turn().spend(turn_budget::question);
        if (by_.peer_has_left()) return cancel_for(reason::peer_left);
    }
    if (sink_.is_open()) sink_.ping();
}

/// The tick looks again when it is within a piece.
bool exchange::drain()
{
    if (upgrade_ != nullptr) upgrade_->drain();
    bool const endless = at_work() && sink_.is_open() && context_->answer.ends_on_drain();
    if (!endless || reason_ != reason::none || sink_.within_piece()) return false;
    cancel_for(reason::drained);
    return true;
}

void exchange::cancel_for(reason why)
{
    loop_.turn().spend(turn_budget::ending);
    reason_ = why;
    // An operation that completes in place may end this request and begin the next: what is to be stopped is
    // this one, so its tokens' source is taken first. It is used last, since callbacks of the application's
    // run inside.
    auto stop = begin_stop();
    by_.interrupt();
    stop.request_stop();
}

std::stop_source exchange::begin_stop() noexcept
{
    return at_work() ? context_->state.begin_stop() : std::stop_source{std::nostopstate};
}

void exchange::note_peer_left()
{
    reason_ = reason::peer_left;
    begin_stop().request_stop();
}

void exchange::log_access()
{
    auto& log = loop_.environment().log;
    if (std::exchange(logged_, true) || !log.access_enabled()) return;
    auto const& head = context_->state.head;
    log.access(by_.peer(), head.method_name, head.target, by_.version(), context_->answer.status());
}

void exchange::log_failure(std::string_view what, std::string_view why)
{
    loop_.counters().handler_errors.add();
    auto& log = loop_.environment().log;
    if (!log.enabled(log_level::error)) return;
    std::string line{what};
    append_request(line, context_->state.head);
    line += ": ";
    base::append_log_escaped(line, why);
    log.write(log_level::error, line);
}

/// What the client is not told.
void exchange::log_trouble()
{
    auto const& x = *context_;
    if (!x.disk_problem.empty()) {
        // A full disk, or descriptors that have run out, would else fill the log, too.
        if (auto const held_back = loop_.environment().disk_trouble.pass()) {
            log_failure("Disk trouble in ", x.disk_problem + base::log_gate::remark(*held_back));
        } else {
            loop_.counters().handler_errors.add();
        }
    }
    if (!x.answered_exception.empty()) log_failure("Exception in ", x.answered_exception);
}

} // namespace serval::server_impl
