// The grammar of durations: ISO 8601, and days with hours, minutes and seconds.
#include "base/ascii.hpp"
#include "model/temporal_scan.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace serval::model {

namespace {

using reason = temporal_reason;

/// speedate counts in 32 bits, and reports what does not fit them.
constexpr std::uint64_t max_value = std::numeric_limits<std::uint32_t>::max();

/// speedate's limit on hours, whatever its message says.
constexpr std::uint64_t max_total_hours = 2'400'000'000;

struct quantity {
    std::uint64_t value = 0;
    double fraction = 0;
    bool has_fraction = false;
    std::size_t end = 0;
};

temporal_result<quantity> scan_number(std::string_view text, std::size_t at) noexcept
{
    if (digit_at(text, at) < 0) return reason::duration_number;
    quantity result;
    for (int digit = digit_at(text, at); digit >= 0; digit = digit_at(text, ++at)) {
        result.value = result.value * 10 + static_cast<std::uint64_t>(digit);
        if (result.value > max_value) return reason::duration_value_too_large;
    }
    result.end = at;
    return result;
}

temporal_result<quantity> scan_quantity(std::string_view text, std::size_t at) noexcept
{
    auto result = scan_number(text, at);
    if (!result || result->end == text.size()) return result;
    if (text[result->end] != '.' && text[result->end] != ',') return result;
    double decimal = 0;
    double denominator = 1;
    std::size_t end = result->end + 1;
    for (int digit = digit_at(text, end); digit >= 0; digit = digit_at(text, ++end)) {
        decimal = decimal * 10 + digit;
        denominator *= 10;
    }
    // Hundreds of digits overflow both; such a fraction counts as none.
    result->fraction = std::isfinite(denominator) ? decimal / denominator : 0;
    result->has_fraction = true;
    result->end = end;
    return result;
}

/// How many of the base unit (days, or seconds after the `T`) the letter stands for, or 0.
constexpr std::uint64_t unit_size(char letter, bool time_part) noexcept
{
    if (time_part) return letter == 'H' ? 3600 : letter == 'M' ? 60 : letter == 'S' ? 1 : 0;
    return letter == 'Y' ? 365 : letter == 'M' ? 30 : letter == 'W' ? 7 : letter == 'D' ? 1 : 0;
}

std::uint64_t round_to_microseconds(double seconds) noexcept
{
    return static_cast<std::uint64_t>(std::round(seconds * 1e6));
}

void add_fraction(raw_duration& sum, double amount, bool time_part) noexcept
{
    double const whole = std::trunc(amount);
    double seconds = amount - whole;
    if (time_part) {
        sum.seconds += static_cast<std::uint64_t>(whole);
    } else {
        sum.days += static_cast<std::uint64_t>(whole);
        seconds *= 86'400;
        sum.seconds += static_cast<std::uint64_t>(std::trunc(seconds));
        seconds -= std::trunc(seconds);
    }
    sum.microseconds += round_to_microseconds(seconds);
}

/// Reads what follows the `P`.
temporal_result<raw_duration> scan_iso(std::string_view text, std::size_t start) noexcept
{
    raw_duration sum;
    bool time_part = false;
    bool had_fraction = false;
    for (std::size_t at = start; at < text.size(); ++at) {
        if (text[at] == 'T') {
            if (time_part) return reason::duration_t_repeated;
            time_part = true;
            continue;
        }
        auto const number = scan_quantity(text, at);
        if (!number) return number.error();
        if (had_fraction) return reason::duration_fraction;
        had_fraction = number->has_fraction;
        at = number->end;
        std::uint64_t const unit = at < text.size() ? unit_size(text[at], time_part) : 0;
        if (unit == 0) return time_part ? reason::duration_time_unit : reason::duration_date_unit;
        auto& total = time_part ? sum.seconds : sum.days;
        total += number->value * unit;
        if (number->has_fraction) add_fraction(sum, number->fraction * static_cast<double>(unit), time_part);
        if (number->value * unit > max_value || sum.days > max_value || sum.seconds > max_value) {
            return reason::duration_value_too_large;
        }
    }
    if (text.size() - start < 2) return reason::too_short;
    return sum;
}

/// Reads `H…:MM[:SS[.ffffff]]` with hours up to `max_hours`.
///
/// Quirk kept: only twelve characters after the first colon are looked at.
temporal_result<raw_duration> scan_hours(std::string_view text, std::uint64_t max_hours) noexcept
{
    if (text.size() < 5) return reason::too_short;
    std::size_t const colon = text.find(':');
    if (colon == std::string_view::npos) return reason::hour;
    if (colon > 10) return reason::duration_hours_too_large;
    std::uint64_t hours = 0;
    for (char const c : text.substr(0, colon)) {
        if (!base::is_digit(c)) return reason::hour;
        hours = hours * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (hours > max_total_hours) return reason::duration_hours_too_large;

    char clock_text[15] = {'0', '0', ':'};
    std::string_view const rest = text.substr(colon + 1, sizeof clock_text - 3);
    std::memcpy(clock_text + 3, rest.data(), rest.size());
    auto const clock = scan_clock_time({clock_text, 3 + rest.size()});
    if (!clock) return clock.error();
    if (clock->end != 3 + rest.size()) return reason::extra_characters;
    if (hours > max_hours) return reason::duration_hours_too_large;
    raw_duration result;
    result.days = hours / 24;
    result.seconds = hours % 24 * 3600 + static_cast<std::uint64_t>(clock->minute * 60 + clock->second);
    result.microseconds = static_cast<std::uint64_t>(clock->microsecond);
    return result;
}

bool is_letter_at(std::string_view text, std::size_t at, char letter) noexcept
{
    return at < text.size() && base::to_lower(text[at]) == letter;
}

/// Where the word for days, a comma and a space end: after `d`, `day` or `days`, of which `at` is the `d`.
temporal_result<std::size_t> skip_day_word(std::string_view text, std::size_t at) noexcept
{
    if (text.substr(at).starts_with(' '))
        ++at;
    else if (!is_letter_at(text, at, 'd'))
        return reason::duration_days;
    if (!is_letter_at(text, at, 'd')) return reason::duration_days;
    ++at;
    if (is_letter_at(text, at, 'a')) {
        // speedate's quirk: what follows the `d` is of one case.
        std::string_view const ending = text[at] == 'a' ? "ays" : "AYS";
        std::string_view const rest = text.substr(at);
        if (!rest.starts_with(ending.substr(0, 2))) return reason::duration_days;
        at += rest.starts_with(ending) ? 3 : 2;
    }
    if (text.substr(at).starts_with(',')) ++at;
    if (text.substr(at).starts_with(' ')) ++at;
    return at;
}

temporal_result<raw_duration> scan_days_time(std::string_view text, std::size_t at) noexcept
{
    if (at == text.size()) return reason::too_short;
    auto const days = scan_number(text, at);
    if (!days) return days.error();
    auto const rest = skip_day_word(text, days->end);
    if (!rest) return rest.error();
    raw_duration result;
    if (*rest < text.size()) {
        auto const time = scan_hours(text.substr(*rest), 23);
        if (!time) return time.error();
        result = *time;
    }
    result.days += days->value;
    return result;
}

temporal_result<raw_duration> scan_unsigned(std::string_view text, std::size_t at) noexcept
{
    if (text.substr(at).starts_with('P')) return scan_iso(text, at + 1);
    if (text.size() - at < 5 || text.find_first_of("dD") != std::string_view::npos)
        return scan_days_time(text, at);
    return scan_hours(text.substr(at), max_total_hours);
}

} // namespace

temporal_result<raw_duration> scan_duration(std::string_view text) noexcept
{
    if (text.empty()) return reason::too_short;
    bool const has_sign = text.front() == '+' || text.front() == '-';
    auto result = scan_unsigned(text, has_sign ? 1 : 0);
    if (!result) return result;
    result->negative = text.front() == '-';
    return normalize(*result);
}

temporal_result<raw_duration> normalize(raw_duration value) noexcept
{
    value.seconds += value.microseconds / 1'000'000;
    value.microseconds %= 1'000'000;
    value.days += value.seconds / 86'400;
    value.seconds %= 86'400;
    if (value.days > 999'999'999) {
        return value.days > max_value ? reason::duration_value_too_large : reason::duration_days_too_large;
    }
    return value;
}

} // namespace serval::model
