#include "base/byte_channel.hpp"

#include <mutex>
#include <utility>

namespace serval::base {

bool byte_channel::start() noexcept
{
    std::lock_guard const lock{mutex_};
    if (working_ || ended_ || stopped_ || !lent_.empty()) return false;
    working_ = true;
    return true;
}

byte_channel::taken byte_channel::take() noexcept
{
    std::lock_guard const lock{mutex_};
    return {std::exchange(gathered_, {}), std::exchange(lent_, {}), ended_, std::exchange(error_, nullptr)};
}

bool byte_channel::wait() noexcept
{
    std::lock_guard const lock{mutex_};
    waiting_ = gathered_.empty() && lent_.empty() && !ended_ && working_;
    return waiting_;
}

void byte_channel::stop() noexcept
{
    std::lock_guard const lock{mutex_};
    stopped_ = true;
}

bool byte_channel::wait_for_rest() noexcept
{
    std::lock_guard const lock{mutex_};
    waiting_ = working_;
    return waiting_;
}

void byte_channel::start_to_end() noexcept
{
    std::lock_guard const lock{mutex_};
    working_ = true;
}

bool byte_channel::put(std::string_view bytes)
{
    bool wake = false;
    bool more = false;
    {
        std::lock_guard const lock{mutex_};
        if (bytes.size() >= enough) {
            lent_ = bytes;
        } else {
            gathered_ += bytes;
        }
        more = !stopped_ && lent_.empty() && gathered_.size() < enough;
        if (!bytes.empty()) wake = std::exchange(waiting_, false);
    }
    if (wake) consumer_->wake();
    return more;
}

void byte_channel::end(std::exception_ptr error) noexcept
{
    std::lock_guard const lock{mutex_};
    error_ = std::move(error);
    ended_ = true;
}

bool byte_channel::stopped() const noexcept
{
    std::lock_guard const lock{mutex_};
    return stopped_;
}

void byte_channel::leave() noexcept
{
    bool wake = false;
    {
        std::lock_guard const lock{mutex_};
        working_ = false;
        wake = std::exchange(waiting_, false);
    }
    if (wake) consumer_->wake();
}

} // namespace serval::base
