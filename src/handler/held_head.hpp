// The head of a stream that waits before its first element.
#pragma once

#include "http/body_producer.hpp"
#include "http/clock.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>

namespace serval::detail {

/// Holds a stream's head until its first element, for 50 ms at most: until then a failure can be answered.
///
/// The time is kept by a coroutine of the loop, which begins when the stream first waits, and ends with the
/// hold. A stream whose first element is there without a wait has none. Used on the loop's thread.
class held_head {
public:
    static constexpr std::chrono::milliseconds patience{50};

    explicit held_head(http::body_sink& out) noexcept : out_{out} {}
    /// The time may run out later, and then does nothing.
    ~held_head();
    held_head(held_head const&) = delete;
    held_head& operator=(held_head const&) = delete;

    /// To be asked before the stream waits on `executor`. False: what there is must be flushed.
    bool holds(boost::asio::any_io_executor const& executor) { return !released_ && keeps_time(executor); }
    /// After that wait. Throws what sending the head has met meanwhile.
    void check() const;
    /// The first element is there, or the end. Further calls do nothing.
    void release() noexcept
    {
        if (!released_) end();
    }

private:
    struct timer;

    bool keeps_time(boost::asio::any_io_executor const& executor);
    void end() noexcept;
    static task<void> send_later(std::shared_ptr<timer> self, http::clock& clock);

    http::body_sink& out_;
    std::shared_ptr<timer> timer_; // null: the stream has not waited
    bool released_ = false;
};

} // namespace serval::detail
