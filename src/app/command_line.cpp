#include <serval/app.hpp>
#include <serval/command_line.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace serval {

namespace {

constexpr int bad_usage = 2;

} // namespace

struct command_line::implementation {
    implementation(app_info const& info, serval::settings defaults)
        : options{std::move(defaults)},
          level{to_string(options.level)},
          shutdown_seconds{std::chrono::duration<double>(options.shutdown_timeout).count()},
          line{info.title + " " + info.version + ": serves HTTP until it is signalled"}
    {
        line.set_version_flag("--version", info.version);
        add_serval_options();
    }

    void add_serval_options()
    {
        line.add_option("--host", options.host, "Address to listen on")->capture_default_str();
        line.add_option("--port", options.port, "Port to listen on; 0 takes a free one")
            ->capture_default_str();
        line.add_option("--unix", options.unix_path, "Unix socket to listen on instead");
        line.add_option("--threads", options.threads, "Event loops, one thread each; 0: one a core")
            ->capture_default_str()
            ->check(CLI::Range(0, 1024)); // "-1" would else be a large number
        line.add_option("--pool-threads", options.pool_threads, "Threads for plain handlers, at most")
            ->capture_default_str()
            ->check(CLI::Range(1, 10'000));
        line.add_option("--connections-per-address", options.limits.connections_per_address,
                        "Open connections of one peer, at most; 0: no bound")
            ->capture_default_str()
            ->check(CLI::Range(0, 1'000'000));
        line.add_option("--log-level", level, "debug, info, warning, error or off")
            ->capture_default_str()
            ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
        line.add_flag("!--no-access-log", options.access_log, "Do not log each response");
        line.add_option("--shutdown-timeout", shutdown_seconds,
                        "Seconds that requests in flight have to end after a signal")
            ->capture_default_str()
            ->check(CLI::Range(0.0, 86'400.0));
        line.add_flag("--print-openapi", prints_openapi, "Print the API's OpenAPI document, and end");
    }

    template <class T>
    void add(std::string const& name, T& value, std::string const& description)
    {
        if (!name.starts_with('-')) throw std::invalid_argument("an option's name begins with '-': " + name);
        try {
            if constexpr (std::is_same_v<T, bool>) {
                line.add_flag(name, value, description);
            } else {
                line.add_option(name, value, description)->capture_default_str();
            }
        } catch (CLI::ConstructionError const& error) {
            throw std::invalid_argument("option " + name + ": " + error.what());
        }
    }

    serval::settings options;
    std::string level;
    double shutdown_seconds;
    bool prints_openapi = false;
    CLI::App line;
};

command_line::command_line(app_info const& info, serval::settings defaults)
    : implementation_{std::make_unique<implementation>(info, std::move(defaults))}
{}

command_line::~command_line() = default;

command_line& command_line::option(std::string const& name, std::string& value,
                                   std::string const& description)
{
    implementation_->add(name, value, description);
    return *this;
}

command_line& command_line::option(std::string const& name, std::int64_t& value,
                                   std::string const& description)
{
    implementation_->add(name, value, description);
    return *this;
}

command_line& command_line::option(std::string const& name, double& value, std::string const& description)
{
    implementation_->add(name, value, description);
    return *this;
}

command_line& command_line::option(std::string const& name, bool& value, std::string const& description)
{
    implementation_->add(name, value, description);
    return *this;
}

std::optional<int> command_line::parse(int argc, char const* const* argv)
{
    auto& state = *implementation_;
    try {
        state.line.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return state.line.exit(error) == 0 ? 0 : bad_usage;
    }
    state.options.level = *parse_log_level(state.level);
    state.options.shutdown_timeout =
        std::chrono::milliseconds{static_cast<std::int64_t>(state.shutdown_seconds * 1000)};
    return std::nullopt;
}

settings const& command_line::settings() const noexcept
{
    return implementation_->options;
}

bool command_line::prints_openapi() const noexcept
{
    return implementation_->prints_openapi;
}

} // namespace serval
