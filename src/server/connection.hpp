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
    void interrupt() { cancel_.emit(boost::asio::cancellation_type::terminal); }
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
    boost::asio::cancellation_signal cancel_;
    std::shared_ptr<hold_watch> watch_;
    std::unique_ptr<protocol> protocol_;
};

} // namespace serval::server_impl
