// The end of a request's parameters and dependencies.
#pragma once

#include "handler/call_frame.hpp"

#include <serval/task.hpp>

namespace serval::handler {

/// Destroys the values of `frame` in the reverse order of their making: those of plain dependencies on the
/// pool, those of coroutines here, on the loop. Not to be cancelled; the frame must outlive it.
///
/// Where the pool has stopped, all end here.
task<void> end_values(call_frame& frame);

} // namespace serval::handler
