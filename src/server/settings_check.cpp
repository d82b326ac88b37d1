#include "server/settings_check.hpp"

#include "server/listen_address.hpp"
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

[[noreturn]] void refuse(std::string const& name, std::string const& value, std::string const& range)
{
    throw std::invalid_argument("settings: " + name + " is " + value + ", and must be " + range);
}

void within(std::string const& name, std::uint64_t value, std::uint64_t least, std::uint64_t most = no_bound)
{
    if (value >= least && value <= most) return;
    auto const range = most == no_bound ? "at least " + std::to_string(least)
                                        : "from " + std::to_string(least) + " to " + std::to_string(most);
    refuse(name, std::to_string(value), range);
}

void positive(std::string const& name, std::chrono::milliseconds value)
{
    if (value.count() <= 0) refuse(name, std::to_string(value.count()) + " ms", "longer than 0 ms");
}

void not_negative(std::string const& name, std::chrono::milliseconds value)
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

/// `prefix`: of the names of its settings.
void check(listen_address const& place, std::string const& prefix)
{
    // It means every interface to the resolver, and is what a variable that nobody has set gives.
    if (place.host.empty() && place.unix_path.empty())
        refuse(prefix + "host", "empty", "an address or a name: 0.0.0.0 or :: are all of this machine");
    within(prefix + "unix_mode", place.unix_mode, 0, all_permissions);
}

void check_places(serval::settings const& of)
{
    auto const all = listen_addresses(of);
    check(all.front(), {});
    for (std::size_t i = 1; i != all.size(); ++i) {
        auto const name = "also_listen[" + std::to_string(i - 1) + "]";
        check(all[i], name + ".");
        for (std::size_t other = 0; other != i; ++other) {
            if (are_one_place(all[i], all[other]))
                refuse(name, text_of(all[i]), "a place that none before it is");
        }
    }
}

} // namespace

serval::settings checked(serval::settings options)
{
    check(options.limits);
    check_places(options);
    within("threads", options.threads, 0, most_loops);
    within("pool_threads", options.pool_threads, 1, most_threads);
    within("file_threads", options.file_threads, 1, most_threads);
    not_negative("shutdown_timeout", options.shutdown_timeout);
    not_negative("hold_warning", options.hold_warning.value_or(std::chrono::milliseconds{0}));
    return options;
}

} // namespace serval::server_impl
