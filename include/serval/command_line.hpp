// The command line of a program that serves an app and has options of its own.
// layer: app
#pragma once

#include <serval/settings.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace serval {

struct app_info;

/// serval's options and an application's, parsed and described together: for a `main` that does more than
/// serval::run.
///
///     serval::command_line line{info};
///     line.option("--upload-dir", directory, "Where uploads are saved");
///     if (auto const status = line.parse(argc, argv)) return *status;
///     return serval::run(app, line);
///
/// serval's: --host, --port, --unix, --unix-mode, --listen, --threads, --pool-threads,
/// --connections-per-address,
/// --log-level, --no-access-log, --shutdown-timeout, --hold-warning, --print-openapi, --help, --version.
/// Each --listen is another place (HOST:PORT, [IPV6]:PORT or unix:PATH, with the permissions of --unix-mode)
/// beside that of the first three; they take the place of the defaults' `also_listen`.
/// Numbers are decimal and finite, but for the octal one of --unix-mode; what is out of range, or has
/// anything behind the number, is a mistake.
class command_line {
public:
    /// `info` is what --help and --version show; `defaults` are what options override.
    explicit command_line(app_info const& info, serval::settings defaults = {});
    ~command_line();
    command_line(command_line const&) = delete;
    command_line& operator=(command_line const&) = delete;

    /// Adds the option `name` ("--upload-dir"), whose value `parse` stores in `value`, which must outlive
    /// this; what it holds is the default. For a bool it is a flag without a value. Throws
    /// std::invalid_argument for a name that is taken or is none.
    command_line& option(std::string const& name, std::string& value, std::string const& description);
    command_line& option(std::string const& name, std::int64_t& value, std::string const& description);
    command_line& option(std::string const& name, double& value, std::string const& description);
    command_line& option(std::string const& name, bool& value, std::string const& description);

    /// Reads the arguments. An exit status when the program is to end: 0 after --help or --version, 2 after a
    /// mistake; what there is to say has been printed. Call once.
    std::optional<int> parse(int argc, char const* const* argv);

    /// What the arguments ask for, after `parse`.
    serval::settings const& settings() const noexcept;

    /// True when the arguments ask for the app's OpenAPI document instead of a server: serval::run prints it.
    bool prints_openapi() const noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace serval
