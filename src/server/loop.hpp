// One event loop: its connections, their deadlines, its clock and what they share.
#pragma once

#include "http/clock.hpp"
#include "server/counters.hpp"
#include "server/environment.hpp"
#include "server/idle_list.hpp"
#include "server/refusals.hpp"
#include "server/transport.hpp"
#include "server/turn_budget.hpp"
#include "server/vacancy.hpp"
#include "server/workspace.hpp"

#include <serval/settings.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace serval::server_impl {

class connection;
class hold_log;
class hold_watch;
class protocol;
class task_registry;

/// The connections that live on one io_context, which one thread runs.
///
/// Deadlines are integers on the connections; one coarse tick (250 ms, only while there are connections)
/// compares them: no timer per request or connection. All members are called on the loop's thread, but for
/// those that say otherwise. Whatever runs on the context for the loop keeps it alive; the context may go
/// first.
class loop : public std::enable_shared_from_this<loop> {
public:
    using ticks = std::int64_t; ///< milliseconds on the loop's clock
    /// Makes what a connection speaks.
    using protocol_maker = std::unique_ptr<protocol> (*)(connection&);

    static constexpr std::chrono::milliseconds tick_length{250};
    static constexpr std::chrono::milliseconds longest_step = 2 * tick_length;

    /// On any thread. `clock` null: the real one. Throws std::logic_error when the context has a loop
    /// already.
    loop(boost::asio::io_context& context, std::shared_ptr<environment> shared, http::clock* clock = nullptr);
    ~loop();
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;

    /// Shows the clock and the pools to the coroutines of the context: first of all, on the loop's thread or
    /// before it runs.
    void attach();
    /// Takes them back; then another loop may use the context. Nothing of this one may run any more.
    void detach() noexcept;
    /// Remembers this thread as the one that runs the context.
    void note_thread() noexcept;
    /// Whether the one that was seen last to run the context is this thread, or has come to its end. Any
    /// thread.
    bool runs_on_this_thread() const noexcept;
    bool thread_has_ended() const noexcept;
    bool context_stopped() const noexcept { return context_->stopped(); } ///< any thread

    boost::asio::io_context& context() noexcept { return *context_; }
    server_impl::environment& environment() const noexcept { return *environment_; }
    serval::settings const& settings() const noexcept { return environment_->settings; }
    http::clock& clock() noexcept { return *clock_; }

    /// The background tasks that run here.
    task_registry& tasks() noexcept { return *tasks_; }

    /// Serves a connection, which speaks HTTP/1.1, until it ends.
    void serve(std::unique_ptr<transport> stream);
    /// One that speaks another protocol.
    void serve(std::unique_ptr<transport> stream, protocol_maker make);

    /// The time as of the last tick or wake-up from idleness: cheap, at most one tick late.
    ///
    /// Deadlines are the clients', so it knows only time in which the loop was there for them: a tick that
    /// comes late, since a handler has blocked the loop or the process was stopped, counts for
    /// `longest_step`.
    ticks now() const noexcept { return now_; }
    /// At most a year from now.
    ticks after(std::chrono::milliseconds duration) const noexcept
    {
        constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
        return now_ + std::min(duration, longest).count() + tick_length.count();
    }
    /// "Sun, 06 Nov 1994 08:49:37 GMT", refreshed by the tick.
    std::string_view date() const noexcept { return {date_, sizeof date_}; }

    /// What crowds may cost it in one turn.
    turn_budget& turn() noexcept { return turn_; }
    server_impl::refusals& refusals() noexcept { return refusals_; }
    /// For a coroutine of this loop, null unless somebody wants to know what holds it:
    /// `settings::hold_warning`.
    std::shared_ptr<hold_watch> make_watch() const;
    /// The loop's number in its server, for the log. Before it runs.
    void number(std::size_t n);

    workspace_pool& workspaces() noexcept { return workspaces_; }
    loop_counters& counters() noexcept { return counters_; }
    loop_counters const& counters() const noexcept { return counters_; } ///< any thread may read them

    /// Counts the connections that wait for bytes of a body at this moment: they share the turns of the loop.
    void body_begins() noexcept { ++bodies_coming_in_; }
    void body_pauses() noexcept { --bodies_coming_in_; }
    std::size_t bodies_coming_in() const noexcept { return bodies_coming_in_; }

    std::size_t connection_count() const noexcept { return connections_.size(); }
    /// When the first time limit of a handler or a task will have passed, on the clock: its time runs ahead
    /// of `now` by what did not count.
    std::optional<http::clock::time_point> next_limit() const noexcept;
    bool draining() const noexcept { return draining_; }

    /// Every response from now on closes its connection; idle connections are closed after `idle_grace`, and
    /// streams and tasks that only a drain ends, end.
    void drain(std::chrono::milliseconds idle_grace);
    /// Cancels every handler and closes every connection; those that are served later are closed at once.
    /// Returns how many requests were in flight.
    std::size_t cancel_all();
    bool cancelled() const noexcept { return cancelled_; }

    /// Closes every socket, whatever waits on it.
    void close_all();
    /// Has the tick go on for as long as the tasks need it.
    void keep_ticking();
    /// Ends the tick, which else goes on as long as there are connections, or tasks with a time limit.
    void stop_ticking();
    bool ticking() const noexcept { return ticking_; } ///< any thread may ask

    /// Forgets a connection whose coroutine has ended. Harmless when it is forgotten already.
    void remove(connection& ended) noexcept;

    /// A connection waits for a request, and holds no buffers.
    void begin_idling(connection& one) noexcept;
    void end_idling(connection& one) noexcept;
    /// Since when the one that has been idle longest is so; `idle_list::nobody`: none is. Any thread.
    std::int64_t idle_since() const noexcept { return idle_.since(); }
    /// Has that one end, to make room for another. Any thread. False when it was asked already and has not
    /// come to it yet.
    bool ask_for_room();
    /// Whom to tell of connections that end. Before the context runs.
    void tell_vacancies(std::shared_ptr<vacancy> to) noexcept { vacancy_ = std::move(to); }

private:
    class served_connection;
    class ticking_scope;

    task<void> tick(ticking_scope ticking);
    void start_ticking();
    task<void> sweep();
    void refresh_time();
    bool needs_tick() const noexcept;
    bool make_room();

    boost::asio::io_context* context_;
    std::shared_ptr<server_impl::environment> const environment_;
    std::unique_ptr<http::clock> own_clock_;
    http::clock* clock_;
    turn_budget turn_;
    server_impl::refusals refusals_;
    workspace_pool workspaces_;
    loop_counters counters_;
    idle_list idle_;
    std::shared_ptr<vacancy> vacancy_;
    std::vector<std::shared_ptr<connection>> connections_;
    memory_trim::part load_;
    std::shared_ptr<task_registry> tasks_;
    std::shared_ptr<hold_log> holds_; // null: nobody wants to know
    std::size_t bodies_coming_in_ = 0;
    ticks now_ = 0;
    http::clock::time_point refreshed_;
    char date_[29];
    std::int64_t date_second_ = -1;
    boost::asio::cancellation_signal stop_tick_;
    std::atomic<pid_t> thread_{0}; // as the system numbers it
    std::atomic<bool> ticking_{false};
    std::atomic<bool> asked_for_room_{false};
    bool claimed_ = true; // the context
    bool attached_ = false;
    bool tick_stopped_ = false;
    bool draining_ = false;
    bool cancelled_ = false;
};

} // namespace serval::server_impl
