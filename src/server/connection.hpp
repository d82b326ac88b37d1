// One client connection: its place in the loop, its transport, and the protocol that is spoken over it.
#pragma once

#include "server/loop.hpp"
#include "server/protocol.hpp"
#include "server/transport.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace serval::server_impl {

class hold_watch;

/// Owns transport and protocol, and has one coroutine, the protocol's `run`, which is cancelled through one
/// signal. What is posted, and the coroutine, keep it.
///
/// All members are called on the loop's thread.
class connection final : public std::enable_shared_from_this<connection> {
public:
    connection(std::shared_ptr<loop> owner, std::unique_ptr<transport> stream, loop::protocol_maker make);
    ~connection();

    loop& on() noexcept { return loop_; }
    transport& stream() noexcept { return *stream_; }
    /// Null: nobody wants to know what holds the loop.
    hold_watch* watch() const noexcept { return watch_.get(); }
    /// Has a watch learn what it works for. Before `run`.
    void be_watched(std::shared_ptr<hold_watch> watch) noexcept { watch_ = std::move(watch); }

    /// Serves until the connection ends. Spawn once, with `cancellation()` bound.
    task<void> run() { return protocol_->run(); }
    boost::asio::cancellation_slot cancellation() noexcept { return cancel_.slot(); }
    /// Ends what `run` waits for with operation_aborted; it may go on in place.
    void interrupt()
    {
        auto const self = shared_from_this(); // it may end
        interrupted_ = true;
        cancel_.emit(boost::asio::cancellation_type::terminal);
    }
    /// Whether `run` must set its cancellation state, by `reset_cancellation_state(state_filter())`: it was
    /// interrupted, or a handler has put another state in the place of its own. To set it after each
    /// request would be 180 of 5 300 instructions.
    bool must_reset() const noexcept { return interrupted_ || filters_ == 0; }
    class cancellation_filter;
    cancellation_filter state_filter() noexcept;
    /// Its coroutine has ended, however that came: the loop forgets it.
    void end() noexcept;

    // For the loop: see protocol.
    void sweep() { protocol_->sweep(); }
    void drain(std::chrono::milliseconds idle_grace) { protocol_->drain(idle_grace); }
    void cancel() { protocol_->cancel(); }
    void close() noexcept;
    bool make_room();
    loop::ticks handler_limit() const noexcept { return protocol_->handler_limit(); }

    std::size_t index = 0;   ///< in the loop's list
    idle_place place{*this}; ///< in the loop's list of those that are idle and hold no buffers

private:
    std::shared_ptr<loop> const owner_;
    loop& loop_; // the same
    std::unique_ptr<transport> stream_;
    int filters_ = 0; // that are alive, in the state above all; the signal has them, so it goes first
    bool interrupted_ = false;
    boost::asio::cancellation_signal cancel_;
    std::shared_ptr<hold_watch> watch_;
    std::unique_ptr<protocol> protocol_;
};

/// Lets terminal cancellation through, and counts its copies: without any the state is not ours any more.
class connection::cancellation_filter {
public:
    explicit cancellation_filter(int& alive) noexcept : alive_{&alive} { ++alive; }
    cancellation_filter(cancellation_filter const& other) noexcept : alive_{other.alive_} { ++*alive_; }
    cancellation_filter& operator=(cancellation_filter const&) = delete;
    ~cancellation_filter() { --*alive_; }

    boost::asio::cancellation_type operator()(boost::asio::cancellation_type asked) const noexcept
    {
        return asked & boost::asio::cancellation_type::terminal;
    }

private:
    int* alive_;
};

inline connection::cancellation_filter connection::state_filter() noexcept
{
    interrupted_ = false;
    return cancellation_filter{filters_};
}

} // namespace serval::server_impl
