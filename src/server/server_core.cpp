#include "server/server_core.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <future>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto idle_grace =
    1s; // for a request that was on its way to an idle connection when the drain began
constexpr auto cancel_grace = 2s;   // for handlers to unwind after cancellation
constexpr auto close_grace = 500ms; // for connections to notice that their socket is gone
constexpr auto drain_poll = 10ms;

/// Throws std::invalid_argument for settings that no server can keep.
serval::settings checked(serval::settings options)
{
    auto const demand = [](bool met, char const* what) {
        if (!met) throw std::invalid_argument(std::string{"settings: "} + what);
    };
    auto const& limits = options.limits;
    demand(limits.header_count <= wire::request_head::max_fields, "limits.header_count may be 128 at most");
    demand(limits.request_line >= 16 && limits.header_block >= 16,
           "a head needs room: limits.request_line, header_block");
    demand(limits.connections > 0, "limits.connections must not be 0");
    demand(limits.head_timeout.count() > 0 && limits.keep_alive_timeout.count() > 0,
           "time-outs must not be 0");
    demand(options.pool_threads > 0, "pool_threads must not be 0");
    demand(options.threads <= 1024, "threads may be 1024 at most");
    return options;
}

/// Runs a loop's context. A throw out of a completion handler is a bug to be logged, never the end of the
/// thread.
void run_context(asio::io_context& context, log_writer& log)
{
    for (;;) {
        try {
            context.run();
            return;
        } catch (std::exception const& error) {
            log.write(log_level::error, std::string{"An exception reached the event loop: "} + error.what());
        } catch (...) {
            log.write(log_level::error, "An exception reached the event loop");
        }
    }
}

/// Threads of serval leave signals to the application's.
std::thread start_thread(std::function<void()> body)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread started{std::move(body)};
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_setname_np(started.native_handle(), "serval-loop");
    return started;
}

} // namespace

server_core::server_core(serval::settings settings, std::shared_ptr<handler::dispatcher const> dispatcher,
                         lifespan hooks, asio::io_context* context)
    : settings_{checked(std::move(settings))},
      dispatcher_{std::move(dispatcher)},
      hooks_{std::move(hooks)},
      log_{settings_},
      pool_{settings_.pool_threads, settings_.pool_queue}
{
    loop_environment const environment{
        .dispatcher = dispatcher_.get(), .settings = &settings_, .log = &log_, .pool = &pool_};
    if (context != nullptr) {
        loops_.push_back(std::make_unique<loop>(*context, environment));
    } else {
        std::size_t const cores = std::max(1U, std::thread::hardware_concurrency());
        std::size_t const count = settings_.threads == 0 ? cores : settings_.threads;
        for (std::size_t i = 0; i != count; ++i) {
            own_contexts_.push_back(std::make_unique<asio::io_context>(1));
            loops_.push_back(std::make_unique<loop>(*own_contexts_.back(), environment));
        }
    }
    listener_ = std::make_unique<listener>(loops_, settings_);
}

server_core::~server_core()
{
    join();
    pool_.stop(
        std::chrono::milliseconds::max()); // before the contexts: queued calls live in their coroutines
}

void server_core::start()
{
    listener_->open();
    if (own_contexts_.empty()) {
        auto& context = loops_.front()->context();
        auto started = [this](std::exception_ptr thrown) {
            if (thrown) std::rethrow_exception(thrown); // reaches the caller through its io_context::run
            accept();
        };
        asio::co_spawn(context, hooks_.startup(), started);
        return;
    }
    for (auto& context : own_contexts_) {
        work_.push_back(asio::make_work_guard(*context));
        threads_.push_back(start_thread([this, &context = *context] { run_context(context, log_); }));
    }
    run_startup();
    asio::post(loops_.front()->context(), [this] { accept(); });
}

void server_core::run_startup()
{
    try {
        asio::co_spawn(loops_.front()->context(), hooks_.startup(), asio::use_future).get();
    } catch (...) {
        join();
        throw;
    }
}

void server_core::accept()
{
    accepting_ = true;
    auto ended = [this](std::exception_ptr thrown) {
        accepting_ = false;
        if (thrown) log_.write(log_level::error, "Accepting connections has ended with an exception");
    };
    asio::co_spawn(loops_.front()->context(), listener_->run(), ended);
}

server_stats server_core::stats() const
{
    server_stats sum;
    for (auto const& one : loops_) {
        auto const& counters = one->counters();
        sum.connections += static_cast<std::size_t>(counters.connections.value());
        sum.requests_in_flight += static_cast<std::size_t>(counters.requests_in_flight.value());
        sum.requests += static_cast<std::uint64_t>(counters.requests.value());
        sum.connections_accepted += static_cast<std::uint64_t>(counters.accepted.value());
        sum.handler_errors += static_cast<std::uint64_t>(counters.handler_errors.value());
    }
    sum.pool_running = pool_.running();
    sum.pool_queued = pool_.queued();
    return sum;
}

bool server_core::is_idle() const noexcept
{
    // A loop that has not been told yet may still have to begin with connections that were dealt to it.
    if (accepting_ || calls_under_way_ != 0) return false;
    return std::all_of(loops_.begin(), loops_.end(),
                       [](auto const& one) { return one->counters().connections.value() == 0; });
}

task<bool> server_core::wait_until_idle(steady::time_point until, bool heed_abort)
{
    asio::steady_timer timer{loops_.front()->context()};
    while (!is_idle()) {
        if (steady::now() >= until || (heed_abort && aborted_)) co_return false;
        timer.expires_after(drain_poll);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return true;
}

void server_core::on_every_loop(std::function<void(loop&)> const& call)
{
    call(*loops_.front()); // whose thread this is
    for (std::size_t i = 1; i < loops_.size(); ++i) {
        ++calls_under_way_;
        asio::post(loops_[i]->context(), [this, call, one = loops_[i].get()] {
            call(*one);
            --calls_under_way_;
        });
    }
}

void server_core::log_hook_failure(std::exception_ptr const& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& error) {
        log_.write(log_level::error, std::string{"A shutdown hook has failed: "} + error.what());
    } catch (...) {
        log_.write(log_level::error, "A shutdown hook has failed");
    }
}

task<stop_report> server_core::drain(std::chrono::milliseconds deadline)
{
    draining_ = true;
    auto const until = steady::now() + deadline;
    stop_report report;
    listener_->close();
    on_every_loop([](loop& one) { one.drain(idle_grace); });
    bool idle = co_await wait_until_idle(until, true);
    if (!idle) {
        report.clean = false;
        report.cancelled = stats().requests_in_flight;
        on_every_loop([](loop& one) { one.cancel_all(); });
        idle = co_await wait_until_idle(steady::now() + cancel_grace, false);
        if (!idle) {
            on_every_loop([](loop& one) { one.close_all(); });
            idle = co_await wait_until_idle(steady::now() + close_grace, false);
        }
        if (!idle) report.stuck = std::max<std::size_t>(1, pool_.running());
    }
    std::exception_ptr thrown;
    try {
        co_await hooks_.shutdown();
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) log_hook_failure(thrown);
    on_every_loop([](loop& one) { one.stop_ticking(); });
    // On a caller's context nothing may be left that refers to this server. (Own threads are joined.)
    asio::steady_timer timer{loops_.front()->context()};
    while (loops_.front()->ticking()) {
        timer.expires_after(drain_poll);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    log_.flush();
    co_return report;
}

stop_report server_core::stop(std::chrono::milliseconds deadline)
{
    auto drained = asio::co_spawn(loops_.front()->context(), drain(deadline), asio::use_future);
    auto report = drained.get();
    if (report.stuck == 0) join();
    return report;
}

void server_core::join()
{
    work_.clear();
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

} // namespace serval::server_impl
