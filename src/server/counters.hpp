// What a loop counts.
#pragma once

#include <atomic>
#include <cstdint>

namespace serval::server_impl {

/// A number that one thread changes and any thread reads: no locked instruction is needed for that.
class counter {
public:
    void add(std::int64_t n = 1) noexcept
    {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_release);
    }
    /// Who sees a change sees all that the thread did before it: a drain reads several in turn.
    std::int64_t value() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<std::int64_t> value_{0};
};

/// The gauges and totals of one loop; the loop's thread alone changes them.
struct loop_counters {
    counter connections;        ///< open now
    counter accepted;           ///< since the start
    counter requests_in_flight; ///< heads read whose responses are not written yet
    counter requests;           ///< answered since the start
    counter refused;            ///< heads, since the start: answered without a handler
    counter handler_errors;     ///< unhandled exceptions
    counter batches;            ///< background tasks of one request, or one of the application, that run
};

} // namespace serval::server_impl
