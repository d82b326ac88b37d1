// Section 5: requests that overlap, and counting them.
#pragma once

#include <serval/app.hpp>

namespace async_operations {

/// Adds /concurrent/slow and /concurrent/stats, which share a state of this app alone.
void add_concurrency(serval::app& app);

} // namespace async_operations
