#include "base/temp_file.hpp"
#include "server/socket_transport.hpp"
#include "support/scratch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <utility>

namespace serval::server_impl {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A transport on one end of a pair of sockets, and a file.
class socket_transport_pair : public testing::Test {
protected:
    socket_transport_pair()
    {
        std::array<int, 2> ends{-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        asio::generic::stream_protocol const protocol{AF_UNIX, 0};
        server_.emplace(socket_transport::socket{context_, protocol, ends[0]}, client_address{});
        client_ = base::file_descriptor{ends[1]};
    }

    /// What has arrived.
    std::string received()
    {
        std::string text;
        std::array<char, 64 * 1024> room;
        for (;;) {
            auto const n = ::recv(client_.number(), room.data(), room.size(), MSG_DONTWAIT);
            if (n <= 0) return text;
            text.append(room.data(), static_cast<std::size_t>(n));
        }
    }

    io_result send(std::uint64_t offset, std::size_t count)
    {
        return server_->try_send_file(file_.descriptor(), offset, count);
    }

    asio::io_context context_;
    std::optional<socket_transport> server_;
    base::file_descriptor client_;
    test::temp_directory directory_;
    base::temp_file file_{directory_.text()};
};

/// A transport on one end of a TCP connection, whose other end does not read.
class socket_transport_tcp : public testing::Test {
protected:
    socket_transport_tcp()
    {
        asio::ip::tcp::acceptor listening{context_, {asio::ip::address_v4::loopback(), 0}};
        client_.open(asio::ip::tcp::v4());
        client_.set_option(asio::socket_base::receive_buffer_size{4096});
        client_.connect(listening.local_endpoint());
        server_.emplace(socket_transport::socket{listening.accept()}, client_address{});
    }

    /// Writes what the system takes, and says how much that was.
    std::size_t fill()
    {
        std::array const pieces{asio::const_buffer{asio::buffer(much_)}};
        std::size_t sent = 0;
        for (;;) {
            auto const [ec, n] = server_->try_write(pieces);
            if (ec) return sent;
            sent += n;
        }
    }

    std::string const much_ = std::string(8 * 1024 * 1024, 'x');
    asio::io_context context_;
    asio::ip::tcp::socket client_{context_};
    std::optional<socket_transport> server_;
};

TEST_F(socket_transport_tcp, has_the_system_hold_little_for_a_peer_that_does_not_read)
{
    EXPECT_GT(fill(), 64U * 1024);
    EXPECT_LE(server_->unsent(), 192U * 1024);
}

TEST_F(socket_transport_tcp, has_the_system_take_more_once_nobody_waits_for_the_peer)
{
    fill();
    error_code woken = asio::error::would_block;
    asio::co_spawn(
        context_, [this, &woken]() -> task<void> { woken = co_await server_->wait_writable(); },
        asio::detached);
    context_.poll();
    EXPECT_EQ(woken, asio::error::would_block);
    server_->lift_unsent_bound();
    context_.run();
    EXPECT_FALSE(woken);
    EXPECT_GT(fill(), 256U * 1024);
}

TEST_F(socket_transport_tcp, knows_whether_bytes_wait_to_be_read)
{
    EXPECT_FALSE(server_->has_unread());
    asio::write(client_, asio::buffer("x", 1));
    while (!server_->has_unread()) {
    }
    client_.close();
    EXPECT_TRUE(server_->has_unread());
}

TEST_F(socket_transport_pair, sends_bytes_of_a_file_from_an_offset)
{
    file_.write_at(0, "0123456789");
    EXPECT_EQ(send(3, 4), io_result(error_code{}, 4));
    EXPECT_EQ(received(), "3456");
    EXPECT_EQ(send(0, 0), io_result(error_code{}, 0));
    EXPECT_EQ(received(), "");
}

TEST_F(socket_transport_pair, tells_when_the_file_is_shorter_than_asked_for)
{
    file_.write_at(0, "0123");
    EXPECT_EQ(send(2, 100), io_result(error_code{}, 2));
    EXPECT_EQ(send(4, 98), io_result(asio::error::eof, 0));
    EXPECT_EQ(send(1000, 1), io_result(asio::error::eof, 0));
    EXPECT_EQ(received(), "23");
}

TEST_F(socket_transport_pair, sends_a_large_file_in_pieces_without_waiting)
{
    std::string content;
    for (int i = 0; content.size() < 4 * 1024 * 1024; ++i)
        content += std::to_string(i);
    file_.write_at(0, content);
    std::string arrived;
    std::uint64_t sent = 0;
    int pieces = 0;
    while (sent != content.size()) {
        auto const [ec, n] = send(sent, content.size() - sent);
        ASSERT_FALSE(ec) << ec.message();
        sent += n;
        ++pieces;
        arrived += received();
    }
    EXPECT_GT(pieces, 1);
    EXPECT_TRUE(arrived == content);
}

TEST_F(socket_transport_pair, gives_would_block_when_the_client_does_not_read)
{
    file_.write_at(0, std::string(1024 * 1024, 'x'));
    std::uint64_t sent = 0;
    for (;;) {
        auto const [ec, n] = send(0, 1024 * 1024);
        sent += n;
        if (ec) {
            EXPECT_EQ(ec, asio::error::would_block);
            break;
        }
    }
    EXPECT_EQ(received().size(), sent);
    EXPECT_EQ(send(0, 5), io_result(error_code{}, 5));
}

TEST_F(socket_transport_pair, reports_a_file_that_cannot_be_read)
{
    auto const [ec, n] = server_->try_send_file(-1, 0, 5);
    EXPECT_EQ(ec, boost::system::errc::bad_file_descriptor);
    EXPECT_EQ(n, 0U);
}

TEST_F(socket_transport_pair, raises_no_signal_when_the_client_has_left)
{
    file_.write_at(0, "0123456789");
    client_ = {};
    error_code found;
    bool pending = true;
    std::thread([&] { // with the default action and nothing blocked, as in an application's own thread
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
        found = std::get<0>(send(0, 5));
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        sigset_t waiting;
        sigpending(&waiting);
        pending = sigismember(&waiting, SIGPIPE) == 1;
    })
        .join();
    EXPECT_EQ(found, asio::error::broken_pipe);
    EXPECT_FALSE(pending);
}

TEST_F(socket_transport_pair, copies_where_the_system_cannot_send_from_a_file)
{
    // Any file system without splicing; this one is everywhere.
    base::file_descriptor const file{::open("/proc/self/auxv", O_RDONLY | O_CLOEXEC)};
    std::string content(4096, '\0');
    content.resize(base::read_all_at(file.number(), 0, content.data(), content.size()).size);
    ASSERT_GT(content.size(), 8U);
    EXPECT_EQ(server_->try_send_file(file.number(), 8, 4096), io_result(error_code{}, content.size() - 8));
    EXPECT_EQ(received(), content.substr(8));
    EXPECT_EQ(server_->try_send_file(file.number(), content.size(), 1), io_result(asio::error::eof, 0));
}

/// A transport on one end of a TCP connection, of whose socket somebody else has a copy, as a child would.
class copied_socket : public testing::Test {
protected:
    copied_socket()
    {
        asio::ip::tcp::acceptor acceptor{context_, {asio::ip::address_v4::loopback(), 0}};
        client_.connect(acceptor.local_endpoint());
        auto accepted = acceptor.accept();
        copy_ = base::file_descriptor{::fcntl(accepted.native_handle(), F_DUPFD_CLOEXEC, 0)};
        server_.emplace(socket_transport::socket{std::move(accepted)}, client_address{});
        timeval const patience{.tv_sec = 5, .tv_usec = 0};
        ::setsockopt(client_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    /// What the client reads to its end, and how it ends: 0 is the end of the stream.
    std::pair<std::string, int> read_to_end()
    {
        std::string text;
        char byte = 0;
        for (;;) {
            auto const n = ::recv(client_.native_handle(), &byte, 1, 0);
            if (n <= 0) return {text, n < 0 ? errno : 0};
            text += byte;
        }
    }

    asio::io_context context_;
    asio::ip::tcp::socket client_{context_};
    std::optional<socket_transport> server_;
    base::file_descriptor copy_;
};

TEST_F(copied_socket, ends_the_stream_when_it_closes)
{
    asio::const_buffer const text{"answer", 6};
    EXPECT_EQ(server_->try_write({&text, 1}), io_result(error_code{}, 6));
    server_->close();
    EXPECT_EQ(read_to_end(), std::pair(std::string{"answer"}, 0));
    server_->close();
    server_->reset();
}

TEST_F(copied_socket, ends_the_stream_when_it_is_destroyed)
{
    server_.reset();
    EXPECT_EQ(read_to_end(), std::pair(std::string{}, 0));
}

TEST_F(copied_socket, resets_the_connection_when_told_to)
{
    server_->reset();
    EXPECT_EQ(read_to_end(), std::pair(std::string{}, ECONNRESET));
}

TEST_F(copied_socket, resets_the_connection_when_it_closes_with_bytes_unread)
{
    asio::write(client_, asio::buffer("unread", 6));
    pollfd watched{copy_.number(), POLLIN, 0};
    ASSERT_EQ(::poll(&watched, 1, 5000), 1);
    server_->close();
    EXPECT_EQ(read_to_end(), std::pair(std::string{}, ECONNRESET));
}

} // namespace
} // namespace serval::server_impl
