#include "testing/stall_watch.hpp"

#include <algorithm>
#include <ctime>

namespace serval::testing_impl {

namespace {

/// What the process's other threads may use of a second while all of them wait.
constexpr std::chrono::milliseconds of_no_account{10};

std::chrono::nanoseconds time_of(clockid_t clock) noexcept
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

std::chrono::nanoseconds used_by_other_threads() noexcept
{
    auto const own = time_of(CLOCK_THREAD_CPUTIME_ID); // first: what follows includes it
    return time_of(CLOCK_PROCESS_CPUTIME_ID) - own;
}

} // namespace

bool stall_watch::rests(std::size_t busy) noexcept
{
    resting_ = std::min(resting_, busy);
    if (busy == resting_) {
        watching_ = false;
        return true;
    }
    if (!watching_ || busy != busy_) {
        begin(busy);
    } else if (steady::now() - since_ >= grace) {
        if (used_by_other_threads() - used_ < of_no_account) {
            resting_ = busy;
            return true;
        }
        begin(busy);
    }
    return false;
}

void stall_watch::forget() noexcept
{
    watching_ = false;
    resting_ = 0;
}

void stall_watch::begin(std::size_t busy) noexcept
{
    watching_ = true;
    busy_ = busy;
    since_ = steady::now();
    used_ = used_by_other_threads();
}

} // namespace serval::testing_impl
