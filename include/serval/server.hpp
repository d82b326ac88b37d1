// A server: an app on a listening socket, with its loops and threads.
#pragma once

#include <serval/settings.hpp>
#include <serval/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace serval {

class app;

/// The background tasks of a server, at one moment.
struct background_stats {
    std::size_t queued = 0;   ///< accepted, and not begun
    std::size_t running = 0;  ///< begun, and not ended; those that wait to be tried again are among them
    std::uint64_t done = 0;   ///< since the start
    std::uint64_t failed = 0; ///< have thrown in their last attempt, or were given up
    std::chrono::milliseconds oldest{0}; ///< how long ago the oldest unfinished one was accepted; 0: none
};

/// What a server is doing, at one moment.
struct server_stats {
    std::size_t connections = 0;        ///< open connections
    std::size_t requests_in_flight = 0; ///< heads read whose responses are not written yet
    std::uint64_t requests = 0;         ///< answered since the start
    std::uint64_t requests_refused =
        0; ///< since the start: heads that broke a rule or a limit, or came too slowly
    std::uint64_t connections_accepted = 0;
    std::uint64_t handler_errors = 0; ///< exceptions that nobody handled, or a handler for all of them did
    std::size_t pool_running = 0;     ///< plain handlers and tasks running, and large JSON
    std::size_t pool_queued = 0;      ///< and waiting
    background_stats background{};
};

/// What `stop` left behind.
struct stop_report {
    bool clean = true;         ///< no request, hook or task had to be cancelled
    std::size_t cancelled = 0; ///< requests that were cancelled at the deadline
    std::size_t stuck = 0; ///< what does not come to an end: threads of handlers that block, or 1 for others
    std::size_t tasks_given_up =
        0; ///< background tasks that were cancelled then, or not begun; each is logged
};

/// Serves an app. Several servers, also of one app, live side by side in a process.
///
/// Thread-safe: all members may be called from any thread at any time, `stop` from any but a handler's.
class server {
public:
    /// Prepares to serve `app`, which must outlive the server, on threads of its own.
    explicit server(app& application, settings options = {});
    /// Prepares to serve on the caller's `context`, which the caller runs, on one thread. `settings::threads`
    /// is ignored. One server at a time on a context: starting a second one throws std::logic_error.
    server(app& application, boost::asio::io_context& context, settings options = {});
    /// Stops at once if it still runs: as `abort` and `stop(0ms)`, within the limits that `stop` states.
    /// Within a handler of this server (std::exit there, say) nothing can be waited for: then its loops run
    /// nothing more, and what it uses stays until the process ends; that is logged.
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Freezes the app, binds, listens, runs the start-up hooks and starts accepting.
    ///
    /// On own threads it returns when connections are accepted; on a caller's context after binding, and the
    /// hooks run when the context does; what one of them throws then comes out of the context's `run`. Throws
    /// std::system_error when an address cannot be bound, with its text, std::logic_error when it was started
    /// before, at once also while it starts, std::runtime_error when it was stopped meanwhile, and what a
    /// start-up hook throws. When it has thrown, but for std::logic_error and that std::runtime_error, it may
    /// be called again.
    void start();

    /// The bound port of `settings::host`; 0 with a Unix socket in its place, or before `start`.
    std::uint16_t port() const noexcept;
    /// Where it listens, or has listened: what `host` and `unix_path` say first, then `also_listen` in its
    /// order. Ports are the bound ones; a Unix socket has no host. Empty before `start`.
    std::vector<listen_address> addresses() const;

    /// Stops accepting, lets what is in flight end until `deadline` has passed (default:
    /// `settings::shutdown_timeout`), then cancels it; runs the shutdown hooks; joins the threads.
    ///
    /// Blocks, never without an end: requests and tasks have the deadline, then 2 s to unwind and 0.5 s more;
    /// start-up hooks that still run, too; shutdown hooks the deadline, 2 s at least, and 2 s to unwind;
    /// threads have 2 s. What does not come to an end by then (a coroutine or a plain handler that blocks) is
    /// reported as `stop_report::stuck`, is not resumed, and stays with all that it uses; on a caller's
    /// context that can only be asked of its coroutines.
    ///
    /// With a caller's context, that is run meanwhile by its thread; where that has ended, or is the caller
    /// of this, it is run here. Throws std::logic_error within a handler of this server. May be called again,
    /// also from other threads: a shorter deadline then holds.
    stop_report stop(std::optional<std::chrono::milliseconds> deadline = std::nullopt);

    /// The same for coroutines, also on the context that the server uses: `co_await server.async_stop(5s)`.
    /// The server, and the coroutine's context, must outlive it. Cancellation ends the wait only: the stop
    /// goes on. A handler of this server that awaits it is among what it waits for, and cancels at the
    /// deadline.
    task<stop_report> async_stop(std::optional<std::chrono::milliseconds> deadline = std::nullopt);

    /// Ends waiting `stop` calls at once: cancels everything. What a second signal does.
    void abort() noexcept;

    /// True once `stop` was called: what a readiness probe reports as 503. Handlers ask `request::draining`.
    bool draining() const noexcept;

    server_stats stats() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace serval
