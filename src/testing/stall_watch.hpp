// Tells threads that work from threads that wait.
#pragma once

#include <chrono>
#include <cstddef>

namespace serval::testing_impl {

/// Watches the jobs of a pool for a loop that waits until they have ended: some may wait for that loop, by a
/// way that nobody can see (a thread that they have started and join), and would so keep it from what they
/// wait for. A job that has used no processor for a second counts as resting from then on. On one thread.
class stall_watch {
public:
    static constexpr std::chrono::seconds grace{1};

    /// True when none of `busy` jobs works.
    bool rests(std::size_t busy) noexcept;
    /// Something else has happened, which what is busy may go by: the second begins again.
    void touch() noexcept { watching_ = false; }
    /// Nobody looks any more, and what was found does not hold later.
    void forget() noexcept;

private:
    using steady = std::chrono::steady_clock;

    void begin(std::size_t busy) noexcept;

    std::size_t resting_ = 0;
    std::size_t busy_ = 0;
    bool watching_ = false;
    steady::time_point since_{};
    std::chrono::nanoseconds used_{0}; // by the other threads of the process, then
};

} // namespace serval::testing_impl
