// The connections of a loop that could leave without a loss to anybody.
#pragma once

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace serval::server_impl {

class connection;

/// A connection's place in the list; it leaves it with its end. Listing allocates nothing.
struct idle_place
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit idle_place(connection& whose) noexcept : of{&whose} {}

    connection* of;
    std::int64_t since = 0; ///< milliseconds of the steady clock
};

/// Connections that have waited for a request for longer than a tick, and hold no buffers: the longest idle
/// first, as far as ticks tell. Used on the loop's thread, but for `since`.
class idle_list {
public:
    static constexpr std::int64_t nobody = std::numeric_limits<std::int64_t>::max();

    void add(idle_place& place, std::int64_t since) noexcept
    {
        place.since = since;
        places_.push_back(place);
        ++size_;
        show();
    }
    /// Harmless when it is not listed.
    void remove(idle_place& place) noexcept
    {
        if (!place.is_linked()) return;
        place.unlink();
        --size_;
        show();
    }
    /// Takes the first one off the list; null when there is none.
    connection* take_longest() noexcept
    {
        if (places_.empty()) return nullptr;
        auto& longest = places_.front();
        remove(longest);
        return longest.of;
    }
    std::size_t size() const noexcept { return size_; }
    /// Since when the first one is idle, or `nobody`. Any thread.
    std::int64_t since() const noexcept { return since_.load(std::memory_order_relaxed); }

private:
    void show() noexcept
    {
        since_.store(places_.empty() ? nobody : places_.front().since, std::memory_order_relaxed);
    }

    boost::intrusive::list<idle_place, boost::intrusive::constant_time_size<false>> places_;
    std::size_t size_ = 0;
    std::atomic<std::int64_t> since_{nobody};
};

} // namespace serval::server_impl
