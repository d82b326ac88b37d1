#include "server/settings_check.hpp"

#include "wire/head.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace serval::server_impl {

namespace {

constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t longest_head = 16 * 1024 * 1024;
constexpr std::uint64_t most_threads = 10'000;
constexpr std::uint64_t most_loops = 1024;
constexpr unsigned all_permissions = 0777;

[[noreturn]] void refuse(char const* name, std::string const& value, std::string const& range)
{
    throw std::invalid_argument("settings: " + std::string{name} + " is " + value + ", and must be " + range);
}

void within(char const* name, std::uint64_t value, std::uint64_t least, std::uint64_t most = no_bound)
{
    if (value >= least && value <= most) return;
    auto const range = most == no_bound ? "at least " + std::to_string(least)
                                        : "from " + std::to_string(least) + " to " + std::to_string(most);
    refuse(name, std::to_string(value), range);
}

void positive(char const* name, std::chrono::milliseconds value)
{
    if (value.count() <= 0) refuse(name, std::to_string(value.count()) + " ms", "longer than 0 ms");
}

void not_negative(char const* name, std::chrono::milliseconds value)
{
    if (value.count() < 0) refuse(name, std::to_string(value.count()) + " ms", "0 ms or longer");
}

void check(limits const& of)
{
    within("limits.request_line", of.request_line, 16, longest_head);
    within("limits.header_block", of.header_block, 16, longest_head);
    within("limits.header_count", of.header_count, 1, wire::request_head::max_fields);
    within("limits.part_headers", of.part_headers, 1);
    within("limits.part_header_block", of.part_header_block, 16);
    within("limits.connections", of.connections, 1);
    positive("limits.head_timeout", of.head_timeout);
    positive("limits.keep_alive_timeout", of.keep_alive_timeout);
    positive("limits.rate_grace", of.rate_grace);
    not_negative("limits.handler_timeout", of.handler_timeout);
    not_negative("limits.linger_timeout", of.linger_timeout);
}

} // namespace

serval::settings checked(serval::settings options)
{
    check(options.limits);
    // It means every interface to the resolver, and is what a variable that nobody has set gives.
    if (options.host.empty() && options.unix_path.empty())
        refuse("host", "empty", "an address or a name: 0.0.0.0 or :: are all of this machine");
    within("unix_mode", options.unix_mode, 0, all_permissions);
    within("threads", options.threads, 0, most_loops);
    within("pool_threads", options.pool_threads, 1, most_threads);
    within("file_threads", options.file_threads, 1, most_threads);
    not_negative("shutdown_timeout", options.shutdown_timeout);
    not_negative("hold_warning", options.hold_warning.value_or(std::chrono::milliseconds{0}));
    return options;
}

} // namespace serval::server_impl
