// Where a request's body comes from, as the layers above the wire see it.
#pragma once

#include <serval/task.hpp>

#include <cstddef>

namespace serval::http {

/// Gives the body of the current request. The connection implements it.
class body_source {
public:
    /// Takes the body into `request_state::body` if all of it has arrived already. False: `read_all` has to
    /// wait for it. Throws as `read_all` does.
    virtual bool read_arrived(std::size_t max_bytes) = 0;

    /// Reads the whole body into `request_state::body`. Asks the client for it first when it waits for 100
    /// Continue.
    ///
    /// Throws http_error: 413 beyond `max_bytes`, 400 for bad framing, 408 when it comes too slowly; the
    /// connection closes after each of them. Throws operation_aborted when the client has left.
    virtual task<void> read_all(std::size_t max_bytes) = 0;

protected:
    ~body_source() = default;
};

} // namespace serval::http
