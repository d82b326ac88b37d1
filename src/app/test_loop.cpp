#include "app/test_loop.hpp"

#include "app/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace serval::app_impl {

namespace asio = boost::asio;

namespace {

/// How long the loop waits for a pool thread or the outside before it looks again.
constexpr std::chrono::microseconds short_wait{200};
/// What a jump of the automatic clock to a near timer takes, when it seems to lead nowhere.
constexpr std::chrono::milliseconds pace{1};
/// A timer within this may be the loop's tick, which comes for ever.
constexpr std::chrono::milliseconds near{250};

bool is_idle(base::thread_pool const& pool) noexcept
{
    return pool.queued() == 0 && pool.running() == 0;
}

} // namespace

test_loop::test_loop(base::thread_pool& pool, base::thread_pool& files, manual_clock::implementation* clock)
    : work_{asio::make_work_guard(context_)},
      pool_{pool},
      files_{files},
      clock_{clock}
{}

test_loop::~test_loop()
{
    stop();
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

void test_loop::stop() noexcept
{
    if (!thread_.joinable()) return;
    if (clock_ != nullptr) clock_->detach();
    stopping_ = true;
    wake();
    thread_.join();
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

void test_loop::let_time_pass()
{
    ++passing_;
    if (clock_ != nullptr) wake();
}

bool test_loop::time_stands_still() const noexcept
{
    return clock_ != nullptr && !clock_->auto_advance;
}

void test_loop::settle()
{
    wait_until_idle([] { return true; });
}

void test_loop::wait_until_idle(std::function<bool()> condition)
{
    auto const given = std::make_shared<order>();
    given->condition = std::move(condition);
    give(given);
}

void test_loop::advance(std::chrono::nanoseconds duration)
{
    auto const given = std::make_shared<order>();
    given->advance = duration;
    give(given);
}

void test_loop::give(std::shared_ptr<order> const& given)
{
    if (std::this_thread::get_id() == thread_.get_id())
        throw std::logic_error("serval: a handler cannot wait for its own loop to be idle");
    std::unique_lock lock(mutex_);
    orders_.push_back(given);
    wake();
    if (order_done_.wait_for(lock, patience, [&] { return given->done; })) return;
    given->abandoned = true;
    throw std::runtime_error("serval: the test_client's loop and pool did not fall idle within 30 s");
}

void test_loop::run(task<void> work)
{
    struct outcome {
        std::mutex mutex;
        std::condition_variable changed;
        bool done = false;
        std::exception_ptr thrown;
    };
    auto const shared = std::make_shared<outcome>();
    let_time_pass();
    asio::co_spawn(context_, std::move(work), [this, shared](std::exception_ptr thrown) {
        hold_time();
        std::lock_guard const lock(shared->mutex);
        shared->done = true;
        shared->thrown = std::move(thrown);
        shared->changed.notify_all();
    });
    std::unique_lock lock(shared->mutex);
    if (!shared->changed.wait_for(lock, patience, [&] { return shared->done; }))
        throw std::runtime_error("serval: the app's hooks did not end within 30 s");
    if (shared->thrown) std::rethrow_exception(std::exchange(shared->thrown, nullptr));
}

void test_loop::drive()
{
    while (!stopping_) {
        if (!take_orders()) {
            context_.run_one();
        } else if (run_ready() && !serve_orders() && !jump()) {
            context_.run_one(); // idle, and what is waited for is not the clock's to bring
        }
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

/// Runs what is ready. True when nothing is left to do. A pool job posts its result before it ends, hence
/// the pools are asked first; and their queues before their threads, since jobs move from one to the other.
bool test_loop::run_ready()
{
    bool const pools_idle = is_idle(pool_) && is_idle(files_);
    if (context_.poll() != 0) return false;
    if (pools_idle) return true;
    context_.run_one_for(short_wait);
    return false;
}

/// Serves what waits for an idle moment; true when that has changed anything.
bool test_loop::serve_orders()
{
    bool advanced = false;
    for (auto const& one : taken_) {
        if (one->condition) {
            if (one->condition()) finish(*one);
        } else if (!advanced) {
            advanced = serve(*one); // others follow: each sees a clock that moves for it alone
        }
    }
    std::lock_guard const lock(mutex_);
    auto const left = std::erase_if(orders_, [](auto const& one) { return one->done || one->abandoned; });
    return advanced || left != 0;
}

/// One step of an advance. Always changes something.
bool test_loop::serve(order& one)
{
    if (!std::exchange(one.started, true)) {
        auto const now = clock_->now();
        one.target = one.advance < time_point::max() - now ? now + one.advance : time_point::max();
    }
    if (auto const next = clock_->next_timer(); next && *next <= one.target) {
        clock_->fire_next();
    } else {
        clock_->move_to(one.target);
        finish(one);
    }
    return true;
}

void test_loop::finish(order& one)
{
    std::lock_guard const lock(mutex_);
    one.done = true;
    order_done_.notify_all();
}

/// One step of the automatic clock; false when it must not move.
///
/// While a call waits for something that no timer brings (another thread of the test, a real socket), the
/// loop's tick would carry the clock away at full speed and burn the processor: so, with nothing but near
/// timers left, it slows down after a while. A timer farther off is reached without that.
bool test_loop::jump()
{
    if (!someone_waits_ || !clock_->next_timer()) return false;
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

} // namespace serval::app_impl
