#include "model/url_host.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "model/idna.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace serval::model {

namespace {

constexpr std::string_view bad_ipv4 = "invalid IPv4 address";
constexpr std::string_view bad_ipv6 = "invalid IPv6 address";

/// The forbidden domain code points of the WHATWG URL standard.
bool is_forbidden(char c) noexcept
{
    auto const code = static_cast<unsigned char>(c);
    return code <= 0x20 || code == 0x7F ||
           std::string_view{"#%/:<>?@[\\]^|"}.find(c) != std::string_view::npos;
}

std::vector<std::string_view> split_labels(std::string_view text)
{
    std::vector<std::string_view> labels;
    for (;;) {
        std::size_t const period = text.find('.');
        labels.push_back(text.substr(0, period));
        if (period == std::string_view::npos) break;
        text.remove_prefix(period + 1);
    }
    if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
    return labels;
}

bool is_all_digits(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), base::is_digit);
}

/// A number in decimal, octal (`010`) or hexadecimal (`0x`); saturates at one that no address has.
std::optional<std::uint64_t> read_ipv4_number(std::string_view text) noexcept
{
    if (text.empty()) return std::nullopt;
    int radix = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        radix = 16;
    } else if (text.size() > 1 && text.front() == '0') {
        text.remove_prefix(1);
        radix = 8;
    }
    if (text.empty()) return 0;
    std::uint64_t value = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), value, radix);
    if (read.ptr != text.data() + text.size()) return std::nullopt;
    return read.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

bool ends_in_a_number(std::vector<std::string_view> const& labels) noexcept
{
    std::string_view const last = labels.back();
    if (is_all_digits(last)) return true;
    return (last.starts_with("0x") || last.starts_with("0X")) && read_ipv4_number(last).has_value();
}

url_host parse_ipv4(std::vector<std::string_view> const& labels)
{
    if (labels.size() > 4) return url_host::wrong(bad_ipv4);
    std::uint64_t address = 0;
    for (std::size_t i = 0; i != labels.size(); ++i) {
        auto const number = read_ipv4_number(labels[i]);
        if (!number) return url_host::wrong(bad_ipv4);
        bool const last = i + 1 == labels.size();
        std::uint64_t const limit =
            last ? std::uint64_t{1} << (8 * (4 - i)) : 256; // the last fills what is left
        if (*number >= limit) return url_host::wrong(bad_ipv4);
        address += last ? *number : *number << (8 * (3 - i));
    }
    url_host made;
    for (int shift = 24; shift >= 0; shift -= 8) {
        made.text += std::to_string(address >> shift & 0xFF);
        if (shift != 0) made.text += '.';
    }
    return made;
}

/// The longest run of two zero pieces or more, the first of equals: begin and end.
std::pair<std::size_t, std::size_t> longest_zeros(std::array<unsigned, 8> const& pieces) noexcept
{
    std::pair<std::size_t, std::size_t> best{8, 8};
    for (std::size_t i = 0; i != 8; ++i) {
        std::size_t end = i;
        while (end != 8 && pieces[end] == 0)
            ++end;
        if (end - i > 1 && end - i > best.second - best.first) best = {i, end};
        if (end != i) i = end - 1;
    }
    return best;
}

/// In brackets, as RFC 5952 shortens it, but for IPv4 in it, which stays hexadecimal.
url_host parse_ipv6(std::string_view text)
{
    in6_addr address{};
    if (::inet_pton(AF_INET6, std::string{text}.c_str(), &address) != 1 ||
        text.find('\0') != std::string_view::npos)
        return url_host::wrong(bad_ipv6);
    std::array<unsigned, 8> pieces{};
    for (std::size_t i = 0; i != 8; ++i)
        pieces[i] = address.s6_addr[2 * i] * 256U + address.s6_addr[2 * i + 1];
    auto const [begin, end] = longest_zeros(pieces);
    url_host made{.text = "["};
    for (std::size_t i = 0; i != 8; ++i) {
        if (i == begin) {
            made.text += i == 0 ? "::" : ":";
            i = end - 1;
            continue;
        }
        char digits[8];
        auto const written = std::to_chars(digits, digits + sizeof digits, pieces[i], 16);
        made.text.append(digits, written.ptr);
        if (i != 7) made.text += ':';
    }
    made.text += ']';
    return made;
}

} // namespace

url_host parse_special_host(std::string_view text)
{
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return url_host::wrong(bad_ipv6);
        return parse_ipv6(text.substr(1, text.size() - 2));
    }
    auto domain = domain_to_ascii(base::percent_decode(text));
    if (!domain || std::any_of(domain->begin(), domain->end(), is_forbidden))
        return url_host::wrong("invalid international domain name");
    if (domain->empty()) return url_host::wrong("empty host");
    auto const labels = split_labels(*domain);
    if (ends_in_a_number(labels)) return parse_ipv4(labels);
    return {.text = std::move(*domain)};
}

url_host parse_opaque_host(std::string_view text)
{
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return url_host::wrong(bad_ipv6);
        return parse_ipv6(text.substr(1, text.size() - 2));
    }
    constexpr std::string_view refused{"\0\t\n\r #/:<>?@[\\]^|", 17};
    if (text.find_first_of(refused) != std::string_view::npos)
        return url_host::wrong("invalid domain character");
    return {.text = std::string{text}}; // of no further use: such a scheme is refused
}

} // namespace serval::model
