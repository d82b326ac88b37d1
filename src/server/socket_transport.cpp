#include "server/socket_transport.hpp"

#include "base/temp_file.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// What the system takes for a peer beyond what is on its way: as much again waits in the connection's own
/// buffer. Not the size of the socket's whole buffer, which would bound what is on its way over a long
/// distance, too.
constexpr int max_unsent = 128 * 1024;
constexpr int unsent_by_default = 0;

/// How long the system tries to deliver what a closed socket has left. Else a peer that does not read holds
/// it for minutes.
constexpr int orphan_milliseconds = 30'000;

/// What the system does not know stays as it is.
void set_tcp_option(int socket, int name, int value) noexcept
{
    ::setsockopt(socket, IPPROTO_TCP, name, &value, sizeof value);
}

io_result failed(int error) noexcept
{
    if (error == EAGAIN || error == EWOULDBLOCK) return {asio::error::would_block, 0};
    return {boost::system::error_code{error, boost::system::system_category()}, 0};
}

/// Keeps SIGPIPE from this thread while it lives. sendfile has no MSG_NOSIGNAL, and whether the signal ends
/// the process is the application's choice.
class pipe_signal_guard {
public:
    pipe_signal_guard() noexcept
    {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &pipe_, &previous_);
    }
    ~pipe_signal_guard() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
    pipe_signal_guard(pipe_signal_guard const&) = delete;
    pipe_signal_guard& operator=(pipe_signal_guard const&) = delete;

    /// Takes back the signal that a broken pipe has raised.
    void discard() noexcept
    {
        timespec const at_once{};
        if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    }

private:
    sigset_t pipe_;
    sigset_t previous_;
    bool was_pending_;
};

// Where sendfile cannot, as on some file systems. What the socket does not take is read again the next time.
io_result send_copy(int to, int from, std::uint64_t offset, std::size_t count) noexcept
{
    std::array<char, 16 * 1024> copy;
    auto const [size, error] = base::read_all_at(from, offset, copy.data(), std::min(count, copy.size()));
    if (error) return failed(error.value());
    if (size == 0) return {asio::error::eof, 0};
    for (;;) {
        auto const sent = ::send(to, copy.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return {boost::system::error_code{}, static_cast<std::size_t>(sent)};
        if (errno != EINTR) return failed(errno);
    }
}

} // namespace

socket_transport::socket_transport(socket connected, client_address peer, address_quota::place place)
    : socket_{std::move(connected)},
      peer_{std::move(peer)},
      place_{std::move(place)}
{
    boost::system::error_code ignored; // a peer that has reset the connection is noticed by the first read
    socket_.non_blocking(true, ignored);
    int const family = socket_.local_endpoint(ignored).protocol().family();
    is_tcp_ = family == AF_INET || family == AF_INET6;
    if (!is_tcp_) return;
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    set_tcp_option(socket_.native_handle(), TCP_NOTSENT_LOWAT, max_unsent);
}

socket_transport::~socket_transport()
{
    close();
}

task<io_result> socket_transport::read_some(asio::mutable_buffer into)
{
    return socket_.async_read_some(asio::mutable_buffers_1{into}, asio::as_tuple(asio::use_awaitable));
}

task<boost::system::error_code> socket_transport::wait_readable()
{
    auto const [ec] = co_await socket_.async_wait(socket::wait_read, asio::as_tuple(asio::use_awaitable));
    co_return ec;
}

task<boost::system::error_code> socket_transport::wait_writable()
{
    auto const [ec] = co_await socket_.async_wait(socket::wait_write, asio::as_tuple(asio::use_awaitable));
    co_return ec;
}

io_result socket_transport::try_write(std::span<asio::const_buffer const> buffers) noexcept
{
    // Straight to the kernel: most responses fit, and Asio would take a turn of its scheduler to say so.
    std::array<iovec, 4> pieces{};
    std::size_t const count = std::min(buffers.size(), pieces.size());
    for (std::size_t i = 0; i != count; ++i) {
        pieces[i] = {const_cast<void*>(buffers[i].data()), buffers[i].size()};
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    for (;;) {
        auto const sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return {boost::system::error_code{}, static_cast<std::size_t>(sent)};
        if (errno != EINTR) return failed(errno);
    }
}

io_result socket_transport::try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept
{
    if (count == 0) return {boost::system::error_code{}, 0};
    pipe_signal_guard guard;
    for (;;) {
        auto from = static_cast<off_t>(offset);
        auto const sent = ::sendfile(socket_.native_handle(), descriptor, &from, count);
        if (sent > 0) return {boost::system::error_code{}, static_cast<std::size_t>(sent)};
        if (sent == 0) return {asio::error::eof, 0};
        int const error = errno;
        if (error == EINTR) continue;
        if (error == EPIPE) guard.discard();
        if (error != EINVAL && error != ENOSYS) return failed(error);
        return send_copy(socket_.native_handle(), descriptor, offset, count);
    }
}

std::size_t socket_transport::unsent() noexcept
{
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0
               ? static_cast<std::size_t>(bytes)
               : 0;
}

void socket_transport::lift_unsent_bound() noexcept
{
    if (is_tcp_) set_tcp_option(socket_.native_handle(), TCP_NOTSENT_LOWAT, unsent_by_default);
}

bool socket_transport::has_unread() noexcept
{
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), FIONREAD, &bytes) == 0 && bytes > 0;
}

bool socket_transport::peer_has_left() noexcept
{
    // Not MSG_PEEK: with a pipelined request in front, the end of the stream could not be seen.
    pollfd watched{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void socket_transport::shutdown_send() noexcept
{
    boost::system::error_code ignored;
    socket_.shutdown(socket::shutdown_send, ignored);
}

void socket_transport::reset() noexcept
{
    if (!socket_.is_open()) return;
    boost::system::error_code ignored;
    disconnect();
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    close_socket();
}

void socket_transport::close() noexcept
{
    if (!socket_.is_open()) return;
    boost::system::error_code ignored;
    // Said to the peer, not left to the descriptor's end: a child process may hold a copy of it. With bytes
    // unread the system resets a connection that is closed (RFC 9293, section 3.6.1).
    if (has_unread()) {
        disconnect();
    } else {
        if (is_tcp_ && unsent() != 0)
            set_tcp_option(socket_.native_handle(), TCP_USER_TIMEOUT, orphan_milliseconds);
        socket_.shutdown(socket::shutdown_both, ignored);
    }
    close_socket();
}

void socket_transport::close_socket() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
    place_.give_back();
}

void socket_transport::disconnect() noexcept
{
    // Resets a TCP connection whoever has a copy of the descriptor. A Unix socket knows no such thing.
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    int const fd = socket_.native_handle();
    if (is_tcp_ && ::connect(fd, &nobody, sizeof nobody) == 0) return;
    ::shutdown(fd, SHUT_RDWR);
}

} // namespace serval::server_impl
