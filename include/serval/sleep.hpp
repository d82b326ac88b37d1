// Waiting without blocking the loop.
// layer: http
#pragma once

#include <serval/detail/clamped_duration.hpp>
#include <serval/task.hpp>

#include <chrono>

namespace serval {

/// Completes after `duration`; when that is zero or negative, as soon as the others that are ready on the
/// loop have had their turn (as Python's asyncio.sleep(0)).
///
/// Goes by the loop's clock: real time on a server, the `manual_clock` in a test_client. Cancelled with the
/// request. A duration beyond the clock's end (292 years) is for ever.
task<void> sleep_for(std::chrono::nanoseconds duration);

template <class Rep, class Period>
    requires detail::other_duration<std::chrono::duration<Rep, Period>>
task<void> sleep_for(std::chrono::duration<Rep, Period> time)
{
    return sleep_for(detail::clamped(time));
}

} // namespace serval
