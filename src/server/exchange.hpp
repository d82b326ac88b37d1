// One request and its answer, on their way through the handlers.
#pragma once

#include "server/answer_sink.hpp"
#include "server/carrier.hpp"
#include "server/gauge_hold.hpp"
#include "server/loop.hpp"
#include "server/request_body.hpp"
#include "server/watch.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

namespace serval::server_impl {

class hold_watch;
class task_batch;

/// From a head that was read to an answer that is made, whatever protocol carries it: the handler, the body
/// that it reads, the stream that it gives, its deadline, its cancellation, its background tasks, its line in
/// the access log. Used for one request after the other, or for one.
///
/// Its carrier owns it, and runs it in one coroutine; the tick comes while that waits. It ends in one order:
/// the answer, the body's producer, tasks, values, the request.
class exchange {
public:
    using ticks = watch::ticks;

    /// Both must outlive it.
    exchange(loop& on, carrier& by) noexcept;
    ~exchange();

    /// Serves the request whose head is in `context`, as far as that goes without waiting; `run` does the
    /// rest, unless it is over. `watch`: learns what its coroutine works for, or null.
    void begin(detail::request_context& context, hold_watch* watch);
    /// Goes on to the end, in a coroutine that its carrier can interrupt. Throws when there is no memory for
    /// an answer: its carrier abandons it then. It awaits one
    /// `work` after the other, and tells `end_work` what it came to.
    task<void> run();
    detail::started_handler work();
    void end_work(std::exception_ptr thrown);
    /// Whether there is one that is not over.
    bool active() const noexcept { return stage_ != stage::over; }
    /// Its carrier goes away: tokens are stopped, and nothing of it waits any more.
    void abandon() noexcept;

    /// Tasks are kept until `launch_tasks`: all output is with the kernel by then, or lost.
    bool has_tasks() const noexcept { return tasks_ != nullptr; }
    /// Gives them back when the next request is to wait for them: beyond the server's bound.
    std::shared_ptr<task_batch> launch_tasks();

    /// Compares its deadlines with the loop's time.
    void sweep();
    /// A stream without an end of its own ends now, between two pieces. True: it was interrupted, and this
    /// may be over, or gone.
    bool drain();
    /// The server's end.
    void cancel()
    {
        if (at_work()) cancel_for(reason::shut_down);
    }
    /// The client's, where the carrier learns of it before the tick does.
    void lose_peer()
    {
        if (at_work() && reason_ == reason::none) cancel_for(reason::peer_left);
    }
    /// What stops those that go by the token of the request at work, if there is one.
    std::stop_source begin_stop() noexcept;
    /// With its handler, or its stream.
    bool at_work() const noexcept { return stage_ == stage::handler || stage_ == stage::stream; }
    /// Its coroutine waits for something else than before.
    void waits_anew() noexcept { watch_.restart(loop_.now()); }
    /// When the handler has used up its time; 0: it has no limit, or the time is the client's now.
    ticks limit() const noexcept;

    // For its parts.

    loop& on() noexcept { return loop_; }
    carrier& by() noexcept { return by_; }
    detail::request_context& context() noexcept { return *context_; }
    void ask_for_body() { body_.ask(); }
    /// The client has left: whoever goes by the token learns it at once.
    void note_peer_left();
    bool was_cancelled() const noexcept { return reason_ != reason::none; }
    /// The line in the access log, once.
    void log_access();

private:
    enum class stage : unsigned char {
        over,
        handler,
        stream,
        ending ///< its values end on the pool
    };
    /// Why serval has cancelled what it waits for. `none`: it has not; then a wait that ends with
    /// operation_aborted was cancelled by the handler itself, and concerns nobody else.
    enum class reason : unsigned char {
        none,
        peer_left,
        handler_timeout,
        slow_body,
        drained, ///< a stream without an end of its own
        shut_down
    };

    void begin_limit();
    task<void> send_stream();
    task<void> produce(detail::body_producer& producer);
    task<void> hand_over(http::upgrade& to);
    bool goes_on_as_stream(bool failed, answer_sink::progress sent, bool hurried);
    void answer_failure(std::exception_ptr const& thrown);
    void answer_for_server(int status, std::string_view why);
    void answer_shut_down();
    void break_off(std::exception_ptr const& thrown);
    void end_context();
    void finish();
    void take_tasks();
    void cancel_for(reason why);
    void log_failure(std::string_view what, std::string_view why);
    void log_trouble();

    loop& loop_;
    carrier& by_;
    detail::request_context* context_ = nullptr; // null: tasks keep it
    hold_watch* hold_watch_ = nullptr;
    request_body body_{*this};
    answer_sink sink_{*this};
    http::upgrade* upgrade_ = nullptr; // while the connection is its own
    detail::started_handler pending_;  // the handler, that has not begun
    watch watch_;
    gauge_hold in_flight_;
    std::shared_ptr<task_batch> tasks_;
    stage stage_ = stage::over;
    reason reason_ = reason::none;
    bool wait_for_tasks_ = false;
    bool logged_ = false;
};

} // namespace serval::server_impl
