// A body that is made while it is sent: what a response holds instead of text.
#pragma once

#include <serval/request.hpp>
#include <serval/response.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace serval::http {

class upgrade;

/// What a producer does in a row, be each step ever so small and complete without a wait, before it has
/// others on the loop take their turn.
inline constexpr unsigned steps_a_turn = 256;

/// Where a producer's bytes go. The connection implements it, and frames them (RFC 9112 section 7).
///
/// What is appended is gathered, 64 KiB at most, and sent by the next flush. All that wait throw
/// boost::system::system_error when the connection has ended or is cancelled, and give other connections of
/// the loop their turn. A wait that the caller itself cancels throws operation_aborted and changes nothing:
/// what was appended stays, and is sent by the next flush.
class body_sink {
public:
    /// Gathers a piece from the front of `bytes`; returns its size. 0: a flush must come first.
    ///
    /// Throws std::length_error for more bytes than the response's head has promised.
    virtual std::size_t append(std::string_view bytes) = 0;
    /// Sends what is gathered, the head with it, as far as that goes without waiting. False: `flush` has to
    /// wait, for the client or since others have not had their turn. To be called before the producer waits
    /// for anything.
    virtual bool flush_now() = 0;
    virtual task<void> flush() = 0;
    /// Has what is gathered sent when the caller suspends.
    virtual void flush_soon() = 0;
    /// Gives other connections of the loop their turn.
    virtual task<void> let_others() = 0;
    /// Sends `count` bytes of a file from `offset` on, behind what is gathered. The descriptor must stay open
    /// meanwhile. Throws std::runtime_error when the file ends before.
    virtual task<void> send_file(int descriptor, std::uint64_t offset, std::uint64_t count) = 0;

protected:
    ~body_sink() = default;
};

/// Appends all of `bytes`, which must outlive this, with the flushes in between that it takes.
task<void> append_all(body_sink& out, std::string_view bytes);

} // namespace serval::http

namespace serval::detail {

/// Makes the body of one response, once. Used on the loop's thread.
class body_producer {
public:
    virtual ~body_producer() = default;

    /// Completes `answer` when that depends on the request or on what must be opened; may wait. Called once,
    /// before the head is written. It may take the producer out of `answer`, which is then sent as it is, or
    /// put another one in its place, which is not asked to prepare. Gives an invalid task when nothing has to
    /// be awaited.
    virtual task<void> prepare(request const&, response&) { return {}; }

    /// How many bytes `produce` will append, if that is known: else the body is chunked.
    virtual std::optional<std::uint64_t> length() const noexcept { return std::nullopt; }

    /// Appends the body. What it throws ends the connection, unless nothing was sent: then it answers as a
    /// handler's exception would.
    virtual task<void> produce(http::body_sink& out) = 0;

    /// What is sent when nothing was for 15 s, so that no proxy thinks the connection dead; empty: nothing.
    /// Valid until the next call.
    virtual std::string_view ping() { return {}; }

    /// What takes the connection over instead; null: nothing, this is a body.
    virtual http::upgrade* upgrade() noexcept { return nullptr; }
};

} // namespace serval::detail
