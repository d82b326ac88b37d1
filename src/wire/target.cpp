// Request targets and authorities (RFC 9112 section 3.2, RFC 3986 section 3.2).
#include "wire/target.hpp"

#include "base/ascii.hpp"
#include "wire/scan.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstddef>

namespace serval::wire {

namespace {

// unreserved and sub-delims (RFC 3986 section 2): what a reg-name may have beside escapes.
constexpr std::array<bool, 256> make_host_table() noexcept
{
    std::array<bool, 256> table{};
    for (char const c : std::string_view{"-._~!$&'()*+,;=0123456789"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}

constexpr auto host_table = make_host_table();

bool is_reg_name(std::string_view host) noexcept
{
    for (std::size_t i = 0; i != host.size(); ++i) {
        if (host_table[static_cast<unsigned char>(host[i])]) continue;
        bool const escape =
            host[i] == '%' && host.size() - i >= 3 && base::is_hex(host[i + 1]) && base::is_hex(host[i + 2]);
        if (!escape) return false;
        i += 2;
    }
    return !host.empty();
}

bool is_ipv6_address(std::string_view text) noexcept
{
    std::array<char, INET6_ADDRSTRLEN> terminated{}; // inet_pton wants a C string
    if (text.size() >= terminated.size() || text.find('\0') != text.npos) return false;
    std::copy(text.begin(), text.end(), terminated.begin());
    in6_addr address;
    return inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

bool is_port(std::string_view text) noexcept
{
    for (char const c : text) {
        if (!base::is_digit(c)) return false;
    }
    return text.size() < 5 || (text.size() == 5 && text <= "65535");
}

bool has_only_target_bytes(std::string_view target) noexcept
{
    return std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
}

void split_query(std::string_view text, request_target& out) noexcept
{
    std::size_t const mark = text.find('?');
    out.path = text.substr(0, mark);
    if (mark != std::string_view::npos) out.query = text.substr(mark + 1);
}

std::optional<request_target> parse_absolute(std::string_view target) noexcept
{
    std::size_t const colon = target.find(':');
    if (colon == std::string_view::npos || target.substr(colon, 3) != "://") return std::nullopt;
    std::string_view const scheme = target.substr(0, colon);
    if (!base::iequals(scheme, "http") && !base::iequals(scheme, "https")) return std::nullopt;

    std::string_view const rest = target.substr(colon + 3);
    std::size_t const authority_end = std::min(rest.find_first_of("/?"), rest.size());
    request_target out;
    out.authority = rest.substr(0, authority_end);
    if (!is_valid_authority(out.authority)) return std::nullopt;
    split_query(rest.substr(authority_end), out);
    if (out.path.empty()) out.path = "/";
    return out;
}

} // namespace

std::optional<request_target> parse_target(method m, std::string_view target) noexcept
{
    if (target.empty() || m == method::connect || !has_only_target_bytes(target)) return std::nullopt;
    request_target out;
    if (target.front() == '/') {
        split_query(target, out);
        return out;
    }
    if (target == "*") {
        if (m != method::options) return std::nullopt;
        out.path = target;
        return out;
    }
    return parse_absolute(target);
}

namespace {

// Apart, so that the usual ones are not charged for its registers.
[[gnu::noinline]] bool is_unusual_authority(std::string_view authority) noexcept
{
    if (authority.starts_with('[')) {
        std::size_t const close = authority.find(']');
        if (close == std::string_view::npos || !is_ipv6_address(authority.substr(1, close - 1))) return false;
        authority.remove_prefix(close + 1);
        return authority.empty() || (authority.front() == ':' && is_port(authority.substr(1)));
    }
    std::size_t const colon = authority.find(':');
    if (!is_reg_name(authority.substr(0, colon))) return false;
    return colon == std::string_view::npos || is_port(authority.substr(colon + 1));
}

} // namespace

bool is_valid_authority(std::string_view authority) noexcept
{
    char const* const end = authority.data() + authority.size();
    char const* const name_end = skip_allowed(host_table, authority.data(), end);
    if (name_end == authority.data()) return is_unusual_authority(authority);
    if (name_end == end) return true;
    if (*name_end == ':') return is_port({name_end + 1, static_cast<std::size_t>(end - name_end - 1)});
    return is_unusual_authority(authority);
}

} // namespace serval::wire
