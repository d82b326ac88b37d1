#include "server/listening_socket.hpp"

#include "base/ascii.hpp"
#include "server/listen_address.hpp"
#include "server/log_writer.hpp"
#include "server/loop.hpp"
#include "server/socket_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

using protocol = listening_socket::protocol;
using acceptor = listening_socket::acceptor;
using endpoints = std::vector<protocol::endpoint>;

constexpr int port_attempts = 16;

boost::system::error_code last_error() noexcept
{
    return {errno, boost::system::system_category()};
}

/// A stream socket that no child of this process gets, at no moment; Asio's own sockets are inherited.
base::file_descriptor make_socket(int family)
{
    base::file_descriptor made{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!made) throw boost::system::system_error(last_error());
    return made;
}

/// True for an address that this machine does not have: "localhost" may be one of IPv6 where that is off.
bool is_missing_here(boost::system::error_code ec) noexcept
{
    return ec == asio::error::address_family_not_supported || ec.value() == EADDRNOTAVAIL;
}

/// Of an IPv4 or IPv6 address.
void set_port(protocol::endpoint& of, std::uint16_t port) noexcept
{
    if (of.protocol().family() == AF_INET)
        reinterpret_cast<sockaddr_in*>(of.data())->sin_port = htons(port);
    else
        reinterpret_cast<sockaddr_in6*>(of.data())->sin6_port = htons(port);
}

/// True when somebody listens on the socket file.
bool is_alive(asio::local::stream_protocol::endpoint const& at)
{
    auto const probe = make_socket(AF_UNIX);
    if (::connect(probe.number(), at.data(), static_cast<socklen_t>(at.size())) == 0) return true;
    // Not EAGAIN: somebody is there whose backlog is full, and a probe that waits would wait for ever.
    return errno != ECONNREFUSED && errno != ENOENT;
}

/// Errors of accept() that are those of one connection, which has ended before it was accepted (accept(2)).
bool is_of_connection(int error) noexcept
{
    switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH: return true;
    default: return false;
    }
}

std::unique_ptr<transport> make_socket_transport(loop& on, newcomer accepted)
{
    socket_transport::socket socket{on.context()};
    socket.assign(accepted.peer.protocol(), accepted.socket.number());
    accepted.socket.release();
    return std::make_unique<socket_transport>(std::move(socket), client_address_of(accepted.peer),
                                              std::move(accepted.place));
}

endpoints endpoints_of(listen_address const& place)
{
    using asio::ip::tcp;
    boost::system::error_code ec;
    auto const literal = asio::ip::make_address(place.host, ec);
    if (!ec) return {tcp::endpoint{literal, place.port}};
    if (base::iequals(place.host,
                      "localhost")) { // whatever a file of hosts leaves out (RFC 6761 section 6.3)
        return {tcp::endpoint{asio::ip::address_v4::loopback(), place.port},
                tcp::endpoint{asio::ip::address_v6::loopback(), place.port}};
    }
    asio::io_context context;
    tcp::resolver resolver{context};
    endpoints all;
    for (auto const& one : resolver.resolve(place.host, std::to_string(place.port), tcp::resolver::passive)) {
        protocol::endpoint const found{one.endpoint()};
        if (std::find(all.begin(), all.end(), found) == all.end()) all.push_back(found);
    }
    return all;
}

protocol::endpoint unix_endpoint(std::string const& path)
{
    asio::local::stream_protocol::endpoint const at{path};
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0) {
        // Only what a dead server has left is replaced, never somebody's file.
        if (!S_ISSOCK(found.st_mode) || is_alive(at))
            throw boost::system::system_error(asio::error::address_in_use);
        socket_file{path, found}.remove();
    }
    return at;
}

/// An acceptor on a new socket, which is bound to nothing yet.
acceptor unbound(asio::io_context& context, protocol const& of)
{
    auto made = make_socket(of.family());
    acceptor opened{context};
    opened.assign(of, made.number());
    made.release();
    return opened;
}

/// What the umask has left out is given before the socket listens.
void give_mode(std::string const& path, mode_t mode)
{
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode) || (found.st_mode & 07777) == mode)
        return;
    if (::fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW) == 0) return;
    // Without /proc the C library cannot.
    if (errno != EOPNOTSUPP || ::chmod(path.c_str(), mode) != 0)
        throw boost::system::system_error(last_error());
}

listening_socket listen_at_path(std::string const& path, mode_t mode, asio::io_context& context)
{
    auto const place = unix_endpoint(path);
    auto bound = unbound(context, place.protocol());
    // Linux makes the file of a Unix socket with its socket's mode, less the umask.
    ::fchmod(bound.native_handle(), mode);
    bound.bind(place);
    std::optional<socket_file> file;
    if (struct stat found{}; ::lstat(path.c_str(), &found) == 0) file.emplace(path, found);
    give_mode(path, mode);
    bound.listen(asio::socket_base::max_listen_connections);
    return {std::move(bound), std::move(file), &make_socket_transport};
}

listening_socket listen_at_endpoint(protocol::endpoint const& place, bool alone, asio::io_context& context)
{
    auto bound = unbound(context, place.protocol());
    bound.set_option(asio::socket_base::reuse_address{true});
    // Else one for all IPv6 addresses would take the place of the one for all IPv4 addresses.
    if (place.protocol().family() == AF_INET6 && !alone) bound.set_option(asio::ip::v6_only{true});
    bound.bind(place);
    bound.listen(asio::socket_base::max_listen_connections);
    return {std::move(bound), std::nullopt, &make_socket_transport};
}

/// All at one port. Of several places those do not count that this machine does not have, unless it has none.
std::vector<listening_socket> listen_at_all(endpoints const& places, asio::io_context& context,
                                            log_writer& log)
{
    boost::system::system_error missing{asio::error::host_not_found};
    std::vector<listening_socket> made;
    std::vector<std::string> left_out;
    for (auto place : places) {
        try {
            if (!made.empty()) set_port(place, made.front().port());
            made.push_back(listen_at_endpoint(place, places.size() == 1, context));
        } catch (boost::system::system_error const& error) {
            if (places.size() == 1 || !is_missing_here(error.code())) throw;
            missing = error;
            left_out.push_back(client_address_of(place).host + ": " + error.code().message());
        }
    }
    if (made.empty()) throw missing;
    for (auto const& one : left_out)
        log.write(log_level::info, "Not listening on " + one);
    return made;
}

std::vector<listening_socket> listen_at_port(listen_address const& place, asio::io_context& context,
                                             log_writer& log)
{
    auto const addresses = endpoints_of(place);
    for (int left = port_attempts;; --left) {
        try {
            return listen_at_all(addresses, context, log);
        } catch (boost::system::system_error const& error) {
            // A port that was free at the first address may be taken at the second.
            bool const again = place.port == 0 && error.code() == asio::error::address_in_use;
            if (!again || left == 1) throw;
        }
    }
}

} // namespace

client_address client_address_of(newcomer::endpoint const& peer)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (peer.protocol().family() == AF_INET) {
        auto const& v4 = *reinterpret_cast<sockaddr_in const*>(peer.data());
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(v4.sin_port)};
    }
    if (peer.protocol().family() == AF_INET6) {
        auto const& v6 = *reinterpret_cast<sockaddr_in6 const*>(peer.data());
        bool const mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) != 0;
        if (mapped) ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
        if (!mapped) ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return {text.data(), ntohs(v6.sin6_port)};
    }
    return {};
}

socket_file::socket_file(std::string path, struct stat const& found) noexcept
    : path_{std::move(path)},
      device_{found.st_dev},
      inode_{found.st_ino}
{}

socket_file::socket_file(socket_file&& other) noexcept
    : path_{std::exchange(other.path_, {})},
      device_{other.device_},
      inode_{other.inode_}
{}

void socket_file::remove() noexcept
{
    auto const path = std::exchange(path_, {});
    struct stat found{};
    if (path.empty() || ::lstat(path.c_str(), &found) != 0) return;
    if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(path.c_str());
}

listening_socket::listening_socket(acceptor listening, std::optional<socket_file> file,
                                   transport_maker make) noexcept
    : acceptor_{std::move(listening)},
      file_{std::move(file)},
      make_{make}
{}

std::uint16_t listening_socket::port() const
{
    return client_address_of(acceptor_.local_endpoint()).port;
}

task<std::tuple<boost::system::error_code>> listening_socket::wait()
{
    return acceptor_.async_wait(acceptor::wait_read, asio::as_tuple(asio::use_awaitable));
}

void listening_socket::cancel_wait() noexcept
{
    boost::system::error_code ec;
    acceptor_.cancel(ec);
}

boost::system::result<newcomer> listening_socket::accept() noexcept
{
    protocol::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    base::file_descriptor accepted{
        ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!accepted) {
        if (is_of_connection(errno)) return boost::system::error_code{asio::error::connection_aborted};
        return last_error();
    }
    peer.resize(std::min<std::size_t>(size, peer.capacity()));
    return newcomer{std::move(accepted), peer, make_};
}

void listening_socket::close() noexcept
{
    boost::system::error_code ec;
    // For a child that was forked without an exec: its copy of the socket must not go on listening.
    if (acceptor_.is_open()) ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    acceptor_.close(ec);
}

std::vector<listening_socket> listen_at(listen_address const& place, asio::io_context& context,
                                        log_writer& log)
{
    try {
        if (place.unix_path.empty()) return listen_at_port(place, context, log);
        std::vector<listening_socket> made;
        made.push_back(listen_at_path(place.unix_path, static_cast<mode_t>(place.unix_mode), context));
        return made;
    } catch (boost::system::system_error const& error) {
        throw std::system_error(error.code(), "cannot listen on " + text_of(place));
    }
}

} // namespace serval::server_impl
