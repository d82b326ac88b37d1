#include "app/app_state.hpp"
#include "app/freeze.hpp"
#include "app/lifespan.hpp"
#include "server/server_core.hpp"

#include <serval/app.hpp>
#include <serval/server.hpp>

#include <mutex>
#include <stdexcept>
#include <utility>

namespace serval {

struct server::implementation {
    implementation(app& served, boost::asio::io_context* on, settings with)
        : application{served},
          context{on},
          options{std::move(with)}
    {}

    ~implementation()
    {
        // Threads that cannot be joined still use what the core owns: it is left to them (see
        // stop_report::stuck). Not before: other threads may look at the server meanwhile.
        if (stopped && stopped->stuck != 0) static_cast<void>(core.release());
    }

    app& application;
    boost::asio::io_context* context;
    settings options;
    std::unique_ptr<server_impl::server_core> core;
    std::atomic<server_impl::server_core*> running{nullptr}; ///< `core`, for the calls that take no lock
    std::atomic<bool> draining{false};
    std::mutex changing; // held while starting and stopping: a call waits for the one before
    std::optional<stop_report> stopped;
};

server::server(app& application, settings options)
    : implementation_{std::make_unique<implementation>(application, nullptr, std::move(options))}
{}

server::server(app& application, boost::asio::io_context& context, settings options)
    : implementation_{std::make_unique<implementation>(application, &context, std::move(options))}
{}

server::~server()
{
    abort();
    stop(std::chrono::milliseconds{0});
}

void server::start()
{
    auto& self = *implementation_;
    std::lock_guard const one_at_a_time{self.changing};
    self.draining = false;
    if (self.core || self.stopped) throw std::logic_error("serval: this server was started before");
    auto dispatcher = app_impl::freeze(self.application, self.options);
    server_impl::lifespan hooks{
        .startup = [&app = self.application] { return app_impl::run_startup(app); },
        .shutdown = [&app = self.application] { return app_impl::run_shutdown(app); }};
    auto core = std::make_unique<server_impl::server_core>(self.options, std::move(dispatcher),
                                                           std::move(hooks), self.context);
    auto& hosts = *self.application.state().hosts;
    hosts.add(core->background());
    try {
        core->start();
    } catch (...) {
        hosts.remove(core->background());
        throw;
    }
    self.core = std::move(core);
    self.running = self.core.get();
}

std::uint16_t server::port() const noexcept
{
    auto const* const core = implementation_->running.load();
    return core != nullptr ? core->port() : std::uint16_t{0};
}

stop_report server::stop(std::optional<std::chrono::milliseconds> deadline)
{
    auto& self = *implementation_;
    self.draining = true;
    std::lock_guard const one_at_a_time{self.changing};
    if (self.stopped) return *self.stopped;
    if (!self.core) return {};
    self.stopped = self.core->stop(deadline.value_or(self.options.shutdown_timeout));
    self.application.state().hosts->remove(self.core->background());
    return *self.stopped;
}

void server::abort() noexcept
{
    if (auto* const core = implementation_->running.load()) core->abort();
}

bool server::draining() const noexcept
{
    return implementation_->draining;
}

server_stats server::stats() const
{
    auto const* const core = implementation_->running.load();
    return core != nullptr ? core->stats() : server_stats{};
}

} // namespace serval
