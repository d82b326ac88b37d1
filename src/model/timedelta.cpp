#include "model/temporal_text.hpp"

#include <serval/timedelta.hpp>

#include <charconv>
#include <limits>

namespace serval {

namespace {

/// A magnitude, as two numbers that are not negative.
struct magnitude {
    std::uint64_t seconds;
    std::uint64_t microseconds;
};

magnitude magnitude_of(timedelta const& value) noexcept
{
    auto const absolute = [](std::int64_t n) {
        auto const bits = static_cast<std::uint64_t>(n);
        return n < 0 ? 0 - bits : bits; // unsigned, so that the smallest number has a magnitude
    };
    return {absolute(value.whole_seconds().count()), absolute(value.microseconds().count())};
}

bool is_negative(timedelta const& value) noexcept
{
    return value < timedelta{};
}

void append_count(std::string& out, std::uint64_t count, char unit)
{
    if (count == 0) return;
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, count).ptr);
    out += unit;
}

void append_seconds(std::string& out, std::uint64_t microseconds)
{
    if (microseconds % 1'000'000 == 0) {
        append_count(out, microseconds / 1'000'000, 'S');
        return;
    }
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, microseconds / 1'000'000).ptr);
    out += '.';
    std::string const fraction = std::to_string(microseconds % 1'000'000);
    out.append(6 - fraction.size(), '0').append(fraction);
    out.erase(out.find_last_not_of('0') + 1);
    out += 'S';
}

} // namespace

std::optional<timedelta> timedelta::from_string(std::string_view text)
{
    auto const read = model::parse_timedelta(text);
    if (!read) return std::nullopt;
    return *read;
}

std::optional<duration> timedelta::to_duration() const noexcept
{
    constexpr auto limit = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    if (seconds_.count() >= limit || seconds_.count() <= -limit) return std::nullopt;
    return seconds_ + microseconds_;
}

double timedelta::total_seconds() const noexcept
{
    // Rounded once, from the decimal digits: a quotient of doubles would be rounded twice.
    auto const [seconds, microseconds] = magnitude_of(*this);
    char digits[40];
    char* end = std::to_chars(digits, digits + 20, seconds).ptr;
    *end++ = '.';
    char fraction[8];
    char const* const fraction_end =
        std::to_chars(fraction, fraction + sizeof fraction, 1'000'000 + microseconds).ptr;
    for (char const* at = fraction + 1; at != fraction_end; ++at) // behind the 1, which keeps the zeros
        *end++ = *at;
    double value = 0;
    std::from_chars(digits, end, value);
    return is_negative(*this) ? -value : value;
}

std::string timedelta::isoformat() const
{
    auto const [seconds, microseconds] = magnitude_of(*this);
    std::string out = is_negative(*this) ? "-P" : "P";
    std::uint64_t const days = seconds / 86'400;
    append_count(out, days / 365, 'Y');
    append_count(out, days % 365, 'D');
    std::uint64_t const rest = seconds % 86'400;
    if (rest == 0 && microseconds == 0) {
        if (days == 0) out += "T0S";
        return out;
    }
    out += 'T';
    append_count(out, rest / 3600, 'H');
    append_count(out, rest / 60 % 60, 'M');
    append_seconds(out, rest % 60 * 1'000'000 + microseconds);
    return out;
}

} // namespace serval
