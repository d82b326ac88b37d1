// The floor for uploads: receives a body and writes it to an unlinked temporary file, without looking at it.
//
//     bench_raw_receiver PORT DIRECTORY
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t buffer_size = 256 * 1024;

[[noreturn]] void fail(char const* what)
{
    std::perror(what);
    std::exit(1);
}

int listen_on(std::uint16_t port)
{
    int const listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener, 16) != 0) fail("listen");
    return listener;
}

void send_all(int client, std::string_view text)
{
    if (::send(client, text.data(), text.size(), MSG_NOSIGNAL) < 0) std::perror("send");
}

/// The declared length of the body, or 0.
std::uint64_t length_in(std::string_view head)
{
    std::uint64_t length = 0;
    auto const at = head.find("Content-Length: "); // as curl writes it
    if (at != std::string_view::npos)
        std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    return length;
}

void receive(int client, int file, std::vector<char>& buffer)
{
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
        auto const n = ::recv(client, buffer.data(), 4096, 0);
        if (n <= 0) return;
        head.append(buffer.data(), static_cast<std::size_t>(n));
    }
    auto const end = head.find("\r\n\r\n") + 4;
    if (head.find("Expect: 100-continue") != std::string::npos)
        send_all(client, "HTTP/1.1 100 Continue\r\n\r\n");
    std::uint64_t left = length_in(head) - std::min<std::uint64_t>(length_in(head), head.size() - end);
    while (left > 0) {
        auto const n = ::recv(client, buffer.data(), buffer.size(), 0);
        if (n <= 0) return;
        if (::write(file, buffer.data(), static_cast<std::size_t>(n)) != n) fail("write");
        left -= static_cast<std::uint64_t>(n);
    }
    send_all(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fputs("usage: bench_raw_receiver PORT DIRECTORY\n", stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    int const listener = listen_on(static_cast<std::uint16_t>(std::atoi(argv[1])));
    std::vector<char> buffer(buffer_size);
    for (;;) {
        int const client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        int const file = ::open(argv[2], O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
        if (file < 0) fail("open");
        receive(client, file, buffer);
        ::close(file);
        ::close(client);
    }
}
