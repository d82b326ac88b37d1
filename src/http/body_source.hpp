// Where a request's body comes from, as the layers above the wire see it.
#pragma once

#include <serval/task.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace serval::http {

/// Gives the body of the current request: whole, or piece by piece. The connection implements it.
///
/// All throw http_error: 413 beyond `max_bytes`, 400 for bad framing, 408 when the body comes too slowly; the
/// connection closes after each of them. Those that wait throw operation_aborted when the client has left.
class body_source {
public:
    /// Takes the body into `request_state::body` if all of it has arrived already. False: `read_all` has to
    /// wait for it.
    virtual bool read_arrived(std::size_t max_bytes) = 0;

    /// Reads the whole body into `request_state::body`. Asks the client for it first when it waits for 100
    /// Continue.
    virtual task<void> read_all(std::size_t max_bytes) = 0;

    /// The next piece of the body that has arrived: empty at the body's end, nullopt when `receive` has to
    /// wait for more. The view is valid until the next call of either.
    virtual std::optional<std::string_view> next_piece(std::size_t max_bytes) = 0;

    /// Waits for more of the body. Asks the client for it as `read_all` does.
    virtual task<void> receive() = 0;

protected:
    ~body_source() = default;
};

} // namespace serval::http
