// A test_client's side of a connection.
#pragma once

#include "server/memory_transport.hpp"
#include "testing/client_exchange.hpp"
#include "testing/response_reader.hpp"

#include <memory>
#include <string_view>

namespace serval::testing_impl {

/// What owns the connections; all on the loop's thread.
class connection_owner {
public:
    /// A response is complete or bytes have come: time need not be pushed.
    virtual void progressed() = 0;
    /// The server closed before it read anything of a request on a kept connection (RFC 9112 section 9.3.1).
    virtual void send_again(std::shared_ptr<client_exchange> exchange) = 0;
    /// The connection has ended; it may be destroyed later.
    virtual void remove(client_connection& ended) = 0;

protected:
    ~connection_owner() = default;
};

/// A connection of the client, used for one request after the other. On the loop's thread only.
class client_connection final : public std::enable_shared_from_this<client_connection> {
public:
    client_connection(server_impl::memory_client stream, connection_owner& owner);

    /// Begins to listen; once, after construction.
    void open();
    /// Free, and the server has not closed it.
    bool is_usable() const { return !closed_ && exchange_ == nullptr && !stream_.at_end(); }
    void send(std::shared_ptr<client_exchange> exchange);
    /// Has the request under way read again, which asks for more than before.
    void pull();
    /// Leaves. A request under way fails with `reason`.
    void close(std::string_view reason);
    /// What `close` then does is abrupt.
    void reset() { stream_.reset(); }

private:
    void on_arrival();
    void read();
    void end_exchange(bool keep);

    server_impl::memory_client stream_;
    connection_owner& owner_;
    std::shared_ptr<client_exchange> exchange_;
    response_reader reader_;
    bool used_before_ = false;
    bool closed_ = false;
};

} // namespace serval::testing_impl
