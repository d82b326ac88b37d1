#include "server/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds accept_pause{100};

/// At most 80 % of the descriptors this process may have: handlers need some, too.
std::size_t bounded_by_descriptors(std::size_t wanted)
{
    rlimit allowed{};
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0 || allowed.rlim_cur == RLIM_INFINITY) return wanted;
    return std::max<std::size_t>(1, std::min(wanted, static_cast<std::size_t>(allowed.rlim_cur) * 8 / 10));
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

/// True when somebody accepts connections on the socket file.
bool is_alive(std::string const& path)
{
    asio::io_context context;
    asio::local::stream_protocol::socket probe{context};
    boost::system::error_code ec;
    probe.connect(path, ec);
    return ec != asio::error::connection_refused && ec != boost::system::errc::no_such_file_or_directory;
}

} // namespace

listener::listener(std::vector<std::unique_ptr<loop>> const& loops, serval::settings const& settings)
    : loops_{loops},
      settings_{settings},
      acceptor_{loops.front()->context()},
      max_connections_{bounded_by_descriptors(settings.limits.connections)}
{}

listener::~listener()
{
    if (remove_file_) ::unlink(settings_.unix_path.c_str());
}

listener::protocol::endpoint listener::tcp_endpoint() const
{
    boost::system::error_code ec;
    auto const literal = asio::ip::make_address(settings_.host, ec);
    if (!ec) return asio::ip::tcp::endpoint{literal, settings_.port};
    asio::io_context context;
    asio::ip::tcp::resolver resolver{context};
    auto const found =
        resolver.resolve(settings_.host, std::to_string(settings_.port), asio::ip::tcp::resolver::passive);
    return found.begin()->endpoint();
}

listener::protocol::endpoint listener::unix_endpoint() const
{
    struct stat found{};
    if (::lstat(settings_.unix_path.c_str(), &found) == 0) {
        // Only what a dead server has left is replaced, never somebody's file.
        if (!S_ISSOCK(found.st_mode) || is_alive(settings_.unix_path))
            throw boost::system::system_error(asio::error::address_in_use);
        ::unlink(settings_.unix_path.c_str());
    }
    return asio::local::stream_protocol::endpoint{settings_.unix_path};
}

void listener::open()
{
    try {
        bool const local = !settings_.unix_path.empty();
        auto const endpoint = local ? unix_endpoint() : tcp_endpoint();
        acceptor_.open(endpoint.protocol());
        if (!local) acceptor_.set_option(asio::socket_base::reuse_address{true});
        acceptor_.set_option(
            asio::socket_base::enable_connection_aborted{true}); // else accept() waits for another
        acceptor_.bind(endpoint);
        remove_file_ = local;
        acceptor_.listen(asio::socket_base::max_listen_connections);
        if (local) return;
        auto const bound = acceptor_.local_endpoint();
        port_ = address_of(bound).port;
    } catch (boost::system::system_error const& error) {
        throw std::system_error(error.code(), "cannot listen on " + display(settings_));
    }
}

task<void> listener::run()
{
    while (!closing_) {
        if (at_limit()) {
            co_await pause();
            continue;
        }
        protocol::endpoint peer;
        auto const to = next_loop(); // the socket belongs to this loop's context from its birth
        auto& context = loops_[to]->context();
        auto accepted = co_await acceptor_.async_accept(context, peer, asio::as_tuple(asio::use_awaitable));
        auto ec = std::get<0>(accepted);
        try {
            if (!ec) deal(to, std::move(std::get<1>(accepted)), peer);
        } catch (std::exception const&) {
            ec = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
        }
        if (ec && ec != asio::error::operation_aborted && ec != asio::error::connection_aborted) {
            complain(ec); // no descriptors, no memory: others may give theirs back
            co_await pause();
        }
    }
}

std::size_t listener::next_loop() noexcept
{
    return std::exchange(next_, (next_ + 1) % loops_.size());
}

void listener::deal(std::size_t to, protocol::socket accepted, protocol::endpoint const& peer)
{
    auto& target = *loops_[to];
    auto stream = std::make_unique<socket_transport>(std::move(accepted), address_of(peer));
    if (&target == &first()) return target.serve(std::move(stream));
    asio::post(target.context(),
               [&target, stream = std::move(stream)]() mutable { target.serve(std::move(stream)); });
}

bool listener::at_limit() const noexcept
{
    std::int64_t open = 0;
    for (auto const& one : loops_)
        open += one->counters().connections.value();
    return open >= static_cast<std::int64_t>(max_connections_);
}

task<void> listener::pause()
{
    asio::steady_timer timer{first().context()};
    timer.expires_after(accept_pause);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void listener::complain(boost::system::error_code ec)
{
    auto const now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
    if (std::exchange(complained_, now) == now) return;
    first().environment().log->write(log_level::warning,
                                     "Cannot accept a connection: " + ec.message() + "; trying again");
}

void listener::close()
{
    if (std::exchange(closing_, true)) return;
    boost::system::error_code ec;
    acceptor_.cancel(ec);
    acceptor_.non_blocking(true, ec); // not native_: with that, Asio would wait for the next client
    // No more than the queue can hold: under a storm of connections there is always one more.
    for (int i = 0; i != asio::socket_base::max_listen_connections; ++i) {
        protocol::endpoint peer;
        auto const to = next_loop();
        auto accepted = acceptor_.accept(loops_[to]->context(), peer, ec);
        if (ec == asio::error::connection_aborted) continue;
        if (ec) break;
        deal(to, std::move(accepted), peer);
    }
    acceptor_.close(ec);
    if (std::exchange(remove_file_, false)) ::unlink(settings_.unix_path.c_str());
}

} // namespace serval::server_impl
