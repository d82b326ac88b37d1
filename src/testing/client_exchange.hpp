// One request of a test_client and what comes of it.
#pragma once

#include "server/memory_transport.hpp"
#include "testing/response_reader.hpp"
#include "testing/test_loop.hpp"

#include <serval/testing/test_client.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace serval::testing_impl {

class client_connection;

/// A test's thread waits for what the loop's thread reads.
class client_exchange : public std::enable_shared_from_this<client_exchange> {
public:
    client_exchange(std::weak_ptr<test_loop> driver, std::string request, bool is_head);
    virtual ~client_exchange() = default;
    client_exchange(client_exchange const&) = delete;
    client_exchange& operator=(client_exchange const&) = delete;

    // Thread-safe.

    /// True when it is complete or has failed: nothing more is read.
    bool done() const;
    /// Closes the connection, as soon as the loop's thread comes to it; nothing when done.
    void disconnect();
    /// The same, abruptly: the server's reads and writes fail with connection_reset.
    void reset();

    // On the loop's thread.

    /// Reads as much as it wants of what has arrived, and returns how many bytes. Called with the stream's
    /// mutex held.
    virtual std::size_t read(std::string_view arrived, response_reader& reader) = 0;
    /// After `read`, unless the response is complete or wrong.
    virtual void has_read() {}
    /// What may wait unread now.
    virtual std::size_t window() const { return server_impl::default_memory_window; }

    // The first of these decides.

    void complete(response_reader& reader);
    void fail(std::string_view reason);

    std::string const& request() const noexcept { return request_; }
    bool is_head() const noexcept { return is_head_; }

    std::weak_ptr<client_connection> connection; ///< of the loop's thread: what carries it now

protected:
    /// Takes what the reader holds of the complete response. The mutex is held.
    virtual void take_rest_of(response_reader& reader) = 0;

    /// Throws std::logic_error where no call may wait, and std::runtime_error when the client has gone.
    std::shared_ptr<test_loop> loop_to_wait_for() const;

    /// What a wait does to the clock.
    enum class time : unsigned char { still, passing };

    /// Waits until `satisfied`, which `end_waits` follows; the automatic clock moves if time passes. False:
    /// patience has ended. Throws as `loop_to_wait_for`.
    template <class F>
    bool wait(std::unique_lock<std::mutex>& lock, time how, F satisfied)
    {
        bool const pooled = begin_wait(how);
        if (changed_.wait_for(lock, patience(), satisfied)) return true;
        give_up_wait(how, pooled);
        return false;
    }
    /// On the loop's thread, with the mutex held.
    void end_waits();

    std::weak_ptr<test_loop> const driver_; // weak: the loop's queue may own this
    mutable std::mutex mutex_;              // of what follows, and of what derived classes add
    std::condition_variable changed_;
    bool done_ = false;
    std::string failure_; // why, when it has failed

private:
    bool begin_wait(time how);
    void give_up_wait(time how, bool pooled);
    void finish();
    void leave(bool abruptly);

    std::string const request_;
    bool const is_head_;
    int waiting_ = 0; // calls for which time passes
    int blocked_ = 0; // of threads of the pools
};

/// A request whose response is wanted whole.
class whole_exchange final : public client_exchange {
public:
    using client_exchange::client_exchange;

    /// Waits; throws std::runtime_error when it failed or patience ends. Thread-safe.
    test_response wait_for_response();

    std::size_t read(std::string_view arrived, response_reader& reader) override
    {
        return reader.feed(arrived);
    }

private:
    void take_rest_of(response_reader& reader) override { response_ = reader.take(); }

    test_response response_;
};

} // namespace serval::testing_impl
