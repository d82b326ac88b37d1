#include "testing/manual_clock.hpp"

#include "server/wake_up.hpp"
#include "testing/test_loop.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace serval {

namespace {

/// Where every manual clock starts: a fixed time, for tests that repeat, and far from zero, which may mean
/// "none".
constexpr http::clock::time_point beginning{std::chrono::hours{24}};
constexpr auto never = http::clock::time_point::max();
constexpr auto latest = never - std::chrono::hours{24 * 365};

} // namespace

/// One wait; lives in its coroutine's frame.
struct manual_clock::implementation::timer {
    timer(implementation& c, time_point w, bool t, boost::asio::any_io_executor const& executor)
        : clock{c},
          when{w},
          tick{t},
          number{++c.registered_},
          event{executor}
    {
        clock.timers_.insert(this);
        if (tick) ++clock.ticks_;
    }
    ~timer() { take_off(); }
    void take_off() noexcept
    {
        if (clock.timers_.erase(this) != 0 && tick) --clock.ticks_;
    }
    timer(timer const&) = delete;
    timer& operator=(timer const&) = delete;

    implementation& clock;
    time_point const when;
    bool const tick;
    std::uint64_t const number; // of registration: timers of one time fire in this order
    server_impl::wake_up event;
};

bool manual_clock::implementation::earlier::operator()(timer const* a, timer const* b) const noexcept
{
    return a->when != b->when ? a->when < b->when : a->number < b->number;
}

http::clock::time_point manual_clock::implementation::now() const noexcept
{
    return beginning + duration{elapsed_.load(std::memory_order_acquire)};
}

http::clock::time_point manual_clock::implementation::after(duration passed) const noexcept
{
    return std::min(http::later(now(), passed), latest);
}

task<void> manual_clock::implementation::wait_until(time_point when)
{
    return wait(when, false);
}

task<void> manual_clock::implementation::wait_for_tick(time_point when)
{
    return wait(when, true);
}

task<void> manual_clock::implementation::wait(time_point when, bool tick)
{
    if (when <= now()) co_return;
    auto const executor = co_await boost::asio::this_coro::executor;
    timer pending(*this, when, tick, executor);
    auto const ec = co_await pending.event.wait();
    if (ec) throw boost::system::system_error(ec);
}

void manual_clock::implementation::attach(testing_impl::test_loop* driver)
{
    std::lock_guard const lock(driver_mutex_);
    if (driver_ != nullptr) throw std::logic_error("serval: a manual_clock serves one test_client at a time");
    if (abandoned_)
        throw std::logic_error("serval: this manual_clock belongs to a test_client whose loop is stuck");
    driver_ = driver;
}

void manual_clock::implementation::detach() noexcept
{
    std::unique_lock lock(driver_mutex_);
    driver_ = nullptr;
    driver_unused_.wait(lock, [this] { return users_ == 0; });
}

void manual_clock::implementation::abandon() noexcept
{
    std::lock_guard const lock(driver_mutex_);
    driver_ = nullptr;
    abandoned_ = true;
}

bool manual_clock::implementation::is_abandoned() const
{
    std::lock_guard const lock(driver_mutex_);
    return abandoned_;
}

std::optional<http::clock::time_point> manual_clock::implementation::next_timer() const
{
    if (timers_.empty() || (*timers_.begin())->when == never) return std::nullopt;
    return (*timers_.begin())->when;
}

std::optional<http::clock::time_point> manual_clock::implementation::last_timer() const
{
    auto const last =
        std::find_if(timers_.rbegin(), timers_.rend(), [](timer const* one) { return one->when != never; });
    return last != timers_.rend() ? std::optional{(*last)->when} : std::nullopt;
}

void manual_clock::implementation::fire_next()
{
    assert(!timers_.empty());
    auto const next = timers_.begin();
    auto& fired = **next;
    move_to(fired.when);
    fired.take_off(); // its coroutine runs later; until then the next one may be fired
    fired.event.notify();
}

void manual_clock::implementation::move_to(time_point when) noexcept
{
    auto const elapsed = (when - beginning).count();
    if (elapsed > elapsed_.load(std::memory_order_relaxed))
        elapsed_.store(elapsed, std::memory_order_release);
}

template <class F>
bool manual_clock::implementation::with_driver(F function)
{
    struct visit {
        explicit visit(implementation& c) : clock{c}
        {
            std::lock_guard const lock(clock.driver_mutex_);
            driver = clock.driver_;
            ++clock.users_;
        }
        ~visit()
        {
            std::lock_guard const lock(clock.driver_mutex_);
            if (--clock.users_ == 0) clock.driver_unused_.notify_all();
        }
        visit(visit const&) = delete;
        visit& operator=(visit const&) = delete;

        implementation& clock;
        testing_impl::test_loop* driver;
    };
    visit const here(*this);
    if (here.driver == nullptr) return false;
    function(*here.driver);
    return true;
}

manual_clock::manual_clock() : implementation_(std::make_shared<implementation>()) {}

manual_clock::~manual_clock() = default;

void manual_clock::advance(std::chrono::nanoseconds duration)
{
    if (duration < std::chrono::nanoseconds::zero())
        throw std::invalid_argument("serval: a manual_clock does not go back");
    auto& clock = *implementation_;
    bool const driven = clock.with_driver([&](testing_impl::test_loop& driver) { driver.advance(duration); });
    if (driven) return;
    auto const target = clock.after(duration);
    if (clock.is_abandoned()) return clock.move_to(target);
    while (clock.next_timer().value_or(http::clock::time_point::max()) <= target)
        clock.fire_next();
    clock.move_to(target);
}

void manual_clock::auto_advance(bool on)
{
    implementation_->auto_advance = on;
    implementation_->with_driver([](testing_impl::test_loop& driver) { driver.wake(); });
}

void manual_clock::settle()
{
    implementation_->with_driver([](testing_impl::test_loop& driver) { driver.settle(); });
}

std::chrono::nanoseconds manual_clock::elapsed() const
{
    return implementation_->now() - beginning;
}

} // namespace serval
