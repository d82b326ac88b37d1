#include "handler/held_head.hpp"

#include "http/loop_services.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace serval::detail {

namespace asio = boost::asio;

/// Shared with the coroutine that waits, which may end a moment after the stream.
struct held_head::timer {
    explicit timer(http::body_sink& to) noexcept : out{&to} {}

    http::body_sink* out; // null: nobody waits for the time any more
    std::exception_ptr thrown;
    asio::cancellation_signal cancel;
};

held_head::~held_head()
{
    // Nothing is cancelled here: the loop may be in its destruction, and the coroutine gone before this.
    if (timer_) timer_->out = nullptr;
}

bool held_head::keeps_time(asio::any_io_executor const& executor)
{
    if (timer_) return timer_->out != nullptr;
    auto* const services = http::loop_services::find(executor);
    if (services == nullptr || services->clock == nullptr) return false;
    timer_ = std::make_shared<timer>(out_);
    // The signal lives until its slot is used no more.
    auto ended = [self = timer_](std::exception_ptr const&) {};
    asio::co_spawn(executor, send_later(timer_, *services->clock),
                   asio::bind_cancellation_slot(timer_->cancel.slot(), std::move(ended)));
    return true;
}

void held_head::check() const
{
    if (timer_ && timer_->thrown) std::rethrow_exception(timer_->thrown);
}

void held_head::end() noexcept
{
    released_ = true;
    if (!timer_ || std::exchange(timer_->out, nullptr) == nullptr) return;
    try {
        timer_->cancel.emit(asio::cancellation_type::terminal);
    } catch (...) { // no memory: the time runs out by itself
    }
}

task<void> held_head::send_later(std::shared_ptr<timer> self, http::clock& clock)
{
    try {
        do { // again, when the loop's turn is over or the client does not read
            co_await clock.wait_for_tick(http::later(clock.now(), patience)); // as the tick, nobody's work
        } while (self->out != nullptr && !self->out->flush_now());
    } catch (...) { // the connection has ended, or there is no memory: the stream is told when it goes on
        if (self->out != nullptr) self->thrown = std::current_exception();
    }
    self->out = nullptr;
}

} // namespace serval::detail
