// Byte ranges of a representation: the Range and Content-Range fields (RFC 9110 section 14).
#include "wire/byte_range.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace serval::wire {

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

// Takes the digits at the front of `text`; nullopt when there are none.
std::optional<std::uint64_t> take_number(std::string_view& text) noexcept
{
    std::size_t n = 0;
    std::uint64_t value = 0;
    for (; n != text.size() && base::is_digit(text[n]); ++n) {
        auto const digit = static_cast<std::uint64_t>(text[n] - '0');
        value = value > (largest - digit) / 10 ? largest : value * 10 + digit;
    }
    if (n == 0) return std::nullopt;
    text.remove_prefix(n);
    return value;
}

enum class spec_outcome { satisfiable, unsatisfiable, malformed };

// Reads one `first-last`, `first-` or `-suffix`; `length` is not 0.
std::pair<spec_outcome, byte_range> read_spec(std::string_view spec, std::uint64_t length) noexcept
{
    auto const first = take_number(spec);
    if (!spec.starts_with('-')) return {spec_outcome::malformed, {}};
    spec.remove_prefix(1);
    auto const last = take_number(spec);
    if (!spec.empty() || (!first && !last)) return {spec_outcome::malformed, {}};
    if (!first) { // the last so many bytes
        if (*last == 0) return {spec_outcome::unsatisfiable, {}};
        return {spec_outcome::satisfiable, {length - std::min(*last, length), length - 1}};
    }
    if (last && *last < *first) return {spec_outcome::malformed, {}};
    if (*first >= length) return {spec_outcome::unsatisfiable, {}};
    return {spec_outcome::satisfiable, {*first, std::min(last.value_or(largest), length - 1)}};
}

// Neither end can overflow: both are below a length.
bool touch(byte_range a, byte_range b) noexcept
{
    return a.first <= b.last + 1 && b.first <= a.last + 1;
}

// Adds `range` to those that do not touch each other; at most max_ranges, so that walking over them is cheap.
void add(std::vector<byte_range>& ranges, byte_range range)
{
    std::size_t place = ranges.size();
    for (std::size_t i = 0; i != ranges.size();) {
        if (!touch(ranges[i], range)) {
            ++i;
            continue;
        }
        range = {std::min(range.first, ranges[i].first), std::max(range.last, ranges[i].last)};
        place = std::min(place, i);
        ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(i));
        i = 0; // what has grown may touch those that it did not before
    }
    ranges.insert(ranges.begin() + static_cast<std::ptrdiff_t>(std::min(place, ranges.size())), range);
}

} // namespace

range_selection select_ranges(std::string_view field, std::uint64_t length)
{
    constexpr std::string_view unit = "bytes";
    std::size_t const equals = field.find('=');
    if (length == 0 || equals == std::string_view::npos) return {};
    if (!base::iequals(field.substr(0, equals), unit)) return {};

    range_selection result{range_outcome::unsatisfiable};
    std::size_t count = 0;
    for (std::string_view rest = field.substr(equals + 1);;) {
        std::size_t const comma = std::min(rest.find(','), rest.size());
        // Empty elements of a list are allowed (RFC 9110 section 5.6.1).
        if (auto const spec = base::trim_ows(rest.substr(0, comma)); !spec.empty()) {
            auto const [outcome, range] = read_spec(spec, length);
            if (outcome == spec_outcome::malformed || ++count > max_ranges) return {};
            if (outcome == spec_outcome::satisfiable) add(result.ranges, range);
        }
        if (comma == rest.size()) break;
        rest.remove_prefix(comma + 1);
    }
    if (count == 0) return {};
    if (!result.ranges.empty()) result.outcome = range_outcome::partial;
    return result;
}

std::string content_range(byte_range range, std::uint64_t length)
{
    return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" +
           std::to_string(length);
}

std::string unsatisfied_content_range(std::uint64_t length)
{
    return "bytes */" + std::to_string(length);
}

} // namespace serval::wire
