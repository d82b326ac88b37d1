// Running an app's hooks.
#pragma once

#include <serval/app.hpp>
#include <serval/task.hpp>

namespace serval::app_impl {

/// Runs the start-up hooks in order, on a loop. An exception ends it and passes through.
task<void> run_startup(app& application);

/// Runs the shutdown hooks in reverse order, all of them; throws the first exception, if any, at the end.
task<void> run_shutdown(app& application);

} // namespace serval::app_impl
