// A share of a gauge, which ends with its holder.
#pragma once

#include "server/counters.hpp"

#include <cstdint>
#include <utility>

namespace serval::server_impl {

/// Something that counts in a gauge for as long as this lives. Used on the gauge's thread; the gauge must
/// outlive it.
class gauge_hold {
public:
    gauge_hold() = default; ///< of nothing
    explicit gauge_hold(counter& of, std::int64_t count = 1) noexcept : of_{&of}, count_{count}
    {
        of.add(count);
    }
    ~gauge_hold() { release(); }
    gauge_hold(gauge_hold&& other) noexcept : of_{other.of_}, count_{std::exchange(other.count_, 0)} {}
    gauge_hold& operator=(gauge_hold&& other) noexcept
    {
        if (this == &other) return *this;
        release();
        of_ = other.of_;
        count_ = std::exchange(other.count_, 0);
        return *this;
    }

    /// Takes over what `other`, of the same gauge or of nothing, counts.
    void join(gauge_hold other) noexcept
    {
        if (other.of_ != nullptr) of_ = other.of_;
        count_ += std::exchange(other.count_, 0);
    }
    void release() noexcept
    {
        if (count_ != 0) of_->add(-std::exchange(count_, 0));
    }

private:
    counter* of_ = nullptr;
    std::int64_t count_ = 0;
};

} // namespace serval::server_impl
