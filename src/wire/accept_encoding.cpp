// The codings that a client takes for a response: Accept-Encoding (RFC 9110 section 12.5.3).
#include "wire/accept_encoding.hpp"

#include "base/ascii.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace serval::wire {

namespace {

// Takes what is before the first `separator` off the front of `text`, and the separator with it.
std::string_view take_until(std::string_view& text, char separator) noexcept
{
    std::size_t const end = text.find(separator);
    auto const taken = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return base::trim_ows(taken);
}

// A weight (RFC 9110 section 12.4.2) in thousandths.
std::optional<int> parse_weight(std::string_view parameter) noexcept
{
    auto const name = take_until(parameter, '=');
    auto value = base::trim_ows(parameter);
    if (!base::iequals(name, "q") || value.empty() || (value[0] != '0' && value[0] != '1'))
        return std::nullopt;
    int thousandths = (value[0] - '0') * 1000;
    value.remove_prefix(1);
    if (value.empty()) return thousandths;
    if (value[0] != '.' || value.size() > 4) return std::nullopt;
    value.remove_prefix(1);
    int unit = 100;
    for (char const c : value) {
        if (c < '0' || c > '9') return std::nullopt;
        thousandths += (c - '0') * unit;
        unit /= 10;
    }
    return thousandths <= 1000 ? std::optional{thousandths} : std::nullopt;
}

} // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept
{
    std::optional<int> gzip;
    std::optional<int> any;
    int identity = 0;
    while (!accept_encoding.empty()) {
        auto element = take_until(accept_encoding, ',');
        auto const coding = take_until(element, ';');
        auto const weight = element.empty() ? std::optional{1000} : parse_weight(element);
        if (!weight) continue;
        if (base::iequals(coding, "gzip") || base::iequals(coding, "x-gzip")) gzip = weight;
        if (base::iequals(coding, "identity")) identity = *weight;
        if (coding == "*") any = weight;
    }
    int const preference = gzip.value_or(any.value_or(0));
    return preference > 0 && preference >= identity;
}

} // namespace serval::wire
