#include "app/app_state.hpp"
#include "app/freeze.hpp"
#include "app/lifespan.hpp"
#include "server/drain.hpp"
#include "server/server_core.hpp"

#include <serval/app.hpp>
#include <serval/server.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
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
    stop_report end_core(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds deadline);
    void wait_for_other(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds deadline);
    template <class Executor>
    void stop_apart(Executor const& executor, std::chrono::milliseconds limit,
                    std::function<void(std::exception_ptr, stop_report)> done);
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
    std::atomic<bool> aborted{false};

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
    std::unique_lock lock{mutex};
    if (now == phase::starting && thrown) { // else `stop` has it
        now = phase::stopping;
        end_core(lock, std::chrono::milliseconds{0});
        auto const failed = std::exchange(core, nullptr);
        now = phase::fresh;
        draining = false;
        lock.unlock(); // before `failed` goes
    } else if (now == phase::starting) {
        now = phase::running;
    }
    changed.notify_all();
    if (lock.owns_lock()) lock.unlock();
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
    if (aborted) core->abort();
    changed.notify_all();
}

/// The one end that a core has. The mutex is free meanwhile; the phase is `stopping`, which keeps others out.
stop_report server::implementation::end_core(std::unique_lock<std::mutex>& lock,
                                             std::chrono::milliseconds deadline)
{
    auto const ending = core;
    lock.unlock();
    stop_report result;
    try {
        if (ending) result = ending->stop(deadline);
    } catch (...) { // no memory: what is left keeps itself
        result.clean = false;
        result.stuck = 1;
        server_impl::drain::abandon(*ending);
    }
    if (ending) hosts->remove(ending->background());
    lock.lock();
    return result;
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
    if (now == phase::stopping) wait_for_other(lock, deadline);
    if (now == phase::stopped) return *report;
    if (now == phase::fresh) return {}; // the start has failed
    now = phase::stopping;
    report = end_core(lock, deadline);
    now = phase::stopped;
    changed.notify_all();
    return *report;
}

/// Waits for the stop that is under way, which its limits end, and which a shorter deadline brings forward.
void server::implementation::wait_for_other(std::unique_lock<std::mutex>& lock,
                                            std::chrono::milliseconds deadline)
{
    auto const ending = core;
    if (ending) ending->hurry(deadline);
    auto const over = [this] { return now != phase::stopping; };
    constexpr std::chrono::milliseconds moment{10};
    while (!over()) {
        if (!ending || !ending->runs_callers_context()) {
            changed.wait_for(lock, moment, over);
            continue;
        }
        lock.unlock();
        ending->run_callers_context(moment); // nobody else would: this is its thread
        lock.lock();
    }
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
    } catch (...) { // no memory: what is left keeps itself
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

std::vector<listen_address> server::addresses() const
{
    auto const core = implementation_->running();
    return core ? core->addresses() : std::vector<listen_address>{};
}

stop_report server::stop(std::optional<std::chrono::milliseconds> deadline)
{
    return implementation_->stop(deadline.value_or(implementation_->options.shutdown_timeout));
}

namespace {

/// A coroutine that waits for a stop, until that or its own cancellation ends the wait. Used on its executor
/// only.
template <class Handler>
class stop_wait : public std::enable_shared_from_this<stop_wait<Handler>> {
public:
    explicit stop_wait(Handler handler) : handler_{std::move(handler)} {}

    void heed_cancellation()
    {
        auto slot = asio::get_associated_cancellation_slot(*handler_);
        if (!slot.is_connected()) return;
        slot.assign([weak = this->weak_from_this()](asio::cancellation_type type) {
            auto const self = weak.lock();
            if (!self || type == asio::cancellation_type::none) return;
            asio::post(asio::get_associated_executor(*self->handler_), [self] {
                auto const aborted = boost::system::system_error{asio::error::operation_aborted};
                self->complete(std::make_exception_ptr(aborted), {});
            });
        });
    }
    void complete(std::exception_ptr thrown, stop_report report)
    {
        if (!handler_) return;
        auto handler = std::move(*handler_);
        handler_.reset();
        asio::get_associated_cancellation_slot(handler).clear();
        std::move(handler)(std::move(thrown), report);
    }

private:
    std::optional<Handler> handler_;
};

} // namespace

/// On a thread of its own, which belongs to nobody's loop, since that is what a stop waits for.
template <class Executor>
void server::implementation::stop_apart(Executor const& executor, std::chrono::milliseconds limit,
                                        std::function<void(std::exception_ptr, stop_report)> done)
{
    auto run = [this, limit, work = asio::make_work_guard(executor), done = std::move(done)] {
        std::exception_ptr thrown;
        stop_report result;
        try {
            result = stop(limit);
        } catch (...) {
            thrown = std::current_exception();
        }
        asio::post(work.get_executor(), [done, thrown, result] { done(thrown, result); });
    };
    std::lock_guard const lock{mutex};
    stoppers.emplace_back(std::move(run));
}

task<stop_report> server::async_stop(std::optional<std::chrono::milliseconds> deadline)
{
    auto const executor = co_await asio::this_coro::executor;
    auto* const self = implementation_.get();
    auto const limit = deadline.value_or(self->options.shutdown_timeout);
    auto const initiate = [self, executor, limit](auto handler) {
        auto const wait = std::make_shared<stop_wait<decltype(handler)>>(std::move(handler));
        wait->heed_cancellation();
        try {
            self->stop_apart(executor, limit, [wait](std::exception_ptr thrown, stop_report report) {
                wait->complete(std::move(thrown), report);
            });
        } catch (...) { // no thread: the coroutine must not be resumed in here
            asio::post(executor, [wait, thrown = std::current_exception()] { wait->complete(thrown, {}); });
        }
    };
    using signature = void(std::exception_ptr, stop_report);
    co_return co_await asio::async_initiate<asio::use_awaitable_t<> const, signature>(initiate,
                                                                                      asio::use_awaitable);
}

void server::abort() noexcept
{
    implementation_->aborted = true;
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
