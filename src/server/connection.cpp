#include "server/connection.hpp"

#include "base/log_escape.hpp"
#include "handler/end_values.hpp"
#include "server/hold_watch.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <stop_token>
#include <string>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// Responses to pipelined requests are gathered up to this size before they must be sent.
constexpr std::size_t max_gathered = 64 * 1024;
constexpr std::size_t least_read = 4 * 1024;

wire::head_limits limits_of(serval::limits const& from)
{
    return {.request_line = from.request_line, .block = from.header_block, .fields = from.header_count};
}

} // namespace

connection::connection(std::shared_ptr<loop> owner, std::unique_ptr<transport> stream)
    : owner_{std::move(owner)},
      loop_{*owner_},
      stream_{std::move(stream)},
      head_limits_{limits_of(loop_.settings().limits)},
      parser_{head_limits_}
{
    become_idle();
}

connection::~connection() = default;

/// Takes the connection out of the loop's list when its coroutine ends, also when it is destroyed instead: an
/// operation that cannot allocate has no completion.
class connection::registration {
public:
    explicit registration(connection& listed) : listed_{listed.shared_from_this()} {}
    ~registration()
    {
        auto& c = *listed_;
        if (std::exchange(c.at_work_, false)) ++c.unsent_answers_;
        if (c.watch_) c.watch_->ends();
        c.answers_left();
        c.loop_.remove(c);
    }
    registration(registration const&) = delete;
    registration& operator=(registration const&) = delete;

private:
    std::shared_ptr<connection> listed_;
};

task<void> connection::run()
{
    registration const listed{*this};
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        if (std::exchange(reset_cancellation_, false)) {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        }
        switch (next_action()) {
        case action::wait: {
            auto const ec = co_await stream_->wait_readable();
            on_idle_end(ec);
            break;
        }
        case action::read: {
            auto const room = work_->input.make_room(least_read);
            auto const result = co_await stream_->read_some(asio::mutable_buffer(room.data(), room.size()));
            on_read(result);
            break;
        }
        case action::yield: co_await loop_.turn().next_turn(); break;
        case action::answer: {
            std::exception_ptr thrown;
            try {
                task<void> work = streaming_ ? send_stream() : start_handler();
                if (work.valid()) {
                    co_await asio::this_coro::throw_if_cancelled(true);
                    // A handler may change the state, which is the connection's too.
                    reset_cancellation_ = true;
                    co_await std::move(work);
                }
            } catch (...) {
                thrown = std::current_exception();
            }
            co_await asio::this_coro::throw_if_cancelled(false);
            finish_work(std::move(thrown));
            break;
        }
        case action::end_values:
            co_await end_values();
            finish_exchange();
            break;
        case action::write: co_await flush(); break;
        case action::tasks: co_await wait_for_tasks(); break;
        case action::discard: co_await discard_body(); break;
        case action::linger: co_await linger(); break;
        case action::end: end_stream(); co_return;
        }
    }
}

void connection::end_stream() noexcept
{
    if (has_unsent()) stream_->reset(); // what is left of an answer is lost in any case
    stream_->close();
}

connection::action connection::next_action()
{
    if (streaming_) return action::answer;
    if (ending_) return action::end_values;
    if (tasks_) {
        if (!flush_now()) return action::write;
        launch_tasks();
        if (tasks_) return action::tasks;
    }
    if (ended_) return action::end;
    if (!work_) return action::wait;
    bool const full = work_->output.size() > max_gathered || !large_body_.empty();
    bool const yields = !fresh_input_ && !work_->input.empty() && loop_.turn().spent();
    if (!close_after_ && !full && !yields && decoder_.finished()) {
        if (parse_head() == action::answer) return action::answer;
    }
    if (!flush_now()) return action::write;
    if (ended_) return action::end;
    if (close_after_) return linger_ ? action::linger : action::end;
    if (!decoder_.finished()) return action::discard;
    if (yields) return action::yield;
    return full ? next_action() : action::read;
}

connection::action connection::parse_head()
{
    auto& head = exchange().state.head;
    switch (parser_.parse(work_->input.bytes(), head)) {
    case wire::head_parser::state::incomplete: return action::read;
    case wire::head_parser::state::failed: refuse(parser_.failure()); return action::write;
    case wire::head_parser::state::complete: break;
    }
    taken_ = parser_.end();
    if (!std::exchange(fresh_input_, false)) loop_.turn().spend(turn_budget::request); // pipelined
    decoder_ = wire::body_decoder::for_head(head);
    body_bytes_ = body_rate_.moved = 0;
    body_waited_ = 0;
    return action::answer;
}

task<void> connection::start_handler()
{
    auto& x = exchange();
    x.body = this;
    x.tasks.account = loop_.environment().tasks.get();
    x.state.client = &stream_->peer();
    x.state.draining = &loop_.environment().draining;
    x.state.max_query_parameters = settings().limits.query_parameters;
    x.head_only = x.state.head.method == method::head;
    phase_ = phase::handling;
    reason_ = reason::none;
    since_ = loop_.now();
    deadline_ = 0;
    loop_.note_thread();
    loop_.counters().requests_in_flight.add();
    at_work_ = true;
    if (watch_) watch_->begins(x.state.head.method_name);
    task<void> handler = loop_.environment().dispatcher->begin(x);
    if (watch_) watch_->names(x.endpoint != nullptr ? x.endpoint->pattern : std::string_view{});
    if (!handler.valid()) return handler;
    begin_handler_time();
    if (!work_->output.empty()) post_flush();
    return handler;
}

void connection::begin_handler_time()
{
    auto const* const endpoint = exchange().endpoint;
    bool const own = endpoint != nullptr && endpoint->has_timeout;
    auto const limit = own ? endpoint->timeout : settings().limits.handler_timeout;
    deadline_ = limit.count() != 0 ? loop_.after(limit) : 0;
}

bool connection::decide_to_keep(bool hurried)
{
    auto const& head = exchange().state.head;
    bool keep = head.keep_alive && !close_after_ && !loop_.draining();
    if (!decoder_.finished() && !can_discard()) keep = false;
    if (!keep) {
        close_after_ = true;
        // The rest of the body is on its way, or the next request, to a connection that the client believes
        // to be kept.
        linger_ = !decoder_.finished() || (!hurried && (linger_ || head.keep_alive || !unread().empty()));
    }
    return keep;
}

void connection::finish_work(std::exception_ptr thrown)
{
    auto& x = exchange();
    if (thrown) take_back_stream();
    auto const sent = std::exchange(streamed_, streamed::nothing);
    stream_begin_ = nowhere;
    if (thrown && sent == streamed::nothing) {
        // A handler that has returned keeps its tasks when its stream is cancelled: the client has left, say.
        if (!streaming_ || reason_ == reason::none) x.tasks.clear();
        answer_failure(thrown);
    } else if (thrown) {
        break_off_stream(thrown);
    }
    bool const hurried = reason_ == reason::shut_down;
    reason_ = reason::none;
    bool const was_streaming = std::exchange(streaming_, false);
    if (x.answer.streamed() && sent == streamed::nothing && !ended_) {
        if (!was_streaming && !hurried) {
            streaming_ = true; // the answer's second half
            return;
        }
        if (hurried && !thrown) answer_shut_down();
        // One failed, and the exception's handler gave another.
        if ((thrown || hurried) && x.answer.streamed())
            x.answer =
                response(hurried ? 503 : 500, hurried ? "Service Unavailable" : "Internal Server Error");
    }
    if (!x.disk_problem.empty()) log_disk_trouble();
    if (!x.answered_exception.empty()) log_failure("Exception in ", x.answered_exception);
    if (ended_) begin_stop().request_stop(); // nobody else may have told the threads that go by it
    at_work_ = false;
    if (watch_) watch_->ends();
    ++unsent_answers_; // in flight until its last byte is with the kernel
    if (!ended_) {
        if (sent == streamed::nothing) write_answer(decide_to_keep(hurried));
        loop_.counters().requests.add();
    } else {
        answers_left();
    }
    end_exchange();
}

void connection::log_failure(std::string_view what, std::string_view why)
{
    loop_.counters().handler_errors.add();
    auto& log = loop_.environment().log;
    if (!log.enabled(log_level::error)) return;
    auto const& head = exchange().state.head;
    std::string line{what};
    base::append_log_escaped(line, head.method_name);
    line += ' ';
    base::append_log_escaped(line, head.target.substr(0, 2048));
    line += ": ";
    base::append_log_escaped(line, why);
    log.write(log_level::error, line);
}

/// The request's end, in the order that request_context::reset states: when it has tasks that may use what
/// its dependencies gave, they end it.
void connection::end_exchange()
{
    auto& x = exchange();
    x.answer.clear();
    if (!x.tasks.tasks.empty()) take_tasks();
    if (tasks_ && x.endpoint != nullptr && x.endpoint->calls.size() > 1) {
        leave_workspace_to_tasks();
    } else if (x.frame.clear_on_loop()) {
        ending_ = true;
        return;
    }
    finish_exchange();
}

task<void> connection::end_values()
{
    flush_now(); // the client need not wait for this
    phase_ = phase::ending;
    co_await handler::end_values(exchange().frame);
}

void connection::finish_exchange()
{
    ending_ = false;
    auto& x = exchange();
    if (!x.tasks.tasks.empty()) take_tasks(); // a destructor has added some
    x.reset();
    if (ended_) return;
    if (decoder_.finished()) return_leftovers();
    continue_sent_ = false;
    become_idle();
}

void connection::become_idle()
{
    bool const partial = work_ != nullptr && !work_->input.empty();
    phase_ = partial ? phase::head : phase::idle;
    since_ = loop_.now();
    auto const& limits = settings().limits;
    deadline_ = loop_.after(partial ? limits.head_timeout : limits.keep_alive_timeout);
    if (loop_.draining() && !partial) deadline_ = std::min(deadline_, loop_.after(std::chrono::seconds{1}));
    if (!work_) work_ = loop_.workspaces().take();
}

void connection::on_read(io_result const& result)
{
    auto const why = std::exchange(reason_, reason::none);
    if (auto const ec = std::get<0>(result); !ec) {
        work_->input.commit(std::get<1>(result));
        fresh_input_ = true;
        if (phase_ == phase::idle) become_idle(); // which it no longer is: this starts the head's time
        return;
    }
    if (why == reason::release_buffers) {
        loop_.workspaces().give_back(std::move(work_));
        loop_.begin_idling(*this);
    } else if (why == reason::expired && phase_ == phase::head && !parser_.blank()) {
        refuse(wire::error::timeout);
    } else {
        ended_ = true;
    }
}

void connection::on_idle_end(boost::system::error_code ec)
{
    reason_ = reason::none;
    loop_.end_idling(*this);
    if (ec) {
        ended_ = true;
    } else {
        work_ = loop_.workspaces().take();
    }
}

void connection::cancel_for(reason why)
{
    loop_.turn().spend(turn_budget::ending);
    reason_ = why;
    reset_cancellation_ = true;
    auto const self = shared_from_this();
    // An operation that completes in place may end this request and begin the next: what is to be stopped is
    // this one, so its tokens' source is taken first. It is used last, since callbacks of the application's
    // run inside.
    auto stop = begin_stop();
    cancel_.emit(asio::cancellation_type::terminal);
    stop.request_stop();
}

/// What stops those that go by the token of the request at work, if there is one.
std::stop_source connection::begin_stop() noexcept
{
    return at_work_ ? exchange().state.begin_stop() : std::stop_source{std::nostopstate};
}

/// Gives the client up: nothing more can be read or written.
void connection::lose_peer(bool reset) noexcept
{
    ended_ = true;
    auto stop = begin_stop();
    // Else a body that ends with the connection would seem to be whole.
    if (reset || has_unsent() || (close_delimited_ && at_work_)) {
        stream_->reset();
    } else {
        stream_->close();
    }
    stop.request_stop();
}

void connection::close() noexcept
{
    auto const self = shared_from_this();
    lose_peer(false);
}

/// A client that does not read: the system must not go on offering it what it holds.
void connection::cut_off() noexcept
{
    loop_.turn().spend(turn_budget::ending);
    auto const self = shared_from_this();
    lose_peer(true);
}

/// Whether there is some of an answer that the system has not taken.
bool connection::has_unsent() const noexcept
{
    return work_ && work_->output.size() + large_body_.size() > sent_;
}

bool connection::make_room()
{
    if (phase_ != phase::idle || work_ || reason_ != reason::none || stream_->has_unread()) return false;
    cancel_for(reason::expired);
    return true;
}

void connection::sweep()
{
    auto const now = loop_.now();
    switch (phase_) {
    case phase::idle:
        if (now >= deadline_) return expire(reason::expired);
        if (work_ && now - since_ >= loop::tick_length.count()) return cancel_for(reason::release_buffers);
        return;
    case phase::head:
    case phase::discarding:
    case phase::lingering:
        if (now >= deadline_) expire(reason::expired);
        return;
    case phase::ending: flush_in_sweep(); return;
    case phase::handling:
    case phase::body: return sweep_work();
    case phase::writing:
        if (at_work_) return sweep_work();
        if (reads_too_slowly()) cut_off();
        return;
    case phase::tasks: return;
    }
}

/// A request is with its handler, or its stream, which waits for the client's bytes, for room for its own,
/// for both, or for something else.
void connection::sweep_work()
{
    auto const now = loop_.now();
    if (write_waits_ == 0) flush_in_sweep(); // earlier answers that did not fit at once
    if (write_waits_ != 0 && reads_too_slowly()) return cut_off();
    if (reason_ != reason::none) return; // it has been told
    if (ended_) return cancel_for(reason::peer_left);
    if (body_waits_) { // its time is the client's
        if (too_slow(body_rate_)) expire(reason::slow_body);
        return;
    }
    if (deadline_ != 0 && now >= deadline_) return cancel_for(reason::handler_timeout);
    if (loop_.draining()) end_endless_stream();
    if (write_waits_ != 0 || reason_ != reason::none) return;
    if (now - since_ >= loop::tick_length.count()) {
        loop_.turn().spend(turn_budget::question);
        if (stream_->peer_has_left()) return cancel_for(reason::peer_left);
    }
    if (sink_ != nullptr) send_ping();
}

/// A client is late, unless what it has sent waits for the loop, which then reads before it judges.
void connection::expire(reason why)
{
    loop_.turn().spend(turn_budget::question);
    if (!stream_->has_unread()) cancel_for(why);
}

void connection::flush_in_sweep()
{
    if (work_->output.empty()) return;
    loop_.turn().spend(turn_budget::writing);
    flush_now();
}

/// What a request at work waits for has changed.
void connection::show_work() noexcept
{
    if (!at_work_) return;
    phase_ = body_waits_ ? phase::body : write_waits_ != 0 ? phase::writing : phase::handling;
    since_ = loop_.now();
}

void connection::drain(std::chrono::milliseconds idle_grace)
{
    if (phase_ == phase::idle) deadline_ = std::min(deadline_, loop_.after(idle_grace));
    if (!loop_.turn().spent()) end_endless_stream(); // else the tick does it
}

void connection::cancel()
{
    close_after_ = true;
    // The system delivers what is answered, also to who reads only later; the end does not wait for that.
    stream_->lift_unsent_bound();
    if (at_work_) return cancel_for(reason::shut_down);
    if (phase_ == phase::idle || phase_ == phase::head) return cancel_for(reason::expired);
    if (work_) flush_now();
    close();
}

} // namespace serval::server_impl
