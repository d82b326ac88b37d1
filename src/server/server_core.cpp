#include "server/server_core.hpp"

#include "server/drain.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

server_core::server_core(serval::settings settings, std::shared_ptr<handler::dispatcher const> dispatcher,
                         lifespan hooks, asio::io_context* context)
    : environment_{std::make_shared<server_impl::environment>(std::move(settings), std::move(dispatcher))},
      hooks_{std::move(hooks)},
      intake_{environment_->tasks}
{
    if (context != nullptr) {
        loops_.push_back(std::make_shared<loop>(*context, environment_));
    } else {
        std::size_t const cores = std::max(1U, std::thread::hardware_concurrency());
        std::size_t const wanted = environment_->settings.threads;
        std::size_t const count = wanted == 0 ? cores : wanted;
        for (std::size_t i = 0; i != count; ++i) {
            own_contexts_.push_back(std::make_unique<asio::io_context>(1));
            loops_.push_back(std::make_shared<loop>(*own_contexts_.back(), environment_));
        }
    }
    for (auto const& one : loops_)
        intake_.add(*one);
    listener_ = std::make_unique<listener>(loops_, environment_->settings);
}

server_core::~server_core()
{
    // Before the contexts: queued calls live in their coroutines.
    environment_->pool.stop(std::chrono::milliseconds{0});
    environment_->files->stop(std::chrono::milliseconds{0});
}

void server_core::start()
{
    {
        std::lock_guard const lock{mutex_};
        if (stopping_) throw std::runtime_error("serval: the server was stopped before it had started");
        try {
            open();
        } catch (...) {
            for (auto const& one : own_contexts_)
                one->stop();
            for (auto& one : threads_)
                one.join(time_point::max());
            threads_.clear();
            loops_.front()->detach();
            throw;
        }
        opened_ = true;
    }
    if (!own_contexts_.empty()) wait_for_startup();
}

/// Listens, and has the first loop go on from there.
void server_core::open()
{
    listener_->open();
    port_ = listener_->port();
    for (std::size_t i = 0; i != own_contexts_.size(); ++i) {
        work_.push_back(asio::make_work_guard(*own_contexts_[i]));
        threads_.emplace_back(loops_[i], shared_from_this());
    }
    starting_ = true;
    asio::post(loops_.front()->context(), [self = shared_from_this()] {
        auto expected = course::expected;
        if (self->course_.compare_exchange_strong(expected, course::begun)) self->begin();
    });
}

/// The first thing that runs, on the first loop.
void server_core::begin()
{
    if (own_contexts_.empty()) loops_.front()->attach();
    auto after = [self = shared_from_this()](std::exception_ptr thrown) {
        self->on_startup_end(std::move(thrown));
    };
    auto const startup = std::make_shared<remote_task>(loops_.front()->context(), hooks_.startup, after);
    {
        std::lock_guard const lock{mutex_};
        startup_ = startup;
    }
    startup->begin();
}

void server_core::on_startup_end(std::exception_ptr thrown)
{
    bool const draining = environment_->draining;
    if (thrown) {
        failed_ = !draining;
        environment_->tasks->close(); // the hook's, which nobody waits for any more
        if (!draining) listener_.reset();
        for (auto const& one : loops_) {
            asio::post(one->context(), [registry = one->tasks().shared_from_this()] { registry->give_up(); });
        }
    } else if (!draining) {
        hooks_.begin_jobs(intake_, environment_->log);
        accept();
    }
    starting_ = false;
    wake_starter();
    // On a caller's context it reaches the caller through its io_context::run.
    if (failed_ && own_contexts_.empty()) std::rethrow_exception(thrown);
}

void server_core::wake_starter()
{
    std::lock_guard const lock{mutex_};
    startup_over_ = true;
    startup_ended_.notify_all();
}

/// The hooks may take their time; `stop` ends them.
void server_core::wait_for_startup()
{
    {
        std::unique_lock lock{mutex_};
        startup_ended_.wait(lock, [this] { return startup_over_; });
        if (stopping_) throw std::runtime_error("serval: the server was stopped while it started");
    }
    if (!failed_) return;
    auto const thrown = startup_->error();
    stop(std::chrono::milliseconds{0});
    std::rethrow_exception(thrown);
}

void server_core::cancel_startup()
{
    std::lock_guard const lock{mutex_};
    if (startup_) startup_->cancel();
}

void server_core::accept()
{
    accepting_ = true;
    auto ended = [self = shared_from_this()](std::exception_ptr thrown) {
        self->accepting_ = false;
        if (thrown)
            self->environment_->log.write(log_level::error,
                                          "Accepting connections has ended with an exception");
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
    sum.pool_running = environment_->pool.running();
    sum.pool_queued = environment_->pool.queued();
    auto const tasks = environment_->tasks->now();
    sum.background = {tasks.queued, tasks.running, tasks.done, tasks.failed, tasks.oldest};
    return sum;
}

bool server_core::runs_here() const noexcept
{
    bool const on_a_loop = std::any_of(loops_.begin(), loops_.end(), [](auto const& one) {
        return one->context().get_executor().running_in_this_thread();
    });
    return on_a_loop || environment_->pool.runs_here() || environment_->files->runs_here();
}

void server_core::hurry(std::chrono::milliseconds deadline) noexcept
{
    auto const wanted = drain::deadline_after(deadline);
    auto current = deadline_.load();
    while (wanted < current && !deadline_.compare_exchange_weak(current, wanted)) {
    }
}

stop_report server_core::stop(std::chrono::milliseconds deadline)
{
    environment_->draining = true;
    hurry(deadline);
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
        if (!opened_) return {};
    }
    auto const report = drain{*this}.run();
    wake_starter();
    return report;
}

} // namespace serval::server_impl
