#include "watchdog.hpp"

#include "support/process_facts.hpp"

#include <serval/server.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace chaos::watchdog {

namespace {

constexpr std::chrono::seconds longest_life{serval::test::under_sanitizer() ? 40 : 20};
constexpr std::chrono::milliseconds interval{200};

std::atomic<std::uint64_t> current_seed{0};
std::atomic<std::uint64_t> lives{0};
std::atomic<bool> living{false};
std::atomic<char const*> current_stage{""};
std::atomic<serval::server const*> current_server{nullptr};

void print_stats()
{
    auto const* const server = current_server.load();
    if (server == nullptr) return;
    auto const now = server->stats();
    std::fprintf(stderr,
                 "  connections %zu, requests in flight %zu, pool %zu running %zu queued, "
                 "tasks %zu queued %zu running\n",
                 now.connections, now.requests_in_flight, now.pool_running, now.pool_queued,
                 now.background.queued, now.background.running);
}

[[noreturn]] void end_process(std::string const& repeat)
{
    std::fprintf(stderr, "chaos: a life does not end; it waits for: %s\n", current_stage.load());
    print_stats();
    std::fprintf(stderr, "  repeat it with: %s --seed %llu\n", repeat.c_str(),
                 static_cast<unsigned long long>(current_seed.load()));
    std::fflush(nullptr);
    std::abort();
}

} // namespace

void start(std::string repeat)
{
    std::thread{[repeat = std::move(repeat)] {
        std::uint64_t seen = 0;
        auto since = std::chrono::steady_clock::now();
        for (;;) {
            std::this_thread::sleep_for(interval);
            auto const now = std::chrono::steady_clock::now();
            if (std::uint64_t const life = lives; !living || life != seen) {
                seen = life;
                since = now;
            } else if (now - since > longest_life) {
                end_process(repeat);
            }
        }
    }}.detach();
}

void begin(std::uint64_t seed)
{
    current_seed = seed;
    ++lives;
    living = true;
}

void stage(char const* name)
{
    current_stage = name;
}

void server(serval::server const* now)
{
    current_server = now;
}

void end()
{
    living = false;
}

} // namespace chaos::watchdog
