// Section 4: responses that are sent while they are made.
#pragma once

#include <serval/app.hpp>

namespace async_operations {

/// Adds /stream/numbers, /stream/logs, /stream/json and /stream/llm.
void add_streams(serval::app& app);

} // namespace async_operations
