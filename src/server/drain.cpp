#include "server/drain.hpp"

#include "base/what_of.hpp"
#include "server/server_core.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace serval::server_impl {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto idle_grace =
    1s; // for a request that was on its way to an idle connection when the drain began
constexpr auto cancel_grace = 2s;   // for handlers to unwind after cancellation
constexpr auto close_grace = 500ms; // for connections to notice that their socket is gone
constexpr auto answer_time = 250ms; // for a caller's context to show that somebody runs it
constexpr auto first_pause = 1ms;
constexpr auto longest_pause = 10ms;

/// Keeps what is stuck, with all that it uses, until the process ends.
void keep_for_ever(std::shared_ptr<server_core> core)
{
    static std::mutex mutex;
    static auto* const kept = new std::vector<std::shared_ptr<server_core>>; // never destroyed, either
    std::lock_guard const lock{mutex};
    kept->push_back(std::move(core));
}

} // namespace

/// One call that a loop has yet to make, until it was made, or cannot be.
class drain::step {
public:
    explicit step(calls of) noexcept : of_{std::move(of)} { ++*of_; }
    ~step()
    {
        if (of_) --*of_;
    }
    step(step&&) noexcept = default;
    step& operator=(step&&) = delete;

private:
    calls of_;
};

drain::time_point drain::deadline_after(std::chrono::milliseconds duration) noexcept
{
    auto const now = steady::now();
    if (duration <= 0ms) return now;
    auto const longest = std::chrono::floor<std::chrono::milliseconds>(time_point::max() - now);
    return duration < longest ? now + duration : time_point::max();
}

stop_report drain::run()
{
    if (never_begun()) return report_;
    look_who_runs_the_context();
    end_startup();
    tell_loops();
    end_connections();
    run_shutdown_hooks();
    detach_loops();
    end_threads();
    core_.environment_->log.flush();
    if (stuck_) {
        report_.clean = false;
        report_.stuck = std::max<std::size_t>(1, left_);
        keep_for_ever(core_.shared_from_this());
    }
    return report_;
}

/// A caller's context that has run nothing of the server so far will not any more.
bool drain::never_begun()
{
    auto expected = server_core::course::expected;
    if (!core_.own_contexts_.empty() ||
        !core_.course_.compare_exchange_strong(expected, server_core::course::cancelled))
        return false;
    core_.listener_.reset();
    core_.loops_.front()->detach();
    return true;
}

/// Only where nobody can be inside of the caller's context, it is run here: two threads must never meet
/// there.
void drain::look_who_runs_the_context()
{
    if (!core_.own_contexts_.empty()) return;
    auto& first = *core_.loops_.front();
    work_.emplace(first.context().get_executor()); // else its run() could end for want of work
    post(0, [](loop&) {});
    bool const answers = wait_for([this] { return *calls_ == 0; }, answer_time);
    core_.unanswered_ = !answers;
    if (!answers && (first.runs_on_this_thread() || first.thread_has_ended())) deserted_ = true;
}

/// A context that was stopped is run by nobody once the thread that did has ended, or is this one.
bool drain::is_deserted() noexcept
{
    if (deserted_ || !core_.own_contexts_.empty()) return deserted_;
    auto const& first = *core_.loops_.front();
    if (first.context_stopped() && (first.thread_has_ended() || first.runs_on_this_thread()))
        deserted_ = true;
    return deserted_;
}

/// A start-up hook has the deadline, as a request has; then it is cancelled.
void drain::end_startup()
{
    auto const over = [this] { return !core_.starting_; };
    if (wait(over, [this] { return core_.deadline_.load(); }, true)) return;
    auto& log = core_.environment_->log;
    log.write(log_level::error, "A start-up hook takes too long, and is cancelled");
    report_.clean = false;
    core_.cancel_startup();
    if (wait_for(over, cancel_grace)) return;
    log.write(log_level::error, "A start-up hook still runs, and is left behind");
    stuck_ = true;
}

void drain::tell_loops()
{
    post(0, [core = core_.shared_from_this(), calls = calls_](loop&) {
        // First all that has connected is dealt out; then each loop hears of the drain behind what it was
        // dealt.
        if (core->listener_) core->listener_->close();
        for (auto const& one : core->loops_)
            post_step(one, calls, [](loop& each) { each.drain(idle_grace); });
    });
    if (!core_.hooks_.drain || core_.failed_) return;
    hooks_ = hook_run(core_.hooks_.drain, "A drain hook has failed: ");
    hooks_->start();
}

std::shared_ptr<remote_task> drain::hook_run(std::function<task<void>(log_writer&)> const& hooks,
                                             char const* failure) const
{
    auto const core = core_.shared_from_this();
    auto make = [core, hooks] { return hooks(core->environment_->log); };
    auto after = [core, failure](std::exception_ptr thrown) {
        if (thrown) core->environment_->log.write(log_level::error, failure + base::what_of(thrown));
    };
    return std::make_shared<remote_task>(core_.loops_.front()->context(), std::move(make), std::move(after));
}

void drain::end_connections()
{
    bool idle = wait([this] { return is_idle(); }, [this] { return core_.deadline_.load(); }, true);
    if (!idle) idle = cancel_connections();
    // A handler's thread may still be in a step that blocks.
    auto const& env = *core_.environment_;
    auto const no_thread_runs = [&env] { return env.running() == 0; };
    if (!idle || !wait_for(no_thread_runs, cancel_grace)) stuck_ = true;
}

bool drain::cancel_connections()
{
    say_late();
    auto& tasks = *core_.environment_->tasks;
    tasks.close();
    if (hooks_ && !hooks_->ended()) {
        report_.clean = false;
        hooks_->cancel();
    }
    auto const cancelled = std::make_shared<std::atomic<std::size_t>>(0); // counted where they are
    post_to_all([cancelled](loop& one) {
        *cancelled += one.cancel_all();
        one.tasks().give_up(); // and those of requests that end now
    });
    bool idle = wait_for([this] { return is_idle(); }, cancel_grace);
    if (!idle) {
        post_to_all([](loop& one) {
            one.close_all();
            one.tasks().log_stuck();
        });
        idle = wait_for([this] { return is_idle(); }, close_grace);
    }
    report_.cancelled = *cancelled;
    if (*calls_ != 0) report_.cancelled += core_.stats().requests_in_flight; // of loops that something blocks
    report_.tasks_given_up = tasks.now().given_up;
    if (report_.cancelled != 0 || report_.tasks_given_up != 0) report_.clean = false;
    return idle;
}

void drain::run_shutdown_hooks()
{
    if (core_.failed_ || !first_loop_answers()) return;
    auto const hooks = hook_run(core_.hooks_.shutdown, "A shutdown hook has failed: ");
    hooks->start();
    auto until = steady::now() + cancel_grace;
    if (!stuck_ && !core_.aborted_) until = std::max(until, core_.deadline_.load());
    auto const latest = [this, &until] {
        if (core_.aborted_) until = std::min(until, steady::now() + cancel_grace);
        return until;
    };
    auto const ended = [&hooks] { return hooks->ended(); };
    if (wait(ended, latest, false)) return;
    // What waits, for the pool or for anything else, must not go on later, when the app may be gone.
    core_.environment_->log.write(log_level::error, "A shutdown hook takes too long, and is cancelled");
    report_.clean = false;
    hooks->cancel();
    if (!wait_for(ended, stuck_ ? std::chrono::milliseconds{close_grace} : cancel_grace)) stuck_ = true;
}

/// False: something blocks the loop that hooks would run on.
bool drain::first_loop_answers()
{
    if (!stuck_) return true;
    auto const answered = std::make_shared<std::atomic<bool>>(false);
    post(0, [answered](loop&) { *answered = true; });
    if (wait_for([&] { return answered->load(); }, close_grace)) return true;
    core_.environment_->log.write(log_level::error,
                                  "The shutdown hooks do not run: something blocks their loop");
    return false;
}

/// Nothing may be left that refers to a loop.
void drain::detach_loops()
{
    post_to_all([](loop& one) { one.stop_ticking(); });
    auto const still = [this] {
        return *calls_ == 0 && std::none_of(core_.loops_.begin(), core_.loops_.end(),
                                            [](auto const& one) { return one->ticking(); });
    };
    if (!wait_for(still, stuck_ ? std::chrono::milliseconds{close_grace} : cancel_grace)) stuck_ = true;
    if (stuck_) return; // what is left behind may still use them
    post_to_all([](loop& one) { one.detach(); });
    if (!wait_for([this] { return *calls_ == 0; }, cancel_grace)) stuck_ = true;
}

void drain::end_threads()
{
    auto& env = *core_.environment_;
    auto const patience = stuck_ ? 0ms : std::chrono::milliseconds{cancel_grace};
    left_ = env.stop_pools(patience);
    env.trim.stop(patience); // what it leaves behind is not stuck: it uses nothing of the server
    // The server's own work has ended. What a handler or a hook has left behind on a loop dies with its
    // context.
    core_.work_.clear();
    for (auto const& context : core_.own_contexts_)
        context->stop();
    auto const until = steady::now() + (stuck_ ? close_grace : std::chrono::milliseconds{cancel_grace});
    for (auto& thread : core_.threads_) {
        if (!thread.join(until)) ++left_;
    }
    if (left_ != 0) stuck_ = true;
    core_.threads_.clear();
}

void drain::abandon(server_core& core) noexcept
{
    auto const kept = core.shared_from_this();
    core.environment_->draining = true;
    core.environment_->log.write(log_level::error,
                                 "The server was destroyed on one of its own threads, within a "
                                 "handler: it is left behind, and handles nothing more");
    for (auto const& context : core.own_contexts_)
        context->stop();
    try {
        if (core.own_contexts_.empty()) end_on_the_loop(kept);
        keep_for_ever(kept);
    } catch (...) { // no memory
        static_cast<void>(new (std::nothrow) std::shared_ptr<server_core>{kept});
    }
}

void drain::end_on_the_loop(std::shared_ptr<server_core> const& core)
{
    auto& context = core->loops_.front()->context();
    if (context.get_executor().running_in_this_thread()) return end_here(*core);
    asio::post(context, [core] { end_here(*core); });
}

/// On the thread of a caller's context, which cannot be stopped.
void drain::end_here(server_core& core)
{
    if (core.listener_) core.listener_->close(); // it stays: its coroutine does
    auto& only = *core.loops_.front();
    only.drain(0ms);
    only.cancel_all();
    only.tasks().give_up();
    only.close_all();
    only.stop_ticking();
}

bool drain::has_batches() const noexcept
{
    return std::any_of(core_.loops_.begin(), core_.loops_.end(),
                       [](auto const& one) { return one->counters().batches.value() != 0; });
}

/// True when nothing is left to do. Then no more tasks are accepted.
bool drain::is_idle()
{
    if (core_.starting_ || core_.accepting_ != 0 || *calls_ != 0) return false;
    if (hooks_ && !hooks_->ended()) return false;
    bool const served = std::all_of(core_.loops_.begin(), core_.loops_.end(),
                                    [](auto const& one) { return one->counters().connections.value() == 0; });
    // Looked for twice: the last task may have come, begun and ended since the first look.
    return served && !has_batches() && core_.environment_->tasks->close_if_empty() && !has_batches();
}

bool drain::wait(condition const& met, limit const& until, bool heed_abort)
{
    std::chrono::milliseconds pause = first_pause;
    while (!met()) {
        if (steady::now() >= until() || (heed_abort && core_.aborted_)) return false;
        let_loops_run(pause);
        pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
    }
    return true;
}

bool drain::wait_for(condition const& met, std::chrono::milliseconds longest)
{
    auto const until = steady::now() + longest;
    return wait(met, [until] { return until; }, false);
}

void drain::let_loops_run(std::chrono::milliseconds duration)
{
    if (is_deserted()) return core_.run_callers_context(duration);
    std::this_thread::sleep_for(duration);
}

void drain::post(std::size_t index, std::function<void(loop&)> call)
{
    post_step(core_.loops_[index], calls_, std::move(call));
}

void drain::post_step(std::shared_ptr<loop> const& to, calls const& under_way,
                      std::function<void(loop&)> call)
{
    asio::post(to->context(), [to, call = std::move(call), here = step{under_way}] {
        to->note_thread();
        try {
            call(*to);
        } catch (...) {
            to->environment().log.write(log_level::error, "A loop could not be told of the shutdown: " +
                                                              base::what_of(std::current_exception()));
        }
    });
}

void drain::post_to_all(std::function<void(loop&)> const& call)
{
    for (std::size_t i = 0; i != core_.loops_.size(); ++i)
        post(i, call);
}

/// What the deadline has found, if there is anything to speak of.
void drain::say_late()
{
    auto const now = core_.stats();
    bool const hooks = hooks_ && !hooks_->ended();
    auto const tasks = now.background.queued + now.background.running;
    if (now.connections + now.requests_in_flight + tasks + now.pool_running == 0 && !hooks) return;
    std::string what = "The time to stop is over. Left: ";
    what += std::to_string(now.connections) + " connection(s), " + std::to_string(now.requests_in_flight) +
            " request(s), " + std::to_string(tasks) + " background task(s), " +
            std::to_string(now.pool_running) + " call(s) on threads";
    if (hooks) what += ", a drain hook";
    core_.environment_->log.write(log_level::warning, what);
}

} // namespace serval::server_impl
