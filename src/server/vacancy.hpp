// Room in a full house.
#pragma once

#include "base/sync.hpp"
#include "http/remote_wake_up.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace serval::server_impl {

/// Tells whoever accepts and waits for room when a connection has ended, on whatever loop.
class vacancy {
public:
    using waiters = std::vector<std::shared_ptr<http::remote_wake_up>>;

    /// One waiter for each socket that listens, at least one.
    explicit vacancy(waiters all) noexcept : waiters_{std::move(all)} {}

    /// A waiter's wait, from before it counts the connections: of those that end from then on, the first
    /// wakes all waiters. Who wakes in vain waits again: the one that is woken first has the room, which is
    /// another each time. On the waiters' loop, which is one.
    class wait {
    public:
        /// `by` forgets that it was woken for an earlier wait, which has ended otherwise: it would take that
        /// for the room that it asks for now.
        wait(vacancy& on, http::remote_wake_up& by) noexcept : on_{on}
        {
            by.forget();
            ++on_.waiting_;
            on_.wanted_.exchange(true);
        }
        ~wait()
        {
            if (--on_.waiting_ == 0) on_.wanted_.exchange(false);
        }
        wait(wait const&) = delete;
        wait& operator=(wait const&) = delete;

    private:
        vacancy& on_;
    };

    /// By whoever has counted a connection less. Any thread. An exchange, as above: whichever of the two
    /// comes second sees what the other has done before.
    void arise() noexcept
    {
        if (!wanted_.exchange(false)) return;
        auto const first = first_.fetch_add(1);
        for (std::size_t i = 0; i != waiters_.size(); ++i)
            waiters_[(first + i) % waiters_.size()]->wake();
    }

private:
    waiters const waiters_;
    int waiting_ = 0;
    base::atomic<bool> wanted_{false};
    base::atomic<std::size_t> first_{0};
};

} // namespace serval::server_impl
