// Runs a piece of code under every order of its threads' steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace serval::explored {

/// How much is tried.
struct limits {
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// In every schedule a thread may be stopped this often where it could have gone on. Changes of thread
    /// where the running one blocks or ends are always tried in all ways.
    std::size_t preemptions = 2;
    /// Schedules of that kind. There may be fewer.
    std::size_t schedules = 20'000;
    /// Schedules with changes at random afterwards, without a bound of preemptions.
    std::size_t random = 1000;
    /// Steps of one schedule. More are taken for a loop that never ends.
    std::size_t steps = 5000;
    /// Threads of one schedule, the body's among them. For more std::system_error is thrown.
    std::size_t threads = 32;
};

/// What came of it.
struct outcome {
    std::size_t schedules = 0;
    bool complete = false; ///< all schedules within the bound of preemptions were tried
    std::string failure;   ///< empty: none
    std::string schedule;  ///< of the failure: what SERVAL_SCHEDULE takes
    std::string steps;     ///< of the failure, or of what was replayed; one a line
};

/// Runs `body` again and again, each time on threads of which one at a time goes on, until every schedule
/// within `bounds` was tried or one has failed. `body` is the thread "main"; it starts others as
/// explored::thread, and must make everything anew, since what it does may only depend on the schedule. A run
/// ends when all of its threads have.
///
/// It fails by `check`, by a failed EXPECT or ASSERT, by an exception that leaves a thread, when all threads
/// wait (a deadlock, or an event that was lost), when a mutex or a condition is used after its end, and when
/// it does not end. The threads of a run that failed stay where they are for ever.
outcome search(limits const& bounds, std::function<void()> const& body);

/// Runs it once, by the `schedule` of an outcome. Throws std::invalid_argument for what is none.
outcome replay(limits const& bounds, std::function<void()> const& body, std::string_view schedule);

/// As `search`, for a test: fails it, with the schedule. The environment can change the bounds:
/// SERVAL_SCHEDULE=<schedule> replays one and prints its steps; SERVAL_EXPLORE_PREEMPTIONS=<n>,
/// SERVAL_EXPLORE_SCHEDULES=<n>, SERVAL_EXPLORE_RANDOM=<n> and SERVAL_EXPLORE_SEED=<n> search on.
outcome explore(limits const& bounds, std::function<void()> const& body);

// What follows is for code that runs under it.

/// Fails the run when `holds` is false; the calling thread stops here then.
void check(bool holds, char const* what);
/// Here the others may go first.
void step(char const* what = "a step");
/// Has the calling thread wait until another one has made a step since this returned the last time: for loops
/// that look for something to do.
void idle();
/// What the steps call this thread.
void name_thread(std::string name);

} // namespace serval::explored
