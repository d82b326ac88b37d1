#include "server/task_batch.hpp"

#include "base/log_escape.hpp"
#include "base/what_of.hpp"
#include "handler/end_values.hpp"
#include "http/cancelled.hpp"
#include "http/pool_call.hpp"
#include "server/loop.hpp"
#include "server/task_registry.hpp"
#include "server/wake_up.hpp"
#include "server/workspace.hpp"

#include <serval/sleep.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds longest_delay = std::chrono::minutes{1};

} // namespace

/// The end of a batch, however it comes: its coroutine ends, is cancelled before it began, or is destroyed
/// with its context.
class task_batch::registration {
public:
    explicit registration(std::shared_ptr<task_batch> batch) noexcept : batch_{std::move(batch)} {}
    ~registration()
    {
        if (batch_) batch_->finish();
    }
    registration(registration&&) noexcept = default;
    registration& operator=(registration&&) = delete;

private:
    std::shared_ptr<task_batch> batch_;
};

/// Says that somebody waits, for as long as that is true.
class task_batch::waiting {
public:
    waiting(task_batch& batch, wake_up& waiter) noexcept : batch_{batch} { batch.waiter_ = &waiter; }
    ~waiting() { batch_.waiter_ = nullptr; }
    waiting(waiting const&) = delete;
    waiting& operator=(waiting const&) = delete;

private:
    task_batch& batch_;
};

/// A plain function's call, for the pool.
class task_batch::plain_attempt final : public detail::pool_call {
public:
    plain_attempt(task_batch& batch, bool last) noexcept
        : pool_call{[](pool_call& self) { static_cast<plain_attempt&>(self).invoke(); }},
          batch_{batch},
          last_{last}
    {}

private:
    void invoke()
    {
        auto& task = batch_.current(); // which stays the same until this has ended
        batch_.registry_->account_->begin(task);
        batch_.on_thread_ = true;
        try {
            static_cast<void>(task.call().invoke(last_));
        } catch (...) {
            if (last_) task.release_call();
            throw;
        }
        task.release_call(); // here, where its function has run
    }

    task_batch& batch_;
    bool last_;
};

task_batch::task_batch(list tasks, std::string origin) noexcept
    : tasks_{std::move(tasks)},
      origin_{std::move(origin)}
{}

task_batch::~task_batch() = default;

void task_batch::spawn(asio::io_context& context)
{
    auto ended = [self = shared_from_this()](std::exception_ptr const&) {}; // see registration
    asio::co_spawn(context, run(registration{shared_from_this()}),
                   asio::bind_cancellation_slot(cancel_.slot(), std::move(ended)));
}

void task_batch::add(list more)
{
    tasks_.insert(tasks_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void task_batch::keep(std::unique_ptr<workspace> request) noexcept
{
    request_ = std::move(request);
}

task<void> task_batch::run(registration)
{
    do {
        co_await run_tasks();
        if (request_) co_await end_request();
    } while (!given_up_ && next_ != tasks_.size());
}

/// The request's end, after its tasks. A destructor may have added further ones.
task<void> task_batch::end_request()
{
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto& x = request_->context;
    co_await handler::end_values(x.frame);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    tasks_ = std::exchange(x.tasks.tasks, {});
    next_ = 0;
    for (auto const& task : tasks_)
        registry_->account_->accept(*task);
    if (given_up_) give_up_from(0);
    if (auto* const loop = registry_->loop_) {
        loop->workspaces().give_back(std::move(request_));
    } else {
        request_.reset();
    }
}

task<void> task_batch::run_tasks()
{
    bool first = true;
    while (!given_up_ && next_ != tasks_.size()) {
        // Others on the loop have their turn between any two attempts, however short.
        if (!std::exchange(first, false)) co_await asio::post(asio::use_awaitable);
        std::exception_ptr thrown;
        co_await asio::this_coro::throw_if_cancelled(true);
        try {
            co_await attempt();
        } catch (...) {
            thrown = std::current_exception();
        }
        // The task may have been cancelled, and may have changed what a cancellation does.
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        end_attempt(thrown);
    }
}

task<void> task_batch::attempt()
{
    if (failures_ != 0) co_await sleep_for(delay());
    if (is_drained()) co_return;
    begin_attempt();
    bool const last = failures_ == current().options().retries();
    if (current().is_coroutine()) {
        registry_->account_->begin(current());
        task<void> running = current().call().invoke(last);
        co_await std::move(running);
    } else {
        plain_attempt on_pool{*this, last};
        co_await http::run_task_on_pool(on_pool);
    }
}

std::chrono::milliseconds task_batch::delay() const noexcept
{
    auto const first = current().options().first_delay();
    auto const longest = std::max(first, longest_delay);
    auto doubled = first;
    for (unsigned i = 1; i < failures_ && doubled < longest; ++i)
        doubled *= 2;
    return std::min<std::chrono::milliseconds>({doubled, longest, std::chrono::hours{24 * 365}});
}

void task_batch::begin_attempt()
{
    auto const limit = current().options().time_limit();
    auto* const loop = registry_->loop_;
    if (limit.count() == 0 || loop == nullptr) return;
    limited_ = true;
    ++registry_->limited_;
    loop->keep_ticking(); // which the count makes necessary, and which brings the time up to date
    deadline_ = current().is_coroutine() ? loop->after(limit) : 0; // 0: its turn comes later
}

void task_batch::end_attempt(std::exception_ptr const& thrown) noexcept
{
    lift_limit();
    bool const timed_out = std::exchange(timed_out_, false);
    bool const on_thread = on_thread_.exchange(false);
    if (!thrown || (is_drained() && http::is_cancellation(thrown)))
        return end_current(handler::task_outcome::done);
    // Cancellation does not reach a function that runs.
    if (given_up_ && !on_thread) return give_up_from(next_);
    log_failure(thrown, timed_out);
    if (!given_up_ && failures_ != current().options().retries()) {
        ++failures_;
    } else {
        end_current(handler::task_outcome::failed);
    }
}

void task_batch::end_current(handler::task_outcome how) noexcept
{
    current().release_call(); // its arguments end before it counts as ended
    registry_->account_->end(current(), how);
    tasks_[next_].reset();
    ++next_;
    failures_ = 0;
    if (given_up_) give_up_from(next_);
}

/// True for a task that only goes on until the drain, which has begun.
bool task_batch::is_drained() const noexcept
{
    return registry_->draining() && current().options().cancels_on_drain();
}

void task_batch::drain()
{
    if (next_ != tasks_.size() && is_drained()) cancel_.emit(asio::cancellation_type::terminal);
}

void task_batch::finish() noexcept
{
    if (std::exchange(ended_, true)) return;
    lift_limit();
    give_up_from(next_);
    if (waiter_ != nullptr) waiter_->notify();
    registry_->remove(*this);
}

/// True: it had something to end.
bool task_batch::sweep()
{
    auto* const loop = registry_->loop_;
    if (!limited_ || loop == nullptr) return false;
    bool const coroutine = current().is_coroutine();
    if (!coroutine && deadline_ == 0) {
        if (on_thread_) deadline_ = loop->after(current().options().time_limit());
        return false;
    }
    if (loop->now() < deadline_) return false;
    lift_limit();
    if (coroutine) {
        timed_out_ = true;
        cancel_.emit(asio::cancellation_type::terminal);
    } else {
        log(log_level::warning, current(),
            " has passed its time limit, and goes on: a plain function cannot "
            "be interrupted");
    }
    return true;
}

void task_batch::lift_limit() noexcept
{
    if (std::exchange(limited_, false)) --registry_->limited_;
}

void task_batch::give_up()
{
    given_up_ = true;
    give_up_from(next_ + 1);
    cancel_.emit(asio::cancellation_type::terminal);
}

/// Before it has begun. True: that was its end. False: its request's has to come.
bool task_batch::give_up_all() noexcept
{
    given_up_ = true;
    give_up_from(0);
    if (!request_) finish();
    return ended_;
}

/// Ends tasks that have not begun, or that were cancelled.
void task_batch::give_up_from(std::size_t first) noexcept
{
    for (auto i = first; i < tasks_.size(); ++i) {
        if (!tasks_[i]) continue;
        log(log_level::error, *tasks_[i], " was given up: the server is shutting down");
        tasks_[i]->release_call();
        registry_->account_->end(*tasks_[i], handler::task_outcome::given_up);
        tasks_[i].reset();
    }
    if (first <= next_) next_ = tasks_.size();
}

void task_batch::abandon() noexcept
{
    given_up_ = true;
}

task<void> task_batch::wait(asio::any_io_executor executor)
{
    wake_up end{executor};
    waiting const registered{*this, end};
    while (!ended_)
        static_cast<void>(co_await end.wait());
}

void task_batch::log_stuck() const noexcept
{
    if (next_ == tasks_.size()) return;
    log(log_level::error, current(), " still runs, and is left behind");
}

void task_batch::log_failure(std::exception_ptr const& thrown, bool timed_out) const noexcept
{
    auto const& options = current().options();
    bool const last = given_up_ || failures_ == options.retries();
    try {
        std::string what{" failed"};
        if (!last || failures_ != 0) what += " in attempt " + std::to_string(failures_ + 1);
        what += last ? ": " : " and will be tried again: ";
        auto const why = timed_out
                             ? "it took longer than " + std::to_string(options.time_limit().count()) + " ms"
                             : base::what_of(thrown);
        log(last ? log_level::error : log_level::warning, current(), what, why);
    } catch (std::exception const&) { // no memory
        log(log_level::error, current(), " failed");
    }
}

void task_batch::log(log_level level, handler::background_task const& task, std::string_view what,
                     std::string_view why) const noexcept
{
    if (!registry_ || registry_->loop_ == nullptr) return;
    auto& to = registry_->loop_->environment().log;
    if (!to.enabled(level)) return;
    try {
        std::string line = "Background task " + task.name() + " of " + origin_;
        line += what;
        base::append_log_escaped(line, why);
        to.write(level, line);
    } catch (std::exception const&) { // no memory
        to.write(level, "A background task failed or was given up");
    }
}

} // namespace serval::server_impl
