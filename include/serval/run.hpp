// Serving an app from main().
#pragma once

#include <serval/settings.hpp>

namespace serval {

class app;
class command_line;

/// Serves `application` until SIGTERM or SIGINT, as the command line asks; the last line of `main`.
///
/// The options are those of serval::command_line, which a `main` with options of its own uses. `defaults` are
/// what options override. The first signal drains (see `server::stop`), a second ends at once. Returns the
/// exit status: 0 after a clean end, 1 when the server could not start, 2 for a bad command line, 3 when
/// requests had to be cancelled or background tasks were given up.
int run(app& application, int argc, char const* const* argv, settings defaults = {});

/// The same with a command line that has been parsed and asks to go on.
///
/// With --print-openapi it writes `app::openapi()`, indented, to the standard output and returns 0, or 1 when
/// that fails; no hook has run then, and nothing listened.
int run(app& application, command_line const& line);

/// The same with settings.
int run(app& application, settings options);

} // namespace serval
