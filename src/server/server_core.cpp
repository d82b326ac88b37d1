#include "server/server_core.hpp"

#include "base/signal_blocker.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <string_view>
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
    demand(options.file_threads > 0, "file_threads must not be 0");
    demand(options.threads <= 1024, "threads may be 1024 at most");
    return options;
}

/// Logs when memory is short, too.
void log_failure(log_writer& log, std::string_view what, std::string_view why) noexcept
{
    try {
        log.write(log_level::error, std::string{what}.append(": ").append(why));
    } catch (std::bad_alloc const&) {
        log.write(log_level::error, what);
    }
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
            log_failure(log, "An exception reached the event loop", error.what());
        } catch (...) {
            log_failure(log, "An exception reached the event loop", "not a std::exception");
        }
    }
}

std::shared_ptr<handler::task_account> make_account(serval::limits const& limits)
{
    bool const refuses = limits.background_overflow == background_overflow::refuse;
    return std::make_shared<handler::task_account>(limits.background_tasks, refuses);
}

std::thread start_thread(std::function<void()> body)
{
    base::signal_blocker const blocked;
    std::thread started{std::move(body)};
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
      pool_{settings_.pool_threads, settings_.pool_queue},
      files_{std::make_shared<base::thread_pool>(settings_.file_threads, base::thread_pool::unbounded)},
      tasks_{make_account(settings_.limits)},
      intake_{tasks_}
{
    loop_environment const environment{.dispatcher = dispatcher_.get(),
                                       .settings = &settings_,
                                       .log = &log_,
                                       .pool = &pool_,
                                       .files = files_.get(),
                                       .tasks = tasks_.get()};
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
    for (auto const& one : loops_)
        intake_.add(*one);
    listener_ = std::make_unique<listener>(loops_, settings_);
}

server_core::~server_core()
{
    join();
    // Before the contexts: queued calls live in their coroutines.
    pool_.stop(std::chrono::milliseconds::max());
    files_->stop(std::chrono::milliseconds::max());
}

void server_core::start()
{
    listener_->open();
    if (own_contexts_.empty()) {
        auto started = [this](std::exception_ptr thrown) {
            starting_ = false;
            failed_ = thrown != nullptr;
            if (thrown) give_up_tasks();
            if (thrown) std::rethrow_exception(thrown); // reaches the caller through its io_context::run
            accept();
        };
        starting_ = true;
        asio::co_spawn(loops_.front()->context(), hooks_.startup(), started);
        return;
    }
    for (auto& context : own_contexts_) {
        work_.push_back(asio::make_work_guard(*context));
        threads_.push_back(start_thread([this, &context = *context] { run_context(context, log_); }));
    }
    run_startup();
    accepting_ = true; // before stop() could look
    asio::post(loops_.front()->context(), [this] { accept(); });
}

void server_core::run_startup()
{
    try {
        asio::co_spawn(loops_.front()->context(), hooks_.startup(), asio::use_future).get();
    } catch (...) {
        give_up_tasks(); // the hook's, which nobody waits for any more
        join();
        throw;
    }
}

void server_core::give_up_tasks()
{
    tasks_->close();
    for (auto const& one : loops_)
        asio::post(one->context(), [registry = one->tasks().shared_from_this()] { registry->give_up(); });
}

void server_core::accept()
{
    if (draining_) {
        accepting_ = false;
        return;
    }
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
    auto const tasks = tasks_->now();
    sum.background = {tasks.queued, tasks.running, tasks.done, tasks.failed, tasks.oldest};
    return sum;
}

/// True when nothing is left to do. Then no more tasks are accepted.
bool server_core::is_idle() noexcept
{
    // A loop that has not been told yet may still have to begin with connections that were dealt to it.
    if (starting_ || accepting_ || calls_under_way_ != 0) return false;
    return std::all_of(loops_.begin(), loops_.end(),
                       [](auto const& one) { return one->counters().connections.value() == 0; }) &&
           tasks_->close_if_empty();
}

void server_core::on_every_loop(std::function<void(loop&)> const& call)
{
    call(*loops_.front()); // whose thread this is
    for (std::size_t i = 1; i < loops_.size(); ++i) {
        ++calls_under_way_;
        asio::post(loops_[i]->context(), [this, call, one = loops_[i].get()] {
            try {
                call(*one);
            } catch (std::exception const& error) {
                log_failure(log_, "A loop could not be told of the shutdown", error.what());
            }
            --calls_under_way_;
        });
    }
}

task<void> server_core::pause()
{
    asio::steady_timer timer{loops_.front()->context()};
    timer.expires_after(drain_poll);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

task<bool> server_core::wait_until_idle(steady::time_point until, bool heed_abort)
{
    while (!is_idle()) {
        if (steady::now() >= until || (heed_abort && aborted_)) co_return false;
        co_await pause();
    }
    co_return true;
}

task<bool> server_core::wait_for_threads(steady::time_point until)
{
    while (pool_.running() != 0 || files_->running() != 0) {
        if (steady::now() >= until) co_return false;
        co_await pause();
    }
    co_return true;
}

task<bool> server_core::run_shutdown_hooks(bool stuck)
{
    // Apart from this coroutine: a plain hook may wait for a pool whose threads never come back.
    auto const ended = std::make_shared<bool>(false);
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    auto done = [this, ended, cancel](std::exception_ptr thrown) {
        *ended = true;
        if (thrown) log_hook_failure(thrown);
    };
    asio::co_spawn(loops_.front()->context(), hooks_.shutdown(),
                   asio::bind_cancellation_slot(cancel->slot(), done));
    std::optional<steady::time_point> until;
    while (!*ended) {
        if (!until && (stuck || aborted_)) until = steady::now() + cancel_grace;
        if (until && steady::now() >= *until) break;
        co_await pause();
    }
    if (*ended) co_return true;
    // What waits, for the pool or for anything else, must not go on later, when the app may be gone.
    cancel->emit(asio::cancellation_type::terminal);
    co_await pause();
    co_return false;
}

task<bool> server_core::end_connections(steady::time_point until, stop_report& report)
{
    on_every_loop([](loop& one) { one.drain(idle_grace); });
    if (co_await wait_until_idle(until, true)) co_return true;
    report.cancelled = stats().requests_in_flight;
    tasks_->close();
    on_every_loop([](loop& one) {
        one.cancel_all();
        one.tasks().give_up(); // and those of requests that end now
    });
    bool idle = co_await wait_until_idle(steady::now() + cancel_grace, false);
    if (!idle) {
        on_every_loop([](loop& one) {
            one.close_all();
            one.tasks().log_stuck();
        });
        idle = co_await wait_until_idle(steady::now() + close_grace, false);
    }
    report.tasks_given_up = tasks_->now().given_up;
    report.clean = report.cancelled == 0 && report.tasks_given_up == 0;
    co_return idle;
}

task<stop_report> server_core::drain(std::chrono::milliseconds deadline)
{
    draining_ = true;
    stop_report report;
    listener_->close();
    bool idle = co_await end_connections(steady::now() + deadline, report);
    // A stream that was cancelled may have left a thread in a step that blocks.
    if (idle) idle = co_await wait_for_threads(steady::now() + cancel_grace);
    bool const hooks_ended = co_await run_shutdown_hooks(!idle);
    if (!idle || !hooks_ended) {
        report.clean = false;
        report.stuck = std::max<std::size_t>(1, pool_.running() + files_->running());
    }
    // Nothing may be left that refers to a loop.
    on_every_loop([](loop& one) { one.stop_ticking(); });
    while (std::any_of(loops_.begin(), loops_.end(), [](auto const& one) { return one->ticking(); })) {
        co_await pause();
    }
    log_.flush();
    co_return report;
}

void server_core::log_hook_failure(std::exception_ptr const& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& error) {
        log_failure(log_, "A shutdown hook has failed", error.what());
    } catch (...) {
        log_failure(log_, "A shutdown hook has failed", "not a std::exception");
    }
}

stop_report server_core::stop(std::chrono::milliseconds deadline)
{
    if (failed_) { // its caller's context has got the exception, and nothing has begun
        listener_->close();
        return {};
    }
    auto& context = loops_.front()->context();
    auto drained = asio::co_spawn(context, drain(deadline), asio::use_future);
    if (own_contexts_.empty() && context.stopped()) { // whoever ran it does so no longer
        context.restart();
        while (drained.wait_for(0s) != std::future_status::ready)
            context.run_one_for(drain_poll);
    }
    auto report = drained.get();
    if (report.stuck == 0) join();
    return report;
}

void server_core::join()
{
    work_.clear();
    if (draining_) {
        // The server's own work has ended. What a handler or a hook has left behind on a loop dies with its
        // context.
        for (auto const& context : own_contexts_)
            context->stop();
    }
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

} // namespace serval::server_impl
