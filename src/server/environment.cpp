#include "server/environment.hpp"

#include "handler/task_account.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace serval::server_impl {

namespace {

serval::settings checked(serval::settings options)
{
    auto const demand = [](bool met, char const* what) {
        if (!met) throw std::invalid_argument(std::string{"settings: "} + what);
    };
    auto const& limits = options.limits;
    demand(limits.header_count <= wire::request_head::max_fields, "limits.header_count may be 128 at most");
    demand(limits.request_line >= 16 && limits.header_block >= 16,
           "a head needs room: limits.request_line, header_block");
    demand(limits.connections > 0, "limits.connections must not be 0");
    demand(limits.head_timeout.count() > 0 && limits.keep_alive_timeout.count() > 0,
           "time-outs must not be 0");
    demand(options.pool_threads > 0, "pool_threads must not be 0");
    demand(options.file_threads > 0, "file_threads must not be 0");
    demand(options.threads <= 1024, "threads may be 1024 at most");
    return options;
}

std::shared_ptr<handler::task_account> make_account(serval::limits const& limits, http::clock const* clock)
{
    bool const refuses = limits.background_overflow == background_overflow::refuse;
    return std::make_shared<handler::task_account>(limits.background_tasks, refuses, clock);
}

} // namespace

environment::environment(serval::settings options, std::shared_ptr<handler::dispatcher const> app,
                         http::clock const* clock)
    : settings{checked(std::move(options))},
      dispatcher{std::move(app)},
      log{settings},
      pool{settings.pool_threads, settings.pool_queue},
      files{std::make_shared<base::thread_pool>(settings.file_threads, base::thread_pool::unbounded)},
      trim{settings.trim_memory && clock == nullptr ? files : nullptr}, // a test's memory is its process's
      tasks{make_account(settings.limits, clock)}
{}

} // namespace serval::server_impl
