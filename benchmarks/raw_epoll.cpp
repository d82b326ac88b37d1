// The floor that benchmarks/run compares with: an epoll loop that parses nothing and sends canned answers.
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

/// The same fields and bodies as bench_server's, so that as many bytes cross the loopback.
std::string canned(std::string_view media_type, std::string_view body)
{
    std::string answer = "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\ncontent-type: ";
    answer.append(media_type).append("\r\ncontent-length: ").append(std::to_string(body.size()));
    answer.append(end_of_head).append(body);
    return answer;
}

/// The same chunks as bench_server's stream.
std::string stream_of(int count)
{
    std::string answer = "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                         "content-type: text/plain; charset=utf-8\r\ntransfer-encoding: chunked";
    answer += end_of_head;
    for (int i = 0; i < count; ++i) {
        auto const line = "Number: " + std::to_string(i) + "\n";
        answer += "0123456789abcdef"[line.size()];
        answer.append("\r\n").append(line).append("\r\n");
    }
    return answer.append("0\r\n\r\n");
}

struct answers {
    std::string plaintext = canned("text/plain; charset=utf-8", "Hello, World!");
    std::string json = canned("application/json", R"({"message":"Hello, World!"})");
    std::string item = canned("application/json", R"({"id":42,"q":"abc","limit":5})");
    std::string user =
        canned("application/json",
               R"({"message":"Registration successful","username":"ada","email":"ada@example.com"})");

    std::string stream = stream_of(200);

    /// Told by the first letter of the path; all requests of one read are for the same.
    std::string const& to(std::string_view request) const
    {
        if (request.starts_with("POST")) return user;
        if (request.starts_with("GET /i")) return item;
        if (request.starts_with("GET /j")) return json;
        if (request.starts_with("GET /s")) return stream;
        return plaintext;
    }
};

/// One answer for each blank line. The body of the benchmark's POST has none and comes in the same segment.
void append_answers(std::string& out, std::string_view requests, answers const& known)
{
    std::string const& answer = known.to(requests);
    for (auto at = requests.find(end_of_head); at != std::string_view::npos;
         at = requests.find(end_of_head, at + end_of_head.size()))
        out += answer;
}

int listen_on(std::uint16_t port)
{
    int const listener = socket(AF_INET, SOCK_STREAM, 0);
    int const one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (bind(listener, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        listen(listener, 1024) != 0) {
        std::perror("bench_raw_epoll");
        std::exit(EXIT_FAILURE);
    }
    return listener;
}

void watch(int poller, int descriptor)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

void accept_one(int poller, int listener)
{
    int const client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client < 0) return;
    int const one = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(poller, client);
}

/// Requests split over reads are not joined: wrk sends each batch in one segment.
void answer_one(int client, answers const& known)
{
    static std::array<char, 16 * 1024> input;
    static std::string output;
    ssize_t const n = recv(client, input.data(), input.size(), 0);
    if (n <= 0) {
        close(client);
        return;
    }
    output.clear();
    append_answers(output, {input.data(), static_cast<std::size_t>(n)}, known);
    if (send(client, output.data(), output.size(), MSG_NOSIGNAL) < 0) close(client);
}

[[noreturn]] void serve(std::uint16_t port)
{
    answers const known;
    int const listener = listen_on(port);
    int const poller = epoll_create1(0);
    watch(poller, listener);
    std::printf("ready on port %u\n", static_cast<unsigned>(port));
    std::fflush(stdout);
    std::array<epoll_event, 128> events{};
    for (;;) {
        int const n = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < n; ++i) {
            int const descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener) {
                accept_one(poller, listener);
            } else {
                answer_one(descriptor, known);
            }
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    std::string_view const text = argc == 2 ? argv[1] : "";
    std::uint16_t port = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc{} || text.empty() || end != text.data() + text.size()) {
        std::fputs("usage: bench_raw_epoll PORT\n", stderr);
        return 2;
    }
    serve(port);
}
