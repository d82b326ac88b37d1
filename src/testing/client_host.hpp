// What serves the requests of a test_client.
#pragma once

#include "app/app_state.hpp"
#include "server/environment.hpp"
#include "server/loop.hpp"
#include "server/task_intake.hpp"
#include "testing/client_connection.hpp"
#include "testing/client_exchange.hpp"
#include "testing/manual_clock.hpp"
#include "testing/test_loop.hpp"

#include <serval/app.hpp>
#include <serval/settings.hpp>
#include <serval/testing/test_client.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace serval::testing_impl {

/// The parts of a server, around the loop that a test drives.
///
/// It keeps all that its threads use, so that it can be kept in turn when one of them never comes back.
class client_host final : public connection_owner {
public:
    /// `clock` null: real time.
    client_host(app& served, std::shared_ptr<manual_clock::implementation> clock, settings with);
    /// After `end` only, unless `begin` was not called.
    ~client_host();
    client_host(client_host const&) = delete;
    client_host& operator=(client_host const&) = delete;

    /// Starts the loop and runs the start-up hooks, whose exceptions pass through.
    void begin();
    /// The drain, the ends of requests and tasks, the shutdown hooks: within the patience that a test has.
    /// False: something is stuck, or waits for this very call; then this must live for ever.
    bool end() noexcept;

    // Thread-safe.

    test_loop& driver() noexcept { return *driver_; }
    std::weak_ptr<test_loop> weak_driver() const noexcept { return driver_; }
    void start(std::shared_ptr<client_exchange> exchange);
    std::string raw(std::string_view bytes, std::vector<std::size_t> const& pieces);
    void wait_background();

    // connection_owner

    void progressed() override { driver_->progress(); }
    void send_again(std::shared_ptr<client_exchange> exchange) override;
    void remove(client_connection& ended) override;

private:
    using hooks = std::function<task<void>(server_impl::log_writer&)>;

    void send(std::shared_ptr<client_exchange> exchange);
    void close_connections();
    void end_connections();
    void cancel_connections();
    void run_hooks(hooks const& all, char const* failure);
    bool stop() noexcept;
    bool leave_behind() noexcept;
    void destroy_context() noexcept;
    void log_error(std::string_view what) noexcept;
    std::string what_is_left() const;
    bool is_empty() const;
    std::chrono::milliseconds time_left() const noexcept;

    std::shared_ptr<manual_clock::implementation> const clock_;
    std::shared_ptr<detail::app_state> const application_;
    std::shared_ptr<server_impl::environment> const environment_;
    server_impl::task_intake intake_;
    std::shared_ptr<test_loop> driver_;
    std::shared_ptr<server_impl::loop> loop_;
    std::vector<std::shared_ptr<client_connection>> connections_; // of the loop's thread
    bool started_ = false;
    std::chrono::steady_clock::time_point until_{}; // of the end
};

/// Keeps what a thread that is stuck uses until the process ends.
void keep_for_ever(std::shared_ptr<void const> kept);

} // namespace serval::testing_impl
