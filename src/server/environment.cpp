#include "server/environment.hpp"

#include "handler/task_account.hpp"
#include "server/settings_check.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace serval::server_impl {

namespace {

std::shared_ptr<handler::task_account> make_account(serval::limits const& limits, http::clock const* clock)
{
    bool const refuses = limits.background_overflow == background_overflow::refuse;
    return std::make_shared<handler::task_account>(limits.background_tasks, refuses, clock);
}

/// It computes, and never waits: more threads than that would only take the loops' time.
std::size_t json_threads() noexcept
{
    constexpr unsigned enough = 8; // a container may have less than its machine
    return std::min(std::max(std::thread::hardware_concurrency(), 2U) - 1, enough);
}

} // namespace

environment::environment(serval::settings options, std::shared_ptr<handler::dispatcher const> app,
                         http::clock const* clock)
    : settings{checked(std::move(options))},
      dispatcher{std::move(app)},
      log{settings},
      pool{settings.pool_threads, settings.pool_queue},
      files{std::make_shared<base::thread_pool>(settings.file_threads, base::thread_pool::unbounded)},
      json{json_threads(), base::thread_pool::unbounded},
      trim{settings.trim_memory && clock == nullptr}, // a test's memory is its process's
      tasks{make_account(settings.limits, clock)}
{}

bool environment::runs_here() const noexcept
{
    return pool.runs_here() || files->runs_here() || json.runs_here();
}

std::size_t environment::running() const noexcept
{
    return pool.running() + files->running() + json.running();
}

std::size_t environment::stop_pools(std::chrono::milliseconds limit)
{
    using clock = std::chrono::steady_clock;
    auto const until = clock::now() + limit;
    std::size_t left = 0;
    for (auto* const one : {&pool, files.get(), &json}) {
        auto const rest = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        left += one->stop(std::max(rest, std::chrono::milliseconds{0}));
    }
    return left;
}

} // namespace serval::server_impl
