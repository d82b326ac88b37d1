// Room in a full house.
#pragma once

#include "base/sync.hpp"
#include "http/remote_wake_up.hpp"

#include <memory>
#include <utility>

namespace serval::server_impl {

/// Tells the listener that waits for room when a connection has ended, on whatever loop.
class vacancy {
public:
    explicit vacancy(std::shared_ptr<http::remote_wake_up> listener) noexcept : listener_{std::move(listener)}
    {}

    /// By the listener, before it counts the connections: of those that end from then on, the first wakes it.
    void want() noexcept { wanted_.exchange(true); }
    /// By whoever has counted a connection less. Any thread. An exchange, as above: whichever of the two
    /// comes second sees what the other has done before.
    void arise() noexcept
    {
        if (wanted_.exchange(false)) listener_->wake();
    }

private:
    std::shared_ptr<http::remote_wake_up> const listener_;
    base::atomic<bool> wanted_{false};
};

} // namespace serval::server_impl
