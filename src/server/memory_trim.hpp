// Giving memory that load has left behind back to the system.
#pragma once

#include "base/thread_pool.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

namespace serval::server_impl {

/// Decides when freed memory is worth to be given back: the process has grown, and next to nothing is left of
/// the load that made it grow, since who is at work meanwhile may have to wait; and then of that, until there
/// is none.
class trim_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::size_t worthwhile = 64 * 1024 * 1024; ///< bytes of growth
    /// The load beside which it may be done: this part of the peak, and no more than so many connections.
    static constexpr std::size_t part_of_peak = 16;
    static constexpr std::size_t most_load = 16;
    /// Between two of them: twice as long after each that has given little back.
    static constexpr std::chrono::seconds shortest_pause{10};
    static constexpr std::chrono::seconds longest_pause{640};

    /// `resident` bytes are in memory, and `load` connections at work. True: trim, and say `done`.
    bool look(time_point now, std::size_t resident, std::size_t load) noexcept
    {
        peak_ = std::max(peak_, load);
        floor_ = std::min(floor_, resident);
        grown_ = resident - floor_ >= worthwhile;
        bool const fallen = load <= std::min(peak_ / part_of_peak, most_load);
        if (!grown_ || !fallen || now < next_) return false;
        before_ = resident;
        load_ = load;
        return true;
    }
    /// What was looked at last is trimmed: `resident` bytes are left.
    void done(time_point now, std::size_t resident) noexcept
    {
        bool const gave_much = resident + worthwhile / 4 <= before_;
        pause_ = gave_much ? shortest_pause : std::min(2 * pause_, longest_pause);
        next_ = now + pause_;
        peak_ = load_; // from which it may fall on
        if (load_ != 0) return;
        floor_ = resident; // nobody's but the application's
        grown_ = false;
    }
    /// Whether there may be something to give back, as of the last look.
    bool grown() const noexcept { return grown_; }

private:
    std::size_t floor_ = static_cast<std::size_t>(-1); // the least that the process had
    std::size_t peak_ = 0;                             // of the load, since the last trim
    std::size_t before_ = 0;                           // the last trim, and the load at that
    std::size_t load_ = 0;
    time_point next_ = time_point::min();
    std::chrono::seconds pause_ = shortest_pause;
    bool grown_ = false;
};

/// malloc_trim for the loops of a server, on a thread of its own: it takes about a millisecond for each 8
/// MiB, and holds the lock of one arena after the other meanwhile, for which whoever allocates there waits.
/// Thread-safe. Nothing but with glibc.
class memory_trim {
public:
    using function = void (*)() noexcept;

    static void trim() noexcept;

    /// What the process has now is what it starts from. Not `wanted`: never. `how`: in the place of
    /// malloc_trim, for tests.
    explicit memory_trim(bool wanted, function how = trim);
    /// Waits for nothing: a trim that runs touches nothing of this.
    ~memory_trim();
    memory_trim(memory_trim const&) = delete;
    memory_trim& operator=(memory_trim const&) = delete;

    /// One loop's part in the load.
    struct part {
        std::size_t load = 0; ///< as it was shown last
    };

    /// By a loop's tick: `load` of its connections are at work.
    void look(part& mine, std::size_t load);
    /// Whether somebody should go on looking, though there are no connections.
    bool pending() const noexcept;

    /// Begins none any more, and waits for one that runs until `limit` has passed.
    void stop(std::chrono::milliseconds limit);

private:
    struct state;

    std::optional<base::thread_pool> on_; // not that of uploads: nobody need wait for a trim
    std::shared_ptr<state> const state_;
};

} // namespace serval::server_impl
