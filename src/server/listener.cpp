#include "server/listener.hpp"

#include "base/ascii.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <limits>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr int port_attempts = 16;
constexpr int accepted_a_turn = 16; // more, and those that were accepted before get too little of the loop

/// At most 80 % of the descriptors this process may have: handlers need some, too.
std::size_t bounded_by_descriptors(std::size_t wanted)
{
    rlimit allowed{};
    wanted = std::min(wanted, static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()));
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0 || allowed.rlim_cur == RLIM_INFINITY) return wanted;
    return std::max<std::size_t>(1, std::min(wanted, static_cast<std::size_t>(allowed.rlim_cur / 10 * 8)));
}

client_address address_of(asio::generic::stream_protocol::endpoint const& peer)
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

std::string display(serval::settings const& settings)
{
    if (!settings.unix_path.empty()) return "unix:" + settings.unix_path;
    return settings.host + ":" + std::to_string(settings.port);
}

boost::system::error_code last_error() noexcept
{
    return {errno, boost::system::system_category()};
}

boost::system::error_code no_memory() noexcept
{
    return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
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
void set_port(asio::generic::stream_protocol::endpoint& of, std::uint16_t port) noexcept
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

/// A connection on its way to its loop.
struct newcomer {
    base::file_descriptor socket;
    int family;
    client_address peer;
    address_quota::place place;
};

/// Has `target` serve an accepted socket. On its thread.
void serve(loop& target, newcomer accepted)
{
    socket_transport::socket socket{target.context()};
    socket.assign({accepted.family, 0}, accepted.socket.number());
    accepted.socket.release();
    target.serve(std::make_unique<socket_transport>(std::move(socket), std::move(accepted.peer),
                                                    std::move(accepted.place)));
}

} // namespace

void listener::socket_file::remove(std::string const& path) const noexcept
{
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return;
    if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(path.c_str());
}

listener::listener(std::vector<std::shared_ptr<loop>> const& loops, serval::settings const& settings)
    : loops_{loops},
      settings_{settings},
      max_connections_{bounded_by_descriptors(settings.limits.connections)},
      quota_{settings.limits.connections_per_address == 0
                 ? nullptr
                 : std::make_shared<address_quota>(settings.limits.connections_per_address)}
{}

listener::~listener()
{
    remove_file(); // while the socket is open: its file's number is nobody else's then
}

listener::endpoints listener::tcp_endpoints() const
{
    using asio::ip::tcp;
    boost::system::error_code ec;
    auto const literal = asio::ip::make_address(settings_.host, ec);
    if (!ec) return {tcp::endpoint{literal, settings_.port}};
    if (base::iequals(settings_.host,
                      "localhost")) { // whatever a file of hosts leaves out (RFC 6761 section 6.3)
        return {tcp::endpoint{asio::ip::address_v4::loopback(), settings_.port},
                tcp::endpoint{asio::ip::address_v6::loopback(), settings_.port}};
    }
    asio::io_context context;
    tcp::resolver resolver{context};
    endpoints all;
    for (auto const& one :
         resolver.resolve(settings_.host, std::to_string(settings_.port), tcp::resolver::passive)) {
        protocol::endpoint const found{one.endpoint()};
        if (std::find(all.begin(), all.end(), found) == all.end()) all.push_back(found);
    }
    return all;
}

listener::protocol::endpoint listener::unix_endpoint() const
{
    auto const& path = settings_.unix_path;
    asio::local::stream_protocol::endpoint const at{path};
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0) {
        // Only what a dead server has left is replaced, never somebody's file.
        if (!S_ISSOCK(found.st_mode) || is_alive(at))
            throw boost::system::system_error(asio::error::address_in_use);
        socket_file{found}.remove(path);
    }
    return at;
}

listener::acceptor listener::bound_to(protocol::endpoint const& place, bool alone) const
{
    auto made = make_socket(place.protocol().family());
    acceptor bound{first().context()};
    bound.assign(place.protocol(), made.number());
    made.release();
    int const family = place.protocol().family();
    if (family != AF_UNIX) bound.set_option(asio::socket_base::reuse_address{true});
    // Else one for all IPv6 addresses would take the place of the one for all IPv4 addresses.
    if (family == AF_INET6 && !alone) bound.set_option(asio::ip::v6_only{true});
    // Linux makes the file of a Unix socket with its socket's mode, less the umask.
    if (family == AF_UNIX) ::fchmod(bound.native_handle(), static_cast<mode_t>(settings_.unix_mode));
    bound.bind(place);
    return bound;
}

/// What the umask has left out is given before the socket listens.
void listener::give_mode() const
{
    auto const& path = settings_.unix_path;
    auto const mode = static_cast<mode_t>(settings_.unix_mode);
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode) || (found.st_mode & 07777) == mode)
        return;
    if (::fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW) == 0) return;
    // Without /proc the C library cannot.
    if (errno != EOPNOTSUPP || ::chmod(path.c_str(), mode) != 0)
        throw boost::system::system_error(last_error());
}

void listener::open_unix()
{
    acceptors_.push_back(bound_to(unix_endpoint(), true));
    if (struct stat bound{}; ::lstat(settings_.unix_path.c_str(), &bound) == 0) file_.emplace(bound);
    give_mode();
    acceptors_.back().listen(asio::socket_base::max_listen_connections);
}

/// All at one port. Of several places those do not count that this machine does not have, unless it has none.
void listener::open_all(endpoints const& places)
{
    boost::system::system_error missing{asio::error::host_not_found};
    std::vector<std::string> left_out;
    for (auto place : places) {
        try {
            if (!acceptors_.empty()) set_port(place, port_);
            auto made = bound_to(place, places.size() == 1);
            made.listen(asio::socket_base::max_listen_connections);
            if (acceptors_.empty()) port_ = address_of(made.local_endpoint()).port;
            acceptors_.push_back(std::move(made));
        } catch (boost::system::system_error const& error) {
            if (places.size() == 1 || !is_missing_here(error.code())) throw;
            missing = error;
            left_out.push_back(address_of(place).host + ": " + error.code().message());
        }
    }
    if (acceptors_.empty()) throw missing;
    for (auto const& one : left_out)
        first().environment().log.write(log_level::info, "Not listening on " + one);
}

/// Before the loops run.
void listener::expect_vacancies()
{
    auto& services = asio::use_service<http::loop_services>(first().context());
    while (rooms_.size() != acceptors_.size())
        rooms_.push_back(std::make_shared<http::remote_wake_up>(services));
    vacancy_ = std::make_shared<vacancy>(rooms_);
    for (auto const& one : loops_)
        one->tell_vacancies(vacancy_);
}

void listener::open()
{
    open_sockets();
    expect_vacancies();
}

void listener::open_sockets()
{
    try {
        if (!settings_.unix_path.empty()) return open_unix();
        auto const places = tcp_endpoints();
        for (int left = port_attempts; left != 0; --left) {
            try {
                return open_all(places);
            } catch (boost::system::system_error const& error) {
                acceptors_.clear();
                // A port that was free at the first address may be taken at the second.
                bool const again = settings_.port == 0 && error.code() == asio::error::address_in_use;
                if (!again || left == 1) throw;
            }
        }
    } catch (boost::system::system_error const& error) {
        throw std::system_error(error.code(), "cannot listen on " + display(settings_));
    }
}

task<void> listener::run(std::size_t place)
{
    auto& at = acceptors_[place];
    while (!closing_) {
        auto [ec] = co_await at.async_wait(acceptor::wait_read, asio::as_tuple(asio::use_awaitable));
        if (closing_) break;
        try {
            if (!ec && at_limit()) {
                co_await wait_for_room(*rooms_[place]);
            } else if (!ec) {
                ec = accept_waiting(at, accepted_a_turn);
            }
        } catch (std::exception const&) {
            ec = no_memory();
        }
        if (ec) {
            complain(ec); // no descriptors, no memory: others may give theirs back
            co_await pause();
        }
    }
}

boost::system::error_code listener::accept_waiting(acceptor& at, int at_most)
{
    for (int i = 0; i != at_most && !at_limit(); ++i) {
        protocol::endpoint peer;
        auto size = static_cast<socklen_t>(peer.capacity());
        base::file_descriptor accepted{
            ::accept4(at.native_handle(), peer.data(), &size, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!accepted) {
            if (is_of_connection(errno)) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) break;
            return last_error();
        }
        try {
            peer.resize(std::min<std::size_t>(size, peer.capacity()));
            deal(std::move(accepted), peer);
        } catch (std::exception const&) {
            return no_memory();
        }
    }
    return {};
}

std::size_t listener::next_loop() noexcept
{
    return std::exchange(next_, (next_ + 1) % loops_.size());
}

void listener::deal(base::file_descriptor accepted, protocol::endpoint const& peer)
{
    newcomer one{std::move(accepted), peer.protocol().family(), address_of(peer), {}};
    if (quota_) {
        auto place = quota_->take(peer);
        if (!place) return refuse(one.peer);
        one.place = std::move(*place);
    }
    auto& target = *loops_[next_loop()];
    if (&target == &first()) return serve(target, std::move(one));
    asio::post(target.context(), [&target, one = std::move(one), underway = underway_]() mutable {
        try {
            serve(target, std::move(one));
        } catch (std::exception const&) {
            target.environment().log.write(log_level::warning, "No memory to serve a connection");
        }
    });
}

bool listener::at_limit() const noexcept
{
    if (closing_) return false;                    // who got through is served
    std::int64_t open = underway_.use_count() - 1; // all but the listener's own
    for (auto const& one : loops_)
        open += one->counters().connections.value();
    return open >= static_cast<std::int64_t>(max_connections_);
}

/// Somebody waits outside of a full house.
task<void> listener::wait_for_room(http::remote_wake_up& room)
{
    vacancy::wait const here{*vacancy_, room};
    if (!at_limit()) co_return;
    ask_for_room();
    co_await room.wait(std::chrono::steady_clock::now() + accept_pause);
}

/// Asks the loops, that of the longest idle connection first, until one has heard it: of a loop that
/// something blocks, and that has not let anybody go, no second one is asked for.
void listener::ask_for_room()
{
    std::pair<std::int64_t, std::size_t> asked{std::numeric_limits<std::int64_t>::min(), 0};
    for (std::size_t left = loops_.size(); left != 0; --left) {
        std::pair<std::int64_t, std::size_t> next{idle_list::nobody, 0};
        for (std::size_t i = 0; i != loops_.size(); ++i) {
            std::pair const one{loops_[i]->idle_since(), i};
            if (asked < one && one < next) next = one;
        }
        if (next.first == idle_list::nobody || loops_[next.second]->ask_for_room()) return;
        asked = next;
    }
}

task<void> listener::pause()
{
    asio::steady_timer timer{first().context()};
    timer.expires_after(accept_pause);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void listener::complain(boost::system::error_code ec) noexcept
{
    if (!complaints_.pass()) return;
    try {
        first().environment().log.write(log_level::warning,
                                        "Cannot accept a connection: " + ec.message() + "; trying again");
    } catch (std::exception const&) { // it may be memory that is short
    }
}

void listener::refuse(client_address const& peer)
{
    auto const held_back = refusals_.pass();
    if (!held_back) return;
    first().environment().log.write(log_level::warning,
                                    "Refused a connection of " + peer.host + ", which has " +
                                        std::to_string(settings_.limits.connections_per_address) +
                                        " already" + base::log_gate::remark(*held_back));
}

void listener::close()
{
    if (std::exchange(closing_, true)) return;
    boost::system::error_code ec;
    for (auto& one : acceptors_)
        one.cancel(ec);
    for (auto const& one : rooms_)
        one->wake();
    // First, so that whoever comes to replace this server finds the place free, and keeps what it puts there.
    remove_file();
    for (auto& one : acceptors_) {
        // No more than the queue can hold: under a storm of connections there is always one more.
        accept_waiting(one, asio::socket_base::max_listen_connections);
        // For a child that was forked without an exec: its copy of the socket must not go on listening.
        if (one.is_open()) ::shutdown(one.native_handle(), SHUT_RDWR);
        one.close(ec);
    }
}

void listener::remove_file() noexcept
{
    if (auto const mine = std::exchange(file_, std::nullopt)) mine->remove(settings_.unix_path);
}

} // namespace serval::server_impl
