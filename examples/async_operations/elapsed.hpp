// How long an endpoint took, as the notebook says it.
#pragma once

#include "async_operations/rounding.hpp"

#include <chrono>

namespace async_operations {

using steady_clock = std::chrono::steady_clock;

/// Python's `round(elapsed * 1000, 2)`. Python's time.time() may jump; a steady clock does not.
inline double elapsed_ms(steady_clock::time_point since)
{
    return rounded(std::chrono::duration<double, std::milli>(steady_clock::now() - since).count(), 2);
}

} // namespace async_operations
