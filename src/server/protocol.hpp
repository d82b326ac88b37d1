// What is spoken over a connection.
#pragma once

#include <serval/task.hpp>

#include <chrono>
#include <cstdint>

namespace serval::server_impl {

/// Turns the bytes of its connection's transport into exchanges, and their answers into bytes. It owns the
/// buffers of both.
///
/// The connection owns it, and all is called on the loop's thread. Nothing runs beside anything here: the
/// tick and the drain come only while its coroutines wait. Each of these may complete what waits in place,
/// unless it says noexcept.
class protocol {
public:
    using ticks = std::int64_t;

    protocol() = default;
    virtual ~protocol() = default;
    protocol(protocol const&) = delete;
    protocol& operator=(protocol const&) = delete;

    /// Serves until nothing more is to be said, and closes the transport then. Once.
    virtual task<void> run() = 0;
    /// `run` has ended, or was destroyed: an operation that cannot allocate has no completion.
    virtual void end() noexcept = 0;

    /// Compares deadlines with the loop's time.
    virtual void sweep() = 0;
    /// Lets what has begun end, and closes then; what is idle is closed after `idle_grace`, and a stream that
    /// has no end of its own ends now.
    virtual void drain(std::chrono::milliseconds idle_grace) = 0;
    /// Cancels what has begun, and closes.
    virtual void cancel() = 0;
    /// Closes the transport under whatever still waits on it.
    virtual void close() noexcept = 0;
    /// Closes for another connection's sake. False when it is not idle, or a request has come that was not
    /// read yet.
    virtual bool make_room() = 0;
    /// When the first handler has used up its time; 0: none has a limit.
    virtual ticks handler_limit() const noexcept = 0;
};

} // namespace serval::server_impl
