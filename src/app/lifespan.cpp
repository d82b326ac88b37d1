#include "app/lifespan.hpp"

#include "base/what_of.hpp"
#include "http/pool_call.hpp"

#include <serval/sleep.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <functional>
#include <ranges>
#include <string>
#include <utility>

namespace serval::app_impl {

namespace {

/// Before all that waits for the pool: no number of handlers or tasks refuses a hook, or holds it up.
task<void> run_hook(detail::bound_hook const& hook)
{
    if (hook.coroutine) {
        co_await hook.coroutine();
    } else {
        detail::pool_invocation<std::function<void()>> call(hook.plain);
        co_await http::run_first_on_pool(call);
    }
}

/// One after the other, whatever they throw.
template <class Hooks>
task<void> run_all(Hooks hooks, char const* kind, server_impl::log_writer& log)
{
    std::exception_ptr last;
    for (detail::bound_hook const& hook : hooks) {
        if (last) log.write(log_level::error, std::string{kind} + " has failed: " + base::what_of(last));
        try {
            last = nullptr;
            co_await run_hook(hook);
        } catch (...) {
            last = std::current_exception();
        }
    }
    if (last) std::rethrow_exception(last);
}

/// `interval` from call to call, whatever one takes; late ones are not made up for.
task<void> repeat(std::shared_ptr<detail::periodic_job const> job, server_impl::log_writer* log)
{
    for (;;) {
        co_await sleep_for(job->interval);
        std::exception_ptr thrown;
        try {
            co_await run_hook(job->hook);
        } catch (...) {
            thrown = std::current_exception();
        }
        auto const state = co_await boost::asio::this_coro::cancellation_state;
        if (!thrown || state.cancelled() != boost::asio::cancellation_type::none)
            continue; // or end, at the wait
        auto const name = job->options.name().empty() ? std::string{} : ' ' + job->options.name();
        log->write(log_level::error, "The periodic job" + name + " has failed: " + base::what_of(thrown));
    }
}

} // namespace

task<void> run_startup(std::shared_ptr<detail::app_state const> app)
{
    for (auto const& hook : app->startup)
        co_await run_hook(hook);
}

task<void> run_drain(std::shared_ptr<detail::app_state const> app, server_impl::log_writer& log)
{
    co_await run_all(std::views::all(app->drain), "A drain hook", log);
}

task<void> run_shutdown(std::shared_ptr<detail::app_state const> app, server_impl::log_writer& log)
{
    co_await run_all(std::views::reverse(app->shutdown), "A shutdown hook", log);
}

void begin_jobs(detail::app_state const& app, handler::task_host& host, server_impl::log_writer& log)
{
    for (auto const& job : app.jobs) {
        auto call = detail::make_background_call(&repeat, job, &log);
        auto made = std::make_unique<handler::background_task>(std::move(call), job->options, 0);
        if (!host.run(made)) return; // the drain has begun
    }
}

} // namespace serval::app_impl
