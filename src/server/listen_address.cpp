#include "server/listen_address.hpp"

#include "base/ascii.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace serval::server_impl {

namespace {

constexpr std::string_view unix_prefix = "unix:";

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

} // namespace

std::vector<listen_address> listen_addresses(serval::settings const& of)
{
    std::vector<listen_address> all{{of.host, of.port, of.unix_path, of.unix_mode}};
    all.insert(all.end(), of.also_listen.begin(), of.also_listen.end());
    return all;
}

std::string text_of(listen_address const& place)
{
    if (!place.unix_path.empty()) return std::string{unix_prefix} + place.unix_path;
    bool const v6 = place.host.find(':') != std::string::npos;
    return (v6 ? "[" + place.host + "]" : place.host) + ":" + std::to_string(place.port);
}

std::optional<listen_address> parse_listen_address(std::string_view text)
{
    listen_address place;
    if (text.starts_with(unix_prefix)) {
        place.unix_path = text.substr(unix_prefix.size());
        if (place.unix_path.empty()) return std::nullopt;
        return place;
    }
    auto const colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    auto const port = parse_port(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    bool const in_brackets = host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    // Without the brackets the end of an IPv6 address would be the port.
    bool const v6 = host.find(':') != host.npos;
    if (!port || host.empty() || host.find_first_of("[]") != host.npos || in_brackets != v6)
        return std::nullopt;
    place.host = host;
    place.port = *port;
    return place;
}

bool are_one_place(listen_address const& one, listen_address const& other) noexcept
{
    if (!one.unix_path.empty() || !other.unix_path.empty()) return one.unix_path == other.unix_path;
    return one.port != 0 && one.port == other.port && base::iequals(one.host, other.host);
}

} // namespace serval::server_impl
