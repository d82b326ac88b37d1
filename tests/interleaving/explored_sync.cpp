// What base/sync.hpp names in a build whose schedules are explored: every operation is a step.
#include "interleaving/explored_sync.hpp"

#include "interleaving/scheduler.hpp"

#include <cstdlib>
#include <stdexcept>
#include <system_error>

// Outside of a run there is one thread, and nothing to be put in order: what a test makes before, and what is
// destroyed at the process's end.

namespace serval::explored {

namespace {

[[noreturn]] void fail(char const* why)
{
    auto* const run = scheduler::current();
    if (run != nullptr) run->fail(why);
    throw std::logic_error{why};
}

} // namespace

detail::lifetime::~lifetime()
{
    state_ = 0;
}

void detail::lifetime::expect_alive() const
{
    if (state_ != alive) fail("a mutex, a condition or an atomic is used after its end");
}

void detail::atomic_step(void const* object, char const* what)
{
    auto* const run = scheduler::current();
    if (run != nullptr) run->step(object, what);
}

mutex::~mutex()
{
    auto* const run = scheduler::current();
    if (run == nullptr) return;
    if (owner_ != 0) run->fail("a mutex is destroyed that is locked");
    run->expect_unused(this);
}

void mutex::lock()
{
    lifetime_.expect_alive();
    auto* const run = scheduler::current();
    if (run != nullptr) run->lock(*this);
}

bool mutex::try_lock()
{
    lifetime_.expect_alive();
    auto* const run = scheduler::current();
    return run == nullptr || run->try_lock(*this);
}

void mutex::unlock()
{
    lifetime_.expect_alive();
    auto* const run = scheduler::current();
    if (run != nullptr) run->unlock(*this);
}

condition_variable::~condition_variable()
{
    auto* const run = scheduler::current();
    if (run != nullptr) run->expect_unused(this);
}

void condition_variable::notify_one() noexcept
{
    lifetime_.expect_alive();
    auto* const run = scheduler::current();
    if (run != nullptr) run->notify(*this, false);
}

void condition_variable::notify_all() noexcept
{
    lifetime_.expect_alive();
    auto* const run = scheduler::current();
    if (run != nullptr) run->notify(*this, true);
}

bool condition_variable::wait(std::unique_lock<mutex>& lock, bool limited)
{
    lifetime_.expect_alive();
    auto* const run = scheduler::current();
    if (run == nullptr) fail("a condition is waited for that nobody can notify");
    return run->wait(*this, *lock.mutex(), limited);
}

void thread::start(std::function<void()> body)
{
    auto* const run = scheduler::current();
    if (run == nullptr) fail("a thread is started outside of what is explored");
    number_ = run->start(std::move(body));
    if (number_ == 0)
        throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)};
}

thread& thread::operator=(thread&& other) noexcept
{
    if (joinable()) fail("a thread is assigned to that was neither joined nor detached");
    number_ = std::exchange(other.number_, 0);
    return *this;
}

thread::~thread()
{
    if (joinable()) fail("a thread is destroyed that was neither joined nor detached");
}

void thread::join()
{
    auto* const run = scheduler::current();
    if (run == nullptr || !joinable()) fail("a thread is joined that cannot be");
    run->join(number_);
    number_ = 0;
}

void thread::detach()
{
    if (!joinable()) fail("a thread is detached that cannot be");
    number_ = 0;
}

} // namespace serval::explored
