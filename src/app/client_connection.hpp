// A test_client's side of a connection, and the requests that it carries.
#pragma once

#include "app/response_reader.hpp"
#include "app/test_loop.hpp"
#include "server/memory_transport.hpp"

#include <serval/test_client.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace serval::app_impl {

class client_connection;

/// One request and what comes of it: a test's thread waits, the loop's thread answers.
class client_exchange {
public:
    client_exchange(std::weak_ptr<test_loop> driver, std::string request, bool is_head);

    // Thread-safe.

    /// Waits; throws std::runtime_error when it failed or patience ends.
    test_response wait();
    bool done() const;
    /// Closes the connection, as soon as the loop's thread comes to it; nothing when done.
    static void disconnect(std::shared_ptr<client_exchange> const& exchange);

    // On the loop's thread. The first of these decides.

    void complete(test_response response);
    void fail(std::string_view reason);

    std::string const& request() const noexcept { return request_; }
    bool is_head() const noexcept { return is_head_; }

    std::weak_ptr<client_connection> connection; ///< of the loop's thread: what carries it now

private:
    void finish();

    std::weak_ptr<test_loop> const driver_; // weak: the loop's queue may own this
    std::string const request_;
    bool const is_head_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    int waiting_ = 0;
    std::string failure_;
    test_response response_;
};

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
    /// Leaves. A request under way fails with `reason`.
    void close(std::string_view reason);

private:
    void on_arrival();
    void end_exchange(bool keep);

    server_impl::memory_client stream_;
    connection_owner& owner_;
    std::shared_ptr<client_exchange> exchange_;
    response_reader reader_;
    bool used_before_ = false;
    bool closed_ = false;
};

} // namespace serval::app_impl
