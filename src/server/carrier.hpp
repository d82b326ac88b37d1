// What carries an exchange between its client and the handlers.
#pragma once

#include "server/transport.hpp"
#include "server/workspace.hpp"
#include "wire/body_decoder.hpp"

#include <serval/response.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace serval::server_impl {

class gauge_hold;

/// One exchange's way to its client: the connection itself in HTTP/1.1, one of many streams elsewhere. The
/// exchange says what is to be sent, and the carrier how: framing, persistence, order.
///
/// It outlives its exchange, and is used on the loop's thread. Those that return a task honour terminal
/// cancellation. Its own duties: to call exchange::sweep with each tick and `waits_anew` around what it waits
/// for in the exchange's name, to launch the tasks once the answer is with the kernel, to take no further
/// request while those run for which `launch_tasks` wants to be waited, and to `abandon` an exchange whose
/// coroutine has ended early.
class carrier {
public:
    // The request's body.

    virtual bool body_ended() const noexcept = 0;
    /// Bytes of it that are still to come, as declared; 0 when that is not known.
    virtual std::uint64_t body_remaining() const noexcept = 0;
    /// Takes some of what has arrived; nothing consumed: `receive` has to wait for more.
    virtual wire::body_decoder::step next_piece() = 0;
    /// The client waits to be asked for it (100 Continue), unless it `has_begun` all the same. The answer
    /// must not be begun.
    virtual void ask_for_body(bool has_begun) = 0;
    /// Waits for bytes, which `received` is told of: what next_piece gave last is void. End of stream is
    /// `eof`.
    virtual task<io_result> receive() = 0;
    virtual void received(std::size_t bytes) noexcept = 0;

    // The answer.

    /// Sends all of it; the body as text. `hurried`: the server ends.
    virtual void send(response& answer, bool hurried) = 0;
    /// Begins one whose body follows by `append`, of so many bytes if that is known.
    virtual void begin(response const& answer, std::optional<std::uint64_t> length) = 0;
    /// How much `append` takes now.
    virtual std::size_t room() const noexcept = 0;
    virtual void append(std::string_view bytes) = 0;
    /// The body that was begun is complete.
    virtual void finish() = 0;
    /// Whether nothing of the answer that was begun has left the process.
    virtual bool can_take_back() const noexcept = 0;
    /// Makes it as if it had not been begun.
    virtual void take_back() = 0;
    /// It cannot be completed, and the client is to see that. `hurried`: who does not read is not waited for.
    virtual void break_off(bool linger, bool hurried) = 0;
    /// Bytes that are to be sent.
    virtual std::size_t gathered() const noexcept = 0;
    /// Sends what is gathered, as far as that goes without waiting. False: some is left.
    virtual bool flush_now() = 0;
    virtual task<void> flush() = 0;
    /// Has that done when the caller suspends.
    virtual void post_flush() = 0;
    /// Whether it can send bytes of a file as they are; else they are read and appended.
    virtual bool sends_files() const noexcept = 0;
    /// Does so behind what was sent: see transport::try_send_file.
    virtual io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept = 0;
    virtual task<void> wait_to_write() = 0;
    /// Whether somebody waits to write.
    virtual bool writing() const noexcept = 0;

    // Another protocol (101 Switching Protocols).

    /// Answers so; what is appended and received then is `protocol`'s. False: it cannot be.
    virtual bool switch_to(std::string_view protocol, response const& answer) = 0;
    /// What has come and was not used. Valid until the next `receive`.
    virtual std::string_view take_rest() = 0;

    // Its life.

    /// Nothing more can be read or written.
    virtual bool lost() const noexcept = 0;
    /// Makes it so.
    virtual void lose() noexcept = 0;
    /// The connection takes no further request; `linger`: what the client still sends is read for a while.
    virtual void close_behind(bool linger) noexcept = 0;
    /// True when the client has left, though bytes may still be unread. Asks the system.
    virtual bool peer_has_left() noexcept = 0;
    virtual bool has_unread() noexcept = 0;
    /// Ends what the exchange's coroutine waits for; it may go on in place.
    virtual void interrupt() = 0;
    /// The exchange goes on without this one's memory, which background tasks keep.
    virtual std::unique_ptr<workspace> give_workspace() = 0;
    /// The answer is made; it counts as in flight until its last byte is with the kernel, or lost.
    virtual void answered(gauge_hold in_flight) noexcept = 0;

    virtual client_address const& peer() const noexcept = 0;
    /// As the access log shows it: "1.1".
    virtual std::string_view version() const noexcept = 0;

protected:
    ~carrier() = default;
};

} // namespace serval::server_impl
