#include "async_operations/async_endpoints.hpp"

#include "async_operations/elapsed.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace async_operations {

namespace {

using namespace serval::params;

/// Blocks for `duration`, or until `stop` is requested.
void blocking_sleep(std::chrono::seconds duration, std::stop_token stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, std::move(stop), duration, [] { return false; });
}

// Seconds are 32 bits wide here: more would not fit into the clock's nanoseconds. A negative sleep is none.

serval::json sync_sleep(path<"seconds", int> seconds, serval::request& request)
{
    blocking_sleep(std::chrono::seconds{*seconds}, request.stop_token());
    return {{"type", "sync"},
            {"slept_for", *seconds},
            {"message", "Slept for " + std::to_string(*seconds) + " seconds (blocking)"}};
}

serval::task<serval::json> async_sleep(path<"seconds", int> seconds)
{
    co_await serval::sleep_for(std::chrono::seconds(*seconds));
    co_return serval::json{{"type", "async"},
                           {"slept_for", *seconds},
                           {"message", "Slept for " + std::to_string(*seconds) + " seconds (non-blocking)"}};
}

serval::task<serval::json> fetch_external_data(query<"delay", int, def(1)> delay)
{
    auto const start = steady_clock::now();
    co_await serval::sleep_for(std::chrono::seconds(*delay)); // stands for a request to another server
    co_return serval::json{{"message", "Fetched data successfully"},
                           {"elapsed_ms", elapsed_ms(start)},
                           {"data", {{"status", "success"}, {"delay", *delay}}}};
}

/// The slow recursion of the notebook, which takes time on purpose: about 1.6ⁿ additions.
///
/// The result cannot overflow: 64 bits hold fib(92), and fib(93) takes 2·10¹⁹ calls, centuries of them.
std::int64_t fibonacci(int n, std::stop_token const& stop)
{
    if (n <= 1) return n;
    constexpr int looks_from = 25; // every 10⁵ calls or so: the check costs nothing, and an end comes at once
    if (n >= looks_from && stop.stop_requested())
        throw serval::http_error(503); // nobody waits for it any more
    return fibonacci(n - 1, stop) + fibonacci(n - 2, stop);
}

serval::json compute_fibonacci(query<"n", int, def(30)> n, serval::request& request)
{
    constexpr int recursion_limit =
        1000; // Python's: answers 500 there too, where a stack would overflow here
    if (*n >= recursion_limit) throw std::length_error("maximum recursion depth exceeded");

    auto const start = steady_clock::now();
    std::int64_t const result = fibonacci(*n, request.stop_token());
    return {{"n", *n},
            {"result", result},
            {"elapsed_ms", elapsed_ms(start)},
            {"note", "CPU-bound, runs in threadpool"}};
}

} // namespace

void add_async_endpoints(serval::app& app)
{
    app.get("/sync/sleep/{seconds}", sync_sleep)
        .name("sync_sleep")
        .description("Sync endpoint - blocks the thread");
    app.get("/async/sleep/{seconds}", async_sleep)
        .name("async_sleep")
        .description("Async endpoint - non-blocking");
    app.get("/async/fetch", fetch_external_data)
        .name("fetch_external_data")
        .description("Async endpoint making external HTTP request (simulated)");
    app.get("/sync/compute", compute_fibonacci)
        .name("compute_fibonacci")
        .description("CPU-bound operation - better as sync");
}

} // namespace async_operations
