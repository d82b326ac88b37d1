#include "server/listen_address.hpp"

#include <serval/app.hpp>
#include <serval/command_line.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval {

namespace {

constexpr int bad_usage = 2;
constexpr unsigned all_permissions = 0777;

/// The number that the whole of `text` is; nothing when it is none, or none that a T holds.
template <class T, class... Base>
std::optional<T> parse_number(std::string_view text, Base... base)
{
    T value{};
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Has an option take decimal numbers from `least` to `most`. CLI11 alone takes NaN, "1e999" and octal and
/// hexadecimal digits, and makes 2^63-1 of what is larger.
template <class T>
CLI::Validator number_from(T least, T most)
{
    auto const read = [least, most](std::string& text) -> std::string {
        auto const value = parse_number<T>(text);
        bool const good = value && *value >= least && *value <= most;             // never for NaN
        if (good && std::is_integral_v<T>) text = CLI::detail::to_string(*value); // without leading zeros
        if (good) return {};
        if (std::is_floating_point_v<T> && most == std::numeric_limits<T>::max())
            return text + " is not a finite number";
        return text + " is not a " + (std::is_integral_v<T> ? "whole " : "") + "number from " +
               CLI::detail::to_string(least) + " to " + CLI::detail::to_string(most);
    };
    return CLI::Validator{read, {}};
}

template <class T>
CLI::Validator any_number()
{
    return number_from(std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max());
}

std::string check_mode(std::string const& text)
{
    auto const value = parse_number<unsigned>(text, 8);
    return value && *value <= all_permissions ? std::string{} : text + " is no mode from 0 to 0777";
}

std::string check_place(std::string const& text)
{
    return server_impl::parse_listen_address(text) ? std::string{}
                                                   : text + " is no HOST:PORT, [IPV6]:PORT or unix:PATH";
}

std::string octal(unsigned mode)
{
    char digits[16] = {'0'};
    auto const end = std::to_chars(digits + 1, std::end(digits), mode, 8).ptr;
    return {digits, end};
}

} // namespace

struct command_line::implementation {
    implementation(app_info const& info, serval::settings defaults)
        : options{std::move(defaults)},
          level{to_string(options.level)},
          unix_mode{octal(options.unix_mode)},
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
            ->capture_default_str()
            ->transform(any_number<std::uint16_t>());
        line.add_option("--unix", options.unix_path, "Unix socket to listen on instead");
        line.add_option("--unix-mode", unix_mode, "Permissions of Unix sockets, octal")
            ->capture_default_str()
            ->check(check_mode);
        line.add_option("--listen", also_listen,
                        "Another place to listen on: HOST:PORT, [IPV6]:PORT or unix:PATH; may be repeated")
            ->allow_extra_args(false)
            ->check(check_place);
        line.add_option("--threads", options.threads, "Event loops, one thread each; 0: one a core")
            ->capture_default_str()
            ->transform(number_from<std::size_t>(0, 1024));
        line.add_option("--pool-threads", options.pool_threads, "Threads for plain handlers, at most")
            ->capture_default_str()
            ->transform(number_from<std::size_t>(1, 10'000));
        line.add_option("--connections-per-address", options.limits.connections_per_address,
                        "Open connections of one peer, at most; 0: no bound")
            ->capture_default_str()
            ->transform(number_from<std::size_t>(0, 1'000'000));
        line.add_option("--log-level", level, "debug, info, warning, error or off")
            ->capture_default_str()
            ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
        line.add_flag("--no-access-log", no_access_log, "Do not log each response");
        shutdown_option = line.add_option("--shutdown-timeout", shutdown_seconds,
                                          "Seconds that requests in flight have to end after a signal")
                              ->capture_default_str()
                              ->transform(number_from(0.0, 86'400.0));
        line.add_option("--hold-warning", hold_warning,
                        "Warn of coroutines that hold a loop for this many milliseconds; 0: never")
            ->transform(number_from<std::int64_t>(0, 3'600'000));
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
                auto* const made = line.add_option(name, value, description)->capture_default_str();
                if constexpr (std::is_arithmetic_v<T>) made->transform(any_number<T>());
            }
        } catch (CLI::ConstructionError const& error) {
            throw std::invalid_argument("option " + name + ": " + error.what());
        }
    }

    serval::settings options;
    std::string level;
    std::string unix_mode;
    std::vector<std::string> also_listen;
    double shutdown_seconds;
    std::optional<std::int64_t> hold_warning;
    bool no_access_log = false;
    bool prints_openapi = false;
    CLI::App line;
    CLI::Option const* shutdown_option;
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
    state.options.unix_mode = *parse_number<unsigned>(state.unix_mode, 8);
    if (!state.also_listen.empty()) state.options.also_listen.clear();
    for (auto const& one : state.also_listen) {
        state.options.also_listen.push_back(*server_impl::parse_listen_address(one));
        state.options.also_listen.back().unix_mode = state.options.unix_mode;
    }
    if (state.no_access_log) state.options.access_log = false;
    if (state.hold_warning) state.options.hold_warning = std::chrono::milliseconds{*state.hold_warning};
    if (state.shutdown_option->count() != 0)
        state.options.shutdown_timeout =
            std::chrono::milliseconds{std::llround(state.shutdown_seconds * 1000)};
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
