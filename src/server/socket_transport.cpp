#include "server/socket_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace serval::server_impl {

namespace asio = boost::asio;

socket_transport::socket_transport(socket connected, client_address peer)
    : socket_{std::move(connected)},
      peer_{std::move(peer)}
{
    boost::system::error_code ignored; // a peer that has reset the connection is noticed by the first read
    socket_.non_blocking(true, ignored);
    int const family = socket_.local_endpoint(ignored).protocol().family();
    if (family == AF_INET || family == AF_INET6) socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
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
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {asio::error::would_block, 0};
        return {boost::system::error_code{errno, boost::system::system_category()}, 0};
    }
}

std::size_t socket_transport::unsent() noexcept
{
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0
               ? static_cast<std::size_t>(bytes)
               : 0;
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

void socket_transport::close() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace serval::server_impl
