#include "server/watch.hpp"

#include "base/saturating.hpp"

#include <algorithm>

namespace serval::server_impl {

bool pace::is_too_slow(ticks now, limits const& by, std::uint64_t unsent) noexcept
{
    if (!is_due(now, by)) return false;
    auto const elapsed = static_cast<std::uint64_t>(now - since_);
    auto const had = moved_ + unsent_before_;
    auto const progress = had - std::min(unsent, had);
    auto const needed = base::saturating_multiply<std::uint64_t>(elapsed, by.minimum_rate) / 1000;
    begin(now, unsent);
    return progress < needed;
}

} // namespace serval::server_impl
