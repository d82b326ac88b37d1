// Running an app's hooks.
#pragma once

#include "app/app_state.hpp"
#include "handler/background_hosts.hpp"
#include "server/log_writer.hpp"

#include <serval/task.hpp>

#include <memory>

namespace serval::app_impl {

/// Runs the start-up hooks in order, on a loop. An exception ends it and passes through.
task<void> run_startup(std::shared_ptr<detail::app_state const> app);

/// Runs the hooks of the drain's beginning, in order, all of them; throws the last exception, if any, at the
/// end. Those before it are logged.
task<void> run_drain(std::shared_ptr<detail::app_state const> app, server_impl::log_writer& log);

/// The same for the shutdown hooks, in reverse order.
task<void> run_shutdown(std::shared_ptr<detail::app_state const> app, server_impl::log_writer& log);

/// Has `host` run the periodic jobs, which write of their failures to `log`.
void begin_jobs(detail::app_state const& app, handler::task_host& host, server_impl::log_writer& log);

} // namespace serval::app_impl
