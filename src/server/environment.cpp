#include "server/environment.hpp"

#include "handler/task_account.hpp"
#include "server/settings_check.hpp"

#include <utility>

namespace serval::server_impl {

namespace {

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
      trim{settings.trim_memory && clock == nullptr}, // a test's memory is its process's
      tasks{make_account(settings.limits, clock)}
{}

} // namespace serval::server_impl
