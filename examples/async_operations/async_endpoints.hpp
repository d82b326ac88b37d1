// Section 1: coroutine handlers, which wait on the event loop, and plain ones, which block a pool thread.
#pragma once

#include <serval/app.hpp>

namespace async_operations {

/// Adds /sync/sleep/{seconds}, /async/sleep/{seconds}, /async/fetch and /sync/compute.
void add_async_endpoints(serval::app& app);

} // namespace async_operations
