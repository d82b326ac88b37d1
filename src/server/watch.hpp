// How long somebody may wait, and how little a peer may move meanwhile: what the tick asks.
#pragma once

#include <serval/settings.hpp>

#include <cstdint>

namespace serval::server_impl {

/// A wait with a deadline, on its loop's clock in milliseconds. Whoever waits owns one; the tick asks it, and
/// whoever asked acts: there is no timer, and nothing of it runs by itself.
class watch {
public:
    using ticks = std::int64_t;

    /// Something else is waited for since `now`; the deadline stays.
    void restart(ticks now) noexcept { since_ = now; }
    /// 0: none.
    void until(ticks deadline) noexcept { deadline_ = deadline; }
    void begin(ticks now, ticks deadline) noexcept
    {
        since_ = now;
        deadline_ = deadline;
    }

    ticks deadline() const noexcept { return deadline_; }
    ticks waited(ticks now) const noexcept { return now - since_; }
    bool is_over(ticks now) const noexcept { return deadline_ != 0 && now >= deadline_; }

private:
    ticks since_ = 0;
    ticks deadline_ = 0;
};

/// What a peer moves while somebody waits for it: `limits::minimum_rate` over each `limits::rate_grace`.
///
/// Each window is judged by itself: a quick start must not buy hours of silence. Of what is written, that
/// counts which the peer has acknowledged: the kernel takes megabytes for a reader that has stopped.
class pace {
public:
    using ticks = watch::ticks;

    /// A wait begins, and a window with it. `unsent`: bytes in the kernel's queue.
    void begin(ticks now, std::uint64_t unsent) noexcept
    {
        since_ = now;
        moved_ = 0;
        unsent_before_ = unsent;
    }
    /// Another exchange begins, nobody waits.
    void reset() noexcept { *this = {}; }
    /// A wait begins that continues the window of those before it; only waiting counts.
    void resume(ticks now) noexcept { since_ = now - waited_; }
    void pause(ticks now) noexcept { waited_ = now - since_; }

    void moved(std::uint64_t bytes) noexcept { moved_ += bytes; }

    /// Whether the window is over.
    bool is_due(ticks now, limits const& by) const noexcept { return now - since_ > by.rate_grace.count(); }
    /// Whether it was too little in a window that is over; the next one begins then. Asked while somebody
    /// waits.
    bool is_too_slow(ticks now, limits const& by, std::uint64_t unsent = 0) noexcept;

private:
    ticks since_ = 0;
    ticks waited_ = 0;
    std::uint64_t moved_ = 0;
    std::uint64_t unsent_before_ = 0;
};

} // namespace serval::server_impl
