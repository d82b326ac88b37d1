#include "testing/test_loop.hpp"

#include "server/remote_task.hpp"
#include "testing/manual_clock.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cassert>
#include <exception>
#include <future>
#include <stdexcept>
#include <utility>

namespace serval::testing_impl {

namespace asio = boost::asio;

namespace {

/// How long the loop waits for a pool thread or the outside before it looks again.
constexpr std::chrono::microseconds short_wait{200};
/// What a jump of the automatic clock to a near timer takes, when it seems to lead nowhere.
constexpr std::chrono::milliseconds pace{1};
/// A timer within this may be the loop's tick, which comes for ever.
constexpr std::chrono::milliseconds near{250};
/// What hooks are given to end when they were cancelled.
constexpr std::chrono::milliseconds unwinding{1000};

constinit std::atomic<std::chrono::milliseconds> patience_now{std::chrono::seconds{30}};

thread_local constinit test_loop const* loop_of_this_thread = nullptr;

} // namespace

std::chrono::milliseconds patience() noexcept
{
    return patience_now;
}

void set_patience(std::chrono::milliseconds to) noexcept
{
    patience_now = to;
}

test_loop::test_loop(std::vector<base::thread_pool const*> pools, manual_clock::implementation* clock,
                     failure_report failed)
    : work_{asio::make_work_guard(context_)},
      pools_{std::move(pools)},
      clock_{clock},
      failed_{std::move(failed)}
{}

test_loop::~test_loop()
{
    assert(!thread_.joinable());
}

void test_loop::start()
{
    if (clock_ != nullptr) clock_->attach(this);
    try {
        thread_ = std::thread([this] { drive(); });
    } catch (...) {
        if (clock_ != nullptr) clock_->detach();
        throw;
    }
}

bool test_loop::stop(std::chrono::milliseconds limit) noexcept
{
    if (!thread_.joinable()) return true;
    stopping_ = true;
    context_.stop();
    std::unique_lock lock(mutex_);
    bool const in_time = changed_.wait_for(lock, limit, [this] { return ended_; });
    lock.unlock();
    if (in_time) {
        thread_.join();
        if (clock_ != nullptr) clock_->detach();
    } else {
        thread_.detach();
        end_orders();
        if (clock_ != nullptr) clock_->abandon();
    }
    return in_time;
}

/// Whoever waits for the loop learns that it has ended.
void test_loop::end_orders() noexcept
{
    std::lock_guard const lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

bool test_loop::runs_here() const noexcept
{
    return loop_of_this_thread == this;
}

bool test_loop::is_pooled() const noexcept
{
    return std::any_of(pools_.begin(), pools_.end(), [](auto const* one) { return one->runs_here(); });
}

void test_loop::must_not_run_here() const
{
    if (!runs_here()) return;
    throw std::logic_error("serval: a coroutine cannot wait for the test_client on whose loop it runs, nor "
                           "for its clock: it would wait for itself. A plain handler or another thread can");
}

void test_loop::wake()
{
    asio::post(context_, [] {});
}

void test_loop::waiting_begins()
{
    ++waiting_;
    if (clock_ != nullptr) wake();
}

void test_loop::blocking_begins() noexcept
{
    ++blocked_;
    wake();
}

void test_loop::let_time_pass()
{
    ++passing_;
    if (clock_ != nullptr) wake();
}

bool test_loop::time_stands_still() const noexcept
{
    return clock_ != nullptr && !clock_->auto_advance;
}

void test_loop::settle(std::chrono::milliseconds limit)
{
    wait_until_idle([] { return true; }, limit);
}

void test_loop::wait_until_idle(std::function<bool()> condition, std::chrono::milliseconds limit)
{
    auto const given = std::make_shared<order>();
    given->condition = std::move(condition);
    give(given, limit);
}

void test_loop::pass_time_until(std::function<bool()> condition, passage how, std::chrono::milliseconds limit)
{
    // The loop's thread changes it, or this one when it gives up.
    enum class time : unsigned char { still, passing, held };
    auto const state = std::make_shared<std::atomic<time>>(time::still);
    auto const hold = [this, how, state] {
        if (state->exchange(time::held) != time::passing) return;
        how == passage::always ? hold_time() : waiting_ended();
    };
    auto const ended = [this, how, state, hold, condition = std::move(condition)] {
        if (condition()) {
            hold();
            return true;
        }
        auto expected = time::still;
        if (state->compare_exchange_strong(expected, time::passing))
            how == passage::always ? let_time_pass() : waiting_begins();
        return false;
    };
    try {
        wait_until_idle(ended, limit);
    } catch (...) {
        hold();
        throw;
    }
}

void test_loop::advance(std::chrono::nanoseconds duration)
{
    auto const given = std::make_shared<order>();
    given->advance = duration;
    give(given, patience());
}

void test_loop::give(std::shared_ptr<order> const& given, std::chrono::milliseconds limit)
{
    must_not_run_here();
    std::unique_lock lock(mutex_);
    if (!ended_) {
        given->pooled = is_pooled();
        orders_.push_back(given);
        if (given->pooled) ++blocked_;
        wake();
        changed_.wait_for(lock, limit, [&] { return given->done || ended_; });
        if (given->done) return;
        given->abandoned = true;
        if (given->pooled) --blocked_;
    }
    if (ended_) throw std::runtime_error("serval: the test_client was destroyed");
    throw std::runtime_error("serval: the test_client's loop and pool did not fall idle within 30 s");
}

bool test_loop::answers(std::chrono::milliseconds limit)
{
    auto const answered = std::make_shared<std::promise<void>>();
    asio::post(context_, [answered] { answered->set_value(); });
    return answered->get_future().wait_for(limit) == std::future_status::ready;
}

void test_loop::run(std::function<task<void>()> make, std::chrono::milliseconds limit)
{
    struct outcome {
        std::mutex mutex;
        std::condition_variable changed;
        bool done = false;
        std::exception_ptr thrown;
    };
    auto const shared = std::make_shared<outcome>();
    auto begin = [this, make = std::move(make)] {
        let_time_pass(); // here, so that the clock does not jump before there is anything to wait for
        return make();
    };
    auto after = [this, shared](std::exception_ptr thrown) {
        hold_time();
        std::lock_guard const lock(shared->mutex);
        shared->done = true;
        shared->thrown = std::move(thrown);
        shared->changed.notify_all();
    };
    auto const running =
        std::make_shared<server_impl::remote_task>(context_, std::move(begin), std::move(after));
    running->start();
    std::unique_lock lock(shared->mutex);
    auto const done = [&] { return shared->done; };
    if (!shared->changed.wait_for(lock, limit, done)) {
        running->cancel();
        shared->changed.wait_for(lock, std::min<std::chrono::milliseconds>(limit, unwinding), done);
        throw std::runtime_error("serval: the app's hooks did not end within 30 s");
    }
    if (shared->thrown) std::rethrow_exception(std::exchange(shared->thrown, nullptr));
}

void test_loop::drive()
{
    loop_of_this_thread = this;
    while (!stopping_) {
        try {
            turn();
        } catch (...) { // as on a server's loop
            if (failed_) failed_(std::current_exception());
        }
    }
    end_orders();
}

void test_loop::turn()
{
    if (!take_orders()) {
        watch_.forget();
        context_.run_one();
    } else if (run_ready() && !serve_orders() && !jump()) {
        context_.run_one(); // idle, and what is waited for is not the clock's to bring
    }
}

/// True when somebody waits for an idle moment. What is posted after this does not belong to that moment, so
/// that orders and calls which come now are looked at after the next run of what is ready.
bool test_loop::take_orders()
{
    someone_waits_ = clock_ != nullptr && ((waiting_ > 0 && clock_->auto_advance) || passing_ > 0);
    std::lock_guard const lock(mutex_);
    taken_ = orders_;
    return someone_waits_ || !taken_.empty();
}

/// Runs what is ready. True when nothing is left to do. A pool job posts its result before it ends, and what
/// it waits for before it waits, hence the pools are asked first.
bool test_loop::run_ready()
{
    bool const resting = pools_rest();
    if (context_.poll() != 0) {
        watch_.touch();
        return false;
    }
    if (resting) return true;
    context_.run_one_for(short_wait);
    return false;
}

/// The queues before the threads, since jobs move from one to the other.
bool test_loop::pools_rest() noexcept
{
    std::size_t queued = 0;
    for (auto const* const one : pools_)
        queued += one->queued();
    std::size_t running = 0;
    for (auto const* const one : pools_)
        running += one->running();
    auto const blocked = std::min<std::size_t>(blocked_, running);
    return watch_.rests(queued + running - blocked);
}

/// Serves what waits for an idle moment; true when that has changed anything. The pools' threads come first:
/// what others wait for includes that those go on.
bool test_loop::serve_orders()
{
    if (!serve(true) && !serve(false)) {
        std::lock_guard const lock(mutex_);
        return std::erase_if(orders_, [](auto const& one) { return one->abandoned; }) != 0;
    }
    std::lock_guard const lock(mutex_);
    std::erase_if(orders_, [](auto const& one) { return one->done || one->abandoned; });
    return true;
}

/// A step of an advance ends the idle moment; the advances follow each other.
bool test_loop::serve(bool pooled)
{
    bool finished = false;
    for (auto const& one : taken_) {
        if (one->pooled != pooled || !one->condition || !one->condition()) continue;
        finish(*one);
        finished = true;
    }
    if (finished) return true;
    auto const first = std::find_if(taken_.begin(), taken_.end(), [&](auto const& one) {
        return one->pooled == pooled && !one->condition;
    });
    if (first == taken_.end()) return false;
    step(**first);
    return true;
}

/// One step of an advance. Always changes something.
void test_loop::step(order& one)
{
    if (!std::exchange(one.started, true)) one.target = clock_->after(one.advance);
    if (auto const next = clock_->next_timer(); next && *next <= one.target) {
        clock_->fire_next();
    } else {
        clock_->move_to(one.target);
        finish(one);
    }
}

void test_loop::finish(order& one)
{
    std::lock_guard const lock(mutex_);
    if (one.pooled && !one.done && !one.abandoned) --blocked_;
    one.done = true;
    changed_.notify_all();
}

/// A time limit must not pass in no time while a handler or a task waits for the system, which real time
/// brings on: one that does not wait for this clock. It has a second, and another one after each sign of
/// life.
bool test_loop::must_hold(time_point next)
{
    if (!look_at_work_) return false;
    auto const now = look_at_work_();
    bool const passes = now.limit && next >= *now.limit && passed_ != *now.limit;
    if (!passes || now.count <= clock_->sleepers()) {
        held_since_.reset();
        return false;
    }
    auto const time = std::chrono::steady_clock::now();
    if (!held_since_) held_since_ = time;
    if (time - *held_since_ < stall_watch::grace) return true;
    held_since_.reset();
    passed_ = *now.limit;
    return false;
}

/// One step of the automatic clock; false when it must not move.
///
/// While a call waits for something that no timer brings (another thread of the test, a real socket), the
/// loop's tick would carry the clock away at full speed and burn the processor: so, with nothing but near
/// timers left, it slows down after a while. A timer farther off is reached without that.
bool test_loop::jump()
{
    auto const next = someone_waits_ ? clock_->next_timer() : std::nullopt;
    if (!next) return false;
    if (must_hold(*next)) {
        if (context_.run_one_for(pace) != 0) held_since_.reset();
        return true;
    }
    if (*clock_->last_timer() - clock_->now() > near) {
        paced_after_ = unpaced_jumps;
    } else if (paced_after_ > 0) {
        --paced_after_;
    } else if (context_.run_one_for(pace) != 0) {
        return true;
    }
    clock_->fire_next();
    return true;
}

} // namespace serval::testing_impl
