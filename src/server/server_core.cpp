#include "server/server_core.hpp"

#include "server/coroutine_end.hpp"
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

namespace {

/// A loop's sockets are its thread's alone: Asio need not lock each of them.
constexpr int one_thread = BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO;

} // namespace

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
            own_contexts_.push_back(std::make_unique<asio::io_context>(one_thread));
            loops_.push_back(std::make_shared<loop>(*own_contexts_.back(), environment_));
        }
    }
    for (std::size_t i = 0; i != loops_.size(); ++i) {
        loops_[i]->number(i);
        intake_.add(*loops_[i]);
    }
    listener_ = std::make_unique<listener>(loops_, environment_->settings);
}

server_core::~server_core()
{
    // Before the contexts: queued calls live in their coroutines.
    environment_->stop_pools(std::chrono::milliseconds{0});
}

void server_core::start()
{
    auto bound = listener_->open(); // may have to look a name up
    {
        std::lock_guard const lock{mutex_};
        addresses_ = std::move(bound);
        if (stopping_) throw std::runtime_error("serval: the server was stopped before it had started");
        open();
        opened_ = true;
    }
    if (!own_contexts_.empty()) wait_for_startup();
}

/// Has the loops run, the first one with the start-up.
void server_core::open()
{
    try {
        for (std::size_t i = 0; i != own_contexts_.size(); ++i) {
            work_.push_back(asio::make_work_guard(*own_contexts_[i]));
            threads_.emplace_back(loops_[i], shared_from_this());
        }
        starting_ = true;
        asio::post(loops_.front()->context(), [self = shared_from_this()] {
            auto expected = course::expected;
            if (self->course_.compare_exchange_strong(expected, course::begun)) self->begin();
        });
    } catch (...) {
        for (auto const& one : own_contexts_)
            one->stop();
        for (auto& one : threads_)
            one.join(time_point::max()); // they have nothing to do
        threads_.clear();
        throw;
    }
}

/// The first thing that runs, on the first loop.
void server_core::begin()
{
    if (own_contexts_.empty()) loops_.front()->attach();
    intake_.open();
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
    if (!thrown && !draining) thrown = begin_service();
    bool const failed = thrown != nullptr && !draining;
    if (failed && accepting_ == 0) listener_.reset();
    if (failed && listener_) listener_->close();
    if (thrown) give_up_tasks(); // the hook's, which nobody waits for any more
    {
        std::lock_guard const lock{mutex_};
        if (failed) failure_ = thrown;
        startup_over_ = true;
    }
    failed_ = failed;
    starting_ = false;
    startup_ended_.notify_all();
    // On a caller's context it reaches the caller through its io_context::run.
    if (failed && own_contexts_.empty()) std::rethrow_exception(thrown);
}

/// What follows the start-up hooks. Gives why it cannot.
std::exception_ptr server_core::begin_service() noexcept
{
    try {
        hooks_.begin_jobs(intake_, environment_->log);
        for (std::size_t i = 0; i != listener_->sockets(); ++i)
            accept(i);
        return nullptr;
    } catch (...) {
        return std::current_exception();
    }
}

void server_core::give_up_tasks()
{
    environment_->tasks->close();
    for (auto const& one : loops_)
        asio::post(one->context(), [registry = one->tasks().shared_from_this()] { registry->give_up(); });
}

/// The hooks may take their time; `stop` ends them.
void server_core::wait_for_startup()
{
    std::unique_lock lock{mutex_};
    startup_ended_.wait(lock, [this] { return startup_over_; });
    if (stopping_) throw std::runtime_error("serval: the server was stopped while it started");
    if (failure_) std::rethrow_exception(failure_);
}

void server_core::cancel_startup()
{
    std::lock_guard const lock{mutex_};
    if (startup_) startup_->cancel();
}

void server_core::accept(std::size_t socket)
{
    auto& context = loops_.front()->context();
    auto begun = std::make_shared<bool>(false);
    coroutine_end ended{context, [self = shared_from_this(), socket, begun](std::exception_ptr thrown) {
                            if (!*begun) return; // whoever has called hears it
                            --self->accepting_;
                            if (!thrown || self->environment_->draining) return;
                            self->environment_->log.write(
                                log_level::error, "Accepting connections has failed; starting it again");
                            try {
                                self->accept(socket);
                            } catch (...) {
                                log_failure(self->environment_->log, std::current_exception());
                            }
                        }};
    asio::co_spawn(context, listener_->run(socket), std::move(ended));
    *begun = true;
    ++accepting_;
}

std::uint16_t server_core::port() const noexcept
{
    std::lock_guard const lock{mutex_};
    return addresses_.empty() ? std::uint16_t{0} : addresses_.front().port;
}

std::vector<listen_address> server_core::addresses() const
{
    std::lock_guard const lock{mutex_};
    return addresses_;
}

server_stats server_core::stats() const
{
    server_stats sum;
    for (auto const& one : loops_) {
        auto const& counters = one->counters();
        sum.connections += static_cast<std::size_t>(counters.connections.value());
        sum.requests_in_flight += static_cast<std::size_t>(counters.requests_in_flight.value());
        sum.requests += static_cast<std::uint64_t>(counters.requests.value());
        sum.requests_refused += static_cast<std::uint64_t>(counters.refused.value());
        sum.connections_accepted += static_cast<std::uint64_t>(counters.accepted.value());
        sum.handler_errors += static_cast<std::uint64_t>(counters.handler_errors.value());
    }
    sum.pool_running = environment_->pool.running() + environment_->json.running();
    sum.pool_queued = environment_->pool.queued() + environment_->json.queued();
    auto const tasks = environment_->tasks->now();
    sum.background = {tasks.queued, tasks.running, tasks.done, tasks.failed, tasks.oldest};
    return sum;
}

bool server_core::runs_here() const noexcept
{
    bool const on_a_loop = std::any_of(loops_.begin(), loops_.end(), [](auto const& one) {
        return one->context().get_executor().running_in_this_thread();
    });
    return on_a_loop || environment_->runs_here();
}

void server_core::hurry(std::chrono::milliseconds deadline) noexcept
{
    auto const wanted = drain::deadline_after(deadline);
    auto current = deadline_.load();
    while (wanted < current && !deadline_.compare_exchange_weak(current, wanted)) {
    }
}

bool server_core::runs_callers_context() const noexcept
{
    return own_contexts_.empty() && unanswered_ && loops_.front()->runs_on_this_thread();
}

void server_core::run_callers_context(std::chrono::milliseconds duration)
{
    auto& context = loops_.front()->context();
    if (context.stopped()) context.restart();
    try {
        context.run_one_for(duration);
    } catch (...) {
        log_failure(environment_->log, std::current_exception());
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
    std::lock_guard const lock{mutex_};
    startup_over_ = true; // or it never will be
    startup_ended_.notify_all();
    return report;
}

} // namespace serval::server_impl
