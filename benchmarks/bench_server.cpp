// The server whose hot path benchmarks/run measures: coroutine handlers on one loop.
#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace serval::params;

namespace bench {

struct greeting {
    std::string message;
};

struct item {
    int id;
    std::string q;
    int limit;
};

struct measurement {
    int id;
    std::string station;
    double celsius;
    std::vector<std::string> tags;
};

struct registration {
    std::string username;
    serval::email email;
    std::string full_name;
};

struct registered {
    std::string message;
    std::string username;
    std::string email;
};

serval::task<std::string> plaintext()
{
    co_return "Hello, World!";
}

std::string plain()
{
    return "Hello, World!";
}

int first()
{
    return 1;
}

int second(depends<&first> before)
{
    return *before + 1;
}

int third(depends<&second> before)
{
    return *before + 1;
}

std::string depending(depends<&third>)
{
    return plain();
}

serval::task<greeting> json()
{
    greeting answer{"Hello, World!"};
    co_return answer;
}

serval::task<item> read_item(path<"id", int> id, query<"q", std::string, def("")> q,
                             query<"limit", int, def(10)> limit)
{
    item answer{*id, std::move(*q), *limit};
    co_return answer;
}

serval::task<registered> create_user(body<registration> user)
{
    registered answer{"Registration successful", std::move(user->username), user->email.str()};
    co_return answer;
}

serval::task<std::vector<measurement>> echo_list(body<std::vector<measurement>> list)
{
    co_return std::move(*list);
}

serval::task<serval::json> echo_json(body<serval::json> value)
{
    co_return std::move(*value);
}

serval::generator<std::string> stream(query<"count", int> count)
{
    for (int i = 0; i < *count; ++i)
        co_yield "Number: " + std::to_string(i) + "\n";
}

serval::generator<serval::sse_event> events()
{
    serval::sse_event first("begin");
    co_yield std::move(first);
    co_await serval::sleep_for(std::chrono::hours(1));
}

serval::task<std::string> blob(query<"bytes", std::size_t> bytes)
{
    co_return std::string(std::min<std::size_t>(*bytes, 64UL << 20), 'x');
}

serval::task<std::string> sleep(query<"ms", int> ms)
{
    co_await serval::sleep_for(std::chrono::milliseconds(*ms));
    co_return "slept";
}

template <class Number>
bool parse(std::string_view text, Number& number)
{
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size();
}

int serve(std::uint16_t port, std::size_t threads)
{
    serval::app app;
    app.get("/plaintext", plaintext);
    app.get("/plain", plain);
    app.get("/dependencies", depending);
    app.get("/json", json);
    app.get("/items/{id}", read_item);
    app.post("/users", create_user);
    app.post("/echo/list", echo_list); // these two for tests/reliability/attacks.py
    app.post("/echo/json", echo_json);
    app.get("/stream", stream);
    app.get("/sleep", sleep);
    app.get("/events", events); // these two for tests/reliability/attacks.py
    app.get("/blob", blob);

    serval::settings options;
    options.port = port;
    options.threads = threads;
    options.access_log = false;
    options.level = serval::log_level::warning;
    options.limits.connections = 12'000; // for benchmarks/sleepers

    // Blocked before the server's threads start, so that they inherit the mask and sigwait() gets the signal.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    serval::server server{app, options};
    server.start();
    std::printf("ready on port %u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    int received = 0;
    sigwait(&ending, &received);
    server.stop(std::chrono::seconds{1});
    return EXIT_SUCCESS;
}

} // namespace bench

int main(int argc, char** argv)
{
    std::uint16_t port = 0;
    std::size_t threads = 1;
    if (argc != 3 || !bench::parse(argv[1], port) || !bench::parse(argv[2], threads)) {
        std::fputs("usage: bench_server PORT THREADS\n", stderr);
        return 2;
    }
    try {
        return bench::serve(port, threads);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "bench_server: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
