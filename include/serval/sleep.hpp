// Waiting without blocking the loop.
// layer: http
#pragma once

#include <serval/task.hpp>

#include <chrono>

namespace serval {

/// Completes after `duration`; at once when it is zero or negative.
///
/// Goes by the loop's clock: real time on a server, the `manual_clock` in a test_client. Cancelled with the
/// request.
task<void> sleep_for(std::chrono::nanoseconds duration);

} // namespace serval
