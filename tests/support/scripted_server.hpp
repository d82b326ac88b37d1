// A test_client's connections with a server's end that the test plays, byte by byte.
#pragma once

#include "base/thread_pool.hpp"
#include "server/memory_transport.hpp"
#include "testing/client_connection.hpp"
#include "testing/stream_exchange.hpp"
#include "testing/test_loop.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace serval::test {

/// Runs in real time, on a loop of its own; each call of a test has been dealt with when it returns.
class scripted_server final : public testing_impl::connection_owner {
public:
    scripted_server() { driver_->start(); }
    ~scripted_server()
    {
        close_connections();
        driver_->stop();
    }
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    static constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// A request whose response is read whole.
    std::shared_ptr<testing_impl::whole_exchange> start()
    {
        auto exchange = std::make_shared<testing_impl::whole_exchange>(driver_, std::string{request}, false);
        start(exchange);
        return exchange;
    }

    /// A request whose response, of which at least the head, is `bytes`.
    streamed_response stream(std::string_view bytes, std::size_t window = streamed_response::default_window)
    {
        auto const exchange =
            std::make_shared<testing_impl::stream_exchange>(driver_, std::string{request}, false, window);
        auto state = std::make_unique<streamed_response::implementation>(exchange);
        start(exchange);
        write_all(bytes);
        if (exchange->done()) exchange->head(); // throws when it is wrong
        return streamed_response{std::move(state)};
    }

    /// Connections that were opened so far; the others speak of the newest.
    std::size_t opened() const { return servers_.size(); }
    std::size_t open_now() const { return connections_.size(); }

    /// Reads what the client has sent.
    void read()
    {
        on_loop([this] {
            boost::asio::co_spawn(driver_->context(), read_from(*servers_.back()), boost::asio::detached);
        });
    }

    /// Writes as much as fits; returns how much that was.
    std::size_t write(std::string_view bytes)
    {
        std::size_t written = 0;
        on_loop([&] {
            boost::asio::const_buffer const buffers[] = {boost::asio::buffer(bytes)};
            std::tie(last_error, written) = servers_.back()->try_write(buffers);
        });
        return written;
    }
    boost::system::error_code last_error; // of write

    /// Writes while the client reads.
    void write_all(std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto const n = write(bytes);
            ASSERT_NE(n, 0U) << last_error;
            bytes.remove_prefix(n);
        }
    }

    /// Ends the response's side.
    void end()
    {
        on_loop([this] { servers_.back()->shutdown_send(); });
    }
    void close()
    {
        on_loop([this] { servers_.back()->close(); });
    }
    bool client_has_left() { return servers_.back()->peer_has_left(); }

    /// As when the test_client goes.
    void close_connections()
    {
        on_loop([this] {
            for (auto const& one : std::exchange(connections_, {}))
                one->close("the end");
        });
    }

    void settle() { driver_->settle(); }

private:
    template <class F>
    void on_loop(F function)
    {
        boost::asio::post(driver_->context(), function);
        settle();
    }

    void start(std::shared_ptr<testing_impl::client_exchange> exchange)
    {
        on_loop([this, exchange] { send_again(exchange); });
    }

    static task<void> read_from(server_impl::transport& server)
    {
        std::string room(1000, '\0');
        co_await server.read_some(boost::asio::buffer(room));
    }

    void progressed() override {}
    void send_again(std::shared_ptr<testing_impl::client_exchange> exchange) override
    {
        auto const kept = std::find_if(connections_.begin(), connections_.end(),
                                       [](auto const& one) { return one->is_usable(); });
        if (kept != connections_.end()) return (*kept)->send(std::move(exchange));
        auto made =
            server_impl::make_memory_stream(driver_->context().get_executor(), client_address{"a", 1});
        servers_.push_back(std::move(made.server));
        connections_.push_back(
            std::make_shared<testing_impl::client_connection>(std::move(made.client), *this));
        auto const opened = connections_.back();
        opened->open();
        opened->send(std::move(exchange));
    }
    void remove(testing_impl::client_connection& ended) override
    {
        std::erase_if(connections_, [&](auto const& one) { return one.get() == &ended; });
    }

    base::thread_pool pool_{1, 1};
    base::thread_pool files_{1, 1};
    std::shared_ptr<testing_impl::test_loop> driver_ = std::make_shared<testing_impl::test_loop>(
        std::vector<base::thread_pool const*>{&pool_, &files_}, nullptr);
    // Of the loop's thread, or of the test's while the loop is idle.
    std::vector<std::unique_ptr<server_impl::transport>> servers_;
    std::vector<std::shared_ptr<testing_impl::client_connection>> connections_;
};

} // namespace serval::test
