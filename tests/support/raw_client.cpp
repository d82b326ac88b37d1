#include "support/raw_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace serval::test {

namespace {

[[noreturn]] void fail(int error, std::string const& what)
{
    throw std::system_error(error, std::generic_category(), what);
}

int made_socket(int family)
{
    int const made = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) fail(errno, "socket");
    return made;
}

void connect_to(int socket, sockaddr const* address, socklen_t size)
{
    if (::connect(socket, address, size) == 0) return;
    int const error = errno;
    ::close(socket);
    fail(error, "connect");
}

} // namespace

raw_client::raw_client(std::uint16_t port, std::string const& host, int receive_buffer)
{
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        fail(EINVAL, "address " + host);
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> const owned{found, [](addrinfo* a) { ::freeaddrinfo(a); }};
    socket_ = made_socket(found->ai_family);
    int const yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (receive_buffer != 0)
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    connect_to(socket_, found->ai_addr, found->ai_addrlen);
}

raw_client::raw_client(std::string const& path) : socket_{made_socket(AF_UNIX)}
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connect_to(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address);
}

raw_client::raw_client(raw_client&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)},
      received_{std::move(other.received_)},
      ending_{other.ending_},
      problem_{std::move(other.problem_)}
{}

raw_client& raw_client::operator=(raw_client&& other) noexcept
{
    close();
    socket_ = std::exchange(other.socket_, -1);
    received_ = std::move(other.received_);
    ending_ = other.ending_;
    problem_ = std::move(other.problem_);
    return *this;
}

bool raw_client::send(std::string_view bytes)
{
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!bytes.empty() && std::chrono::steady_clock::now() < end) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            pollfd watched{socket_, POLLOUT, 0};
            ::poll(&watched, 1, 100);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return bytes.empty();
}

std::size_t raw_client::send_some(std::string_view bytes)
{
    auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

// True when there are new bytes.
bool raw_client::receive(std::chrono::milliseconds limit)
{
    if (ending_ != ending::open || socket_ < 0) return false;
    pollfd watched{socket_, POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(limit.count())) <= 0) return false;
    std::array<char, 65536> buffer;
    auto const got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        received_.append(buffer.data(), static_cast<std::size_t>(got));
        return true;
    }
    if (got == 0) ending_ = ending::closed;
    if (got < 0 && errno != EAGAIN && errno != EINTR) ending_ = ending::reset;
    return false;
}

std::optional<test_response> raw_client::read_answer(bool head_request)
{
    testing_impl::response_reader reader{head_request};
    auto const end = std::chrono::steady_clock::now() + patience;
    problem_.clear();
    for (;;) {
        received_.erase(0, reader.feed(received_));
        if (reader.complete()) return reader.take();
        if (reader.failed()) {
            problem_ = reader.reason();
            return std::nullopt;
        }
        if (receive(std::chrono::milliseconds{100})) continue;
        if (ending_ == ending::open && std::chrono::steady_clock::now() < end) continue;
        problem_ = ending_ == ending::open ? "no answer in time" : "the connection ended first";
        return std::nullopt;
    }
}

std::optional<test_response> raw_client::ask(std::string_view bytes)
{
    send(bytes);
    return read_answer();
}

std::string raw_client::read_until(std::string_view mark)
{
    auto const end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        if (auto const at = received_.find(mark); at != std::string::npos) {
            std::string taken = received_.substr(0, at + mark.size());
            received_.erase(0, at + mark.size());
            return taken;
        }
        if (receive(std::chrono::milliseconds{100})) continue;
        if (ending_ != ending::open || std::chrono::steady_clock::now() >= end)
            return std::exchange(received_, {});
    }
}

std::string raw_client::read_to_end()
{
    auto const end = std::chrono::steady_clock::now() + patience;
    while (ending_ == ending::open && std::chrono::steady_clock::now() < end)
        receive(std::chrono::milliseconds{100});
    return std::exchange(received_, {});
}

raw_client::ending raw_client::wait_for_end(std::chrono::milliseconds limit)
{
    auto const end = std::chrono::steady_clock::now() + limit;
    while (ending_ == ending::open && std::chrono::steady_clock::now() < end) {
        receive(std::chrono::milliseconds{20});
        received_.clear();
    }
    return ending_;
}

bool raw_client::silent(std::chrono::milliseconds duration)
{
    return received_.empty() && !receive(duration) && ending_ == ending::open;
}

void raw_client::half_close()
{
    ::shutdown(socket_, SHUT_WR);
}

void raw_client::reset()
{
    linger const at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void raw_client::close()
{
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

std::uint16_t raw_client::local_port() const
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

std::string field(test_response const& answer, std::string_view name)
{
    auto const same = [&](auto const& one) {
        return std::ranges::equal(one.first, name,
                                  [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
    };
    auto const found = std::ranges::find_if(answer.headers, same);
    return found == answer.headers.end() ? std::string{} : found->second;
}

int status_of(std::optional<test_response> const& answer)
{
    return answer ? answer->status : 0;
}

std::string get(std::string_view target, std::string_view fields)
{
    return std::string{"GET "}.append(target).append(" HTTP/1.1\r\nHost: a\r\n").append(fields) + "\r\n";
}

} // namespace serval::test
