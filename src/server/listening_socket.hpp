// The sockets that listen at a place, and what comes out of them.
#pragma once

#include "base/file_descriptor.hpp"
#include "server/address_quota.hpp"
#include "server/transport.hpp"

#include <serval/settings.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <tuple>
#include <vector>

namespace serval::server_impl {

class log_writer;
class loop;
struct newcomer;

/// Makes the stream under a connection, on the thread of the loop that is to serve it.
using transport_maker = std::unique_ptr<transport> (*)(loop& on, newcomer accepted);

/// A connection that was accepted, on its way to its loop.
struct newcomer {
    using endpoint = boost::asio::generic::stream_protocol::endpoint;

    base::file_descriptor socket;
    endpoint peer;
    transport_maker make;
    address_quota::place place{};
};

/// Its address as requests know it: empty on a Unix socket, IPv4 also where that came by IPv6.
client_address client_address_of(newcomer::endpoint const& peer);

/// The file of a Unix socket, removed at the end, unless another has taken its place.
class socket_file {
public:
    /// Which file it was, whatever is found at its path later.
    socket_file(std::string path, struct stat const& found) noexcept;
    socket_file(socket_file&& other) noexcept;
    socket_file& operator=(socket_file&&) = delete;
    ~socket_file() { remove(); }

    void remove() noexcept;

private:
    std::string path_; // empty: it was removed
    dev_t device_;
    ino_t inode_;
};

/// One socket that listens, with the file that is its own.
///
/// No child of the process inherits it, or those that it accepts.
class listening_socket {
public:
    using protocol = boost::asio::generic::stream_protocol;
    using acceptor = boost::asio::basic_socket_acceptor<protocol>;

    listening_socket(acceptor listening, std::optional<socket_file> file, transport_maker make) noexcept;

    /// 0: it is a Unix socket.
    std::uint16_t port() const;

    /// Until somebody has connected.
    task<std::tuple<boost::system::error_code>> wait();
    void cancel_wait() noexcept;
    /// Who has connected; would_block: nobody. connection_aborted: one who has left before, perhaps there are
    /// others. Any other error passes with time.
    boost::system::result<newcomer> accept() noexcept;

    /// Whoever comes to listen at its place finds it free, and keeps what it puts there.
    void remove_file() noexcept { file_.reset(); }
    void close() noexcept;

private:
    acceptor acceptor_;
    std::optional<socket_file> file_; // ends before the socket: its file's number is nobody else's then
    transport_maker make_;
};

/// Binds and listens at a place, which may be several addresses of a host; all at one port. Throws
/// std::system_error, whose text names the place; then nothing is left there.
std::vector<listening_socket> listen_at(listen_address const& place, boost::asio::io_context& context,
                                        log_writer& log);

} // namespace serval::server_impl
