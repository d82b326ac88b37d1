#include "app/app_state.hpp"
#include "app/freeze.hpp"
#include "app/lifespan.hpp"
#include "server/drain.hpp"
#include "server/server_core.hpp"

#include <serval/app.hpp>
#include <serval/server.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace serval {

namespace asio = boost::asio;
using server_impl::server_core;

namespace {

server_impl::lifespan hooks_of(std::shared_ptr<detail::app_state> const& app)
{
    server_impl::lifespan hooks;
    hooks.startup = [app] { return app_impl::run_startup(app); };
    hooks.begin_jobs = [app](handler::task_host& host, server_impl::log_writer& log) {
        app_impl::begin_jobs(*app, host, log);
    };
    if (!app->drain.empty())
        hooks.drain = [app](server_impl::log_writer& log) { return app_impl::run_drain(app, log); };
    hooks.shutdown = [app](server_impl::log_writer& log) { return app_impl::run_shutdown(app, log); };
    return hooks;
}

} // namespace

/// The states of a server's life, each of which only the thread that entered it leaves, but that a `stop` may
/// take a server that starts.
struct server::implementation {
    enum class phase : unsigned char { fresh, starting, running, stopping, stopped };

    implementation(app& served, asio::io_context* on, settings with)
        : application{served},
          context{on},
          options{std::move(with)},
          hosts{served.state().hosts}
    {}

    void start();
    void make_core();
    stop_report stop(std::chrono::milliseconds deadline);
    void destroy() noexcept;

    std::shared_ptr<server_core> running() const
    {
        std::lock_guard const lock{mutex};
        return core;
    }

    app& application;
    asio::io_context* context;
    settings options;
    std::shared_ptr<detail::background_hosts> const hosts;
    std::atomic<bool> draining{false};

    mutable std::mutex mutex; // of what follows; never held while anything is waited for
    std::condition_variable changed;
    phase now = phase::fresh;
    std::shared_ptr<server_core> core;
    std::optional<stop_report> report;
    std::vector<std::thread> stoppers; // of async_stop
};

void server::implementation::start()
{
    {
        std::lock_guard const lock{mutex};
        if (now != phase::fresh) throw std::logic_error("serval: this server was started before");
        now = phase::starting;
    }
    std::exception_ptr thrown;
    try {
        make_core();
        core->start();
    } catch (...) {
        thrown = std::current_exception();
    }
    std::shared_ptr<server_core> failed; // let go when the mutex is
    std::unique_lock lock{mutex};
    if (now == phase::starting) { // else `stop` has it
        now = thrown ? phase::fresh : phase::running;
        if (thrown) failed = std::exchange(core, nullptr);
        if (failed) hosts->remove(failed->background());
    }
    changed.notify_all();
    lock.unlock();
    if (thrown) std::rethrow_exception(thrown);
}

void server::implementation::make_core()
{
    auto dispatcher = app_impl::freeze(application, options);
    auto made = std::make_shared<server_core>(options, std::move(dispatcher),
                                              hooks_of(application.shared_state()), context);
    hosts->add(made->background());
    std::lock_guard const lock{mutex};
    core = std::move(made);
    changed.notify_all();
}

stop_report server::implementation::stop(std::chrono::milliseconds deadline)
{
    std::unique_lock lock{mutex};
    if (now == phase::fresh) return {};
    if (now == phase::stopped) return *report;
    draining = true;
    changed.wait(lock, [this] { return core || now != phase::starting; }); // while the app is frozen
    if (core && core->runs_here()) {
        throw std::logic_error(
            "serval: stop() would wait for itself on a thread of its server: in a coroutine, "
            "co_await async_stop()");
    }
    if (now == phase::stopping) {
        core->hurry(deadline);
        changed.wait(lock, [this] { return now == phase::stopped; }); // which that stop's limits bring about
    }
    if (now == phase::stopped) return *report;
    if (now == phase::fresh) return {}; // the start has failed
    now = phase::stopping;
    auto const stopped = core;
    lock.unlock();
    auto const result = stopped->stop(deadline);
    hosts->remove(stopped->background());
    lock.lock();
    report = result;
    now = phase::stopped;
    changed.notify_all();
    return result;
}

void server::implementation::destroy() noexcept
{
    try {
        if (auto const left = running()) {
            left->abort();
            std::unique_lock lock{mutex};
            bool const over = now == phase::stopped;
            lock.unlock();
            if (!over && left->runs_here()) {
                hosts->remove(left->background());
                server_impl::drain::abandon(*left);
            } else if (!over) {
                stop(std::chrono::milliseconds{0});
            }
        }
        for (auto& one : stoppers)
            one.join();
    } catch (std::exception const&) { // no memory: what is left keeps itself
    }
}

server::server(app& application, settings options)
    : implementation_{std::make_unique<implementation>(application, nullptr, std::move(options))}
{}

server::server(app& application, asio::io_context& context, settings options)
    : implementation_{std::make_unique<implementation>(application, &context, std::move(options))}
{}

server::~server()
{
    implementation_->destroy();
}

void server::start()
{
    implementation_->start();
}

std::uint16_t server::port() const noexcept
{
    auto const core = implementation_->running();
    return core ? core->port() : std::uint16_t{0};
}

stop_report server::stop(std::optional<std::chrono::milliseconds> deadline)
{
    return implementation_->stop(deadline.value_or(implementation_->options.shutdown_timeout));
}

task<stop_report> server::async_stop(std::optional<std::chrono::milliseconds> deadline)
{
    auto const executor = co_await asio::this_coro::executor;
    auto* const self = implementation_.get();
    auto const limit = deadline.value_or(self->options.shutdown_timeout);
    // On a thread that belongs to nobody's loop, since that is what a stop waits for.
    auto const initiate = [self, executor, limit](auto handler) {
        auto work = asio::make_work_guard(executor);
        auto run = [self, limit, work = std::move(work), handler = std::move(handler)]() mutable {
            std::exception_ptr thrown;
            stop_report report;
            try {
                report = self->stop(limit);
            } catch (...) {
                thrown = std::current_exception();
            }
            asio::post(work.get_executor(), [handler = std::move(handler), thrown, report]() mutable {
                std::move(handler)(thrown, report);
            });
        };
        std::lock_guard const lock{self->mutex};
        self->stoppers.emplace_back(std::move(run));
    };
    co_return co_await asio::async_initiate<asio::use_awaitable_t<> const,
                                            void(std::exception_ptr, stop_report)>(initiate,
                                                                                   asio::use_awaitable);
}

void server::abort() noexcept
{
    if (auto const core = implementation_->running()) core->abort();
}

bool server::draining() const noexcept
{
    return implementation_->draining;
}

server_stats server::stats() const
{
    auto const core = implementation_->running();
    return core ? core->stats() : server_stats{};
}

} // namespace serval
