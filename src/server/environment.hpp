// What all loops of a server share.
#pragma once

#include "base/log_gate.hpp"
#include "base/thread_pool.hpp"
#include "handler/dispatcher.hpp"
#include "http/clock.hpp"
#include "server/log_writer.hpp"
#include "server/memory_trim.hpp"

#include <serval/settings.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>

namespace serval::server_impl {

/// The frozen app, the settings, the log, the pools and the books of one server or test_client.
///
/// Each loop holds it, each connection its loop, and each coroutine its connection: what has not come to an
/// end keeps all that it uses, the app's own functions among it. Thread-safe, as its members are.
struct environment {
    /// Throws std::invalid_argument for settings that no server can keep. `clock`: what tells the age of
    /// tasks, null for the real one; it must outlive this.
    environment(serval::settings options, std::shared_ptr<handler::dispatcher const> app,
                http::clock const* clock = nullptr);
    environment(environment const&) = delete;
    environment& operator=(environment const&) = delete;

    /// True within a job of a pool.
    bool runs_here() const noexcept;
    /// Threads of all pools that run a job now.
    std::size_t running() const noexcept;
    /// Stops all pools within `limit`; returns how many threads are left behind.
    std::size_t stop_pools(std::chrono::milliseconds limit);

    serval::settings const settings;
    std::shared_ptr<handler::dispatcher const> const dispatcher;
    log_writer log;
    base::log_gate disk_trouble;                    ///< of lines about it
    base::thread_pool pool;                         ///< for handlers and their blocking calls
    std::shared_ptr<base::thread_pool> const files; ///< shared with the uploads that it closes
    base::thread_pool json;                         ///< for what is too large for a loop
    memory_trim trim;
    std::shared_ptr<handler::task_account> const tasks;
    std::atomic<bool> draining{false};
};

} // namespace serval::server_impl
