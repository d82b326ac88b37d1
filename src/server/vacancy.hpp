// Room in a full house.
#pragma once

#include "base/sync.hpp"
#include "http/remote_wake_up.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace serval::server_impl {

/// Tells whoever accepts and waits for room when a connection has ended, on whatever loop.
class vacancy {
public:
    using waiters = std::vector<std::shared_ptr<http::remote_wake_up>>;

    /// One waiter for each socket that listens.
    explicit vacancy(waiters all) noexcept : waiters_{std::move(all)} {}

    /// By a waiter, before it counts the connections: of those that end from then on, the first wakes all
    /// waiters. Who wakes in vain wants again.
    void want() noexcept { wanted_.exchange(true); }
    /// By whoever has counted a connection less. Any thread. An exchange, as above: whichever of the two
    /// comes second sees what the other has done before.
    void arise() noexcept
    {
        if (!wanted_.exchange(false)) return;
        for (auto const& one : waiters_)
            one->wake();
    }

private:
    waiters const waiters_;
    base::atomic<bool> wanted_{false};
};

} // namespace serval::server_impl
