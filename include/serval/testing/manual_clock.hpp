// A test's own time.
#pragma once

#include <chrono>
#include <memory>

namespace serval {

/// A clock that moves only when a test says so. Give it to a test_client: its handlers' `sleep_for` and all
/// the limits' time-outs go by it, so an hour takes no time.
///
/// Serves one client at a time, which it must outlive. Thread-safe. What waits here for a client's loop and
/// pool throws std::runtime_error when they do not fall idle within 30 s of real time, and at once
/// std::logic_error in a coroutine of that client, which would wait for itself; plain handlers may wait.
/// Handlers that wait for something real, a socket of their own for instance, count as idle; plain ones once
/// the whole process has done nothing else for a second.
class manual_clock {
public:
    manual_clock();
    ~manual_clock();
    manual_clock(manual_clock const&) = delete;
    manual_clock& operator=(manual_clock const&) = delete;

    /// Waits until the client's loop and pool have nothing left to do but wait for time, then moves the clock
    /// on by `duration`, through every timer on the way in order, with everything that each of them starts.
    ///
    /// Throws std::invalid_argument for a negative duration.
    void advance(std::chrono::nanoseconds duration);

    /// Moves the clock to the next timer whenever there is nothing else to do and a client call waits for its
    /// answer: a single request to a sleeping handler then simply returns. Default: off.
    ///
    /// When a call waits for what time does not bring, the clock goes on, slowly, by the server's own tick:
    /// the limits' time-outs come in the end. The time limit of a handler or a task passes only while all
    /// that run wait for this clock, or when nothing has happened for a second of real time: what waits for a
    /// real socket, timer or thread has that long, again and again.
    void auto_advance(bool on);

    /// Waits until the client's loop and pool have nothing left to do but wait for time or for the client.
    void settle();

    /// The time that has passed since the clock was made.
    std::chrono::nanoseconds elapsed() const;

    struct implementation;
    implementation& impl() noexcept { return *implementation_; }

private:
    std::shared_ptr<implementation> implementation_;
};

} // namespace serval
