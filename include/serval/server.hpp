// A server: an app on a listening socket, with its loops and threads.
#pragma once

#include <serval/settings.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

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
    std::uint64_t connections_accepted = 0;
    std::uint64_t handler_errors = 0; ///< unhandled exceptions: 500s
    std::size_t pool_running = 0;     ///< plain handlers and tasks running
    std::size_t pool_queued = 0;      ///< and waiting
    background_stats background{};
};

/// What `stop` left behind.
struct stop_report {
    bool clean = true;         ///< no request had to be cancelled, no task given up
    std::size_t cancelled = 0; ///< requests that were cancelled at the deadline
    std::size_t stuck = 0;     ///< plain handlers and tasks that still run: their threads cannot be joined
    std::size_t tasks_given_up =
        0; ///< background tasks that were cancelled then, or not begun; each is logged
};

/// Serves an app. Several servers, also of one app, live side by side in a process.
///
/// Thread-safe: `port`, `stats`, `stop` and `draining` may be called from any thread but a handler's.
class server {
public:
    /// Prepares to serve `app`, which must outlive the server, on threads of its own.
    explicit server(app& application, settings options = {});
    /// Prepares to serve on the caller's `context`, which the caller runs, on one thread. `settings::threads`
    /// is ignored. One server at a time on a context: starting a second one throws std::logic_error.
    server(app& application, boost::asio::io_context& context, settings options = {});
    /// Stops at once if it still runs.
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Freezes the app, binds, listens, runs the start-up hooks and starts accepting.
    ///
    /// On own threads it returns when connections are accepted; on a caller's context after binding, and the
    /// hooks run when the context does. Throws std::system_error when the address cannot be bound,
    /// std::logic_error when it was started before, and what a start-up hook throws.
    void start();

    /// The bound port; 0 for a Unix socket or before `start`.
    std::uint16_t port() const noexcept;

    /// Stops accepting, lets what is in flight end until `deadline` has passed (default:
    /// `settings::shutdown_timeout`), then cancels it; runs the shutdown hooks; joins the threads.
    ///
    /// Blocks; must not be called on a loop or pool thread of this server, nor, with a caller's context, on
    /// the thread that runs it. May be called again.
    stop_report stop(std::optional<std::chrono::milliseconds> deadline = std::nullopt);

    /// Ends waiting `stop` calls at once: cancels everything. What a second signal does.
    void abort() noexcept;

    /// True once `stop` was called: what a readiness probe reports as 503.
    bool draining() const noexcept;

    server_stats stats() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace serval
