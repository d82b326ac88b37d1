#include "model/number_text.hpp"

#include "base/ascii.hpp"
#include "model/white_space.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace serval::model {

namespace {

using base::is_digit;

/// CPython's limit on the digits of an integer, which pydantic keeps.
constexpr std::size_t max_integer_characters = 4300;

problem integer_syntax()
{
    return make_problem("int_parsing",
                        "Input should be a valid integer, unable to parse string as an integer");
}

problem float_syntax()
{
    return make_problem("float_parsing",
                        "Input should be a valid number, unable to parse string as a number");
}

constexpr std::size_t count_digits(std::string_view text) noexcept
{
    std::size_t count = 0;
    while (count != text.size() && is_digit(text[count]))
        ++count;
    return count;
}

/// An integer that has been found in a text: digits, between which single underscores may stand.
struct written_integer {
    std::string_view digits;
    bool negative = false;
};

/// As a number of 64 bits.
outcome<integer_value> accumulate(written_integer written)
{
    auto const [digits, negative] = written;
    std::uint64_t value = 0;
    for (char const c : digits) {
        if (c == '_') continue;
        if (!is_digit(c)) return integer_syntax();
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
            // Too large, but still wrong rather than large when a later character is no digit.
            for (char const rest : digits) {
                if (!is_digit(rest) && rest != '_') return integer_syntax();
            }
            return integer_too_large();
        }
        value = value * 10 + digit;
    }
    return integer_value{value, negative && value != 0};
}

/// As all of its digits.
outcome<big_integer> gather(written_integer written)
{
    std::string digits;
    for (char const c : written.digits) {
        if (c == '_' || (c == '0' && digits.empty())) continue;
        if (!is_digit(c)) return integer_syntax();
        digits += c;
    }
    if (digits.empty()) return big_integer{};
    return big_integer::from_digits(written.negative, std::move(digits));
}

/// Removes leading zeros but for a last one, and underscores among them; none: nothing a number may start
/// with.
///
/// Quirk kept: after the zeros a minus sign is still taken for the number's own, so `0-5` is -5.
std::optional<std::string_view> strip_leading_zeros(std::string_view text) noexcept
{
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    if (text.front() != '0') return text;
    for (std::size_t i = 1; i != text.size(); ++i) {
        char const c = text[i];
        if (c == '0' || c == '_') continue;
        if (is_digit(c) || c == '-') return text.substr(i);
        if (c == '.') return text.substr(i - 1);
        return std::nullopt;
    }
    return text.substr(text.size() - 1);
}

/// A fraction of nothing but zeros is dropped; any other stays, and is no integer.
std::string_view strip_zero_fraction(std::string_view text) noexcept
{
    std::size_t const point = text.find('.');
    if (point == std::string_view::npos || point + 1 == text.size()) return text;
    if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return text;
    return text.substr(0, point);
}

bool has_misplaced_underscore(std::string_view text) noexcept
{
    return text.starts_with('_') || text.ends_with('_') || text.find("__") != std::string_view::npos;
}

/// What is no plain JSON integer: white space, `+`, leading zeros, underscores, `.0`.
outcome<written_integer> find_unclean_integer(std::string_view text)
{
    text = trim_white_space(text);
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return integer_syntax();
    }
    bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    auto const stripped = strip_leading_zeros(text);
    if (!stripped) return integer_syntax();
    std::string_view digits = strip_zero_fraction(*stripped);
    if (digits.empty() || has_misplaced_underscore(digits)) return integer_syntax();
    if (digits.starts_with('-')) {
        if (negative) return integer_syntax();
        negative = true;
        digits.remove_prefix(1);
        if (digits.starts_with('_')) digits.remove_prefix(1); // behind a sign it was not looked for
        // A number of its own now, without a second round of cleaning: no zeros before it.
        if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return integer_syntax();
    }
    // The limit is met only in the second reading here, and that reports it as wrong, not as large.
    if (digits.size() > max_integer_characters) return integer_syntax();
    return written_integer{digits, negative};
}

/// The integer in a text; whether its characters are digits is for the reader to see.
outcome<written_integer> find_integer(std::string_view text)
{
    std::size_t const sign = text.starts_with('-') ? 1 : 0;
    std::size_t const digits = count_digits(text.substr(sign));
    if (digits != 0 && text[sign] != '0') {
        // Before anything else is looked at, and with the sign counted.
        if (sign + digits > max_integer_characters) return integer_too_large();
        if (sign + digits == text.size()) return written_integer{text.substr(sign), sign != 0};
    }
    return find_unclean_integer(text);
}

/// A JSON number without a point and an exponent.
std::optional<written_integer> whole_json_number(std::string_view raw) noexcept
{
    if (raw.find_first_of(".eE") != std::string_view::npos) return std::nullopt;
    bool const negative = raw.starts_with('-');
    return written_integer{raw.substr(negative ? 1 : 0), negative};
}

/// `text` without its underscores, or nothing when one is misplaced. A rare spelling: this may allocate.
std::optional<std::string> without_underscores(std::string_view text)
{
    if (text.find('_') == std::string_view::npos || has_misplaced_underscore(text)) return std::nullopt;
    std::string clean;
    clean.reserve(text.size());
    for (char const c : text) {
        if (c != '_') clean += c;
    }
    return clean;
}

/// Sign, digits, point, digits, exponent: is `text` one decimal number?
bool is_decimal(std::string_view text) noexcept
{
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    std::size_t const whole = count_digits(text);
    text.remove_prefix(whole);
    std::size_t fraction = 0;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = count_digits(text);
        text.remove_prefix(fraction);
    }
    if (whole + fraction == 0) return false;
    if (text.empty()) return true;
    if (text.front() != 'e' && text.front() != 'E') return false;
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && count_digits(text) == text.size();
}

/// The exponent that ends a number, `e-7` or nothing; clamped to what no text is long enough to outweigh.
std::int64_t clamped_exponent(std::string_view text) noexcept
{
    constexpr std::int64_t most = 100'000'000'000'000'000;
    if (text.empty()) return 0;
    text.remove_prefix(1);
    bool const negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    for (char const c : text)
        value = std::min(value * 10 + (c - '0'), most);
    return negative ? -value : value;
}

/// Does an unsigned decimal number that no double can hold overflow, rather than vanish?
bool overflows(std::string_view text) noexcept
{
    std::size_t const mark = std::min(text.find_first_of("eE"), text.size());
    std::string_view const mantissa = text.substr(0, mark);
    std::size_t const first = mantissa.find_first_of("123456789");
    if (first == std::string_view::npos) return false;
    // Which power of ten the first digit counts for decides.
    auto const point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
    return point - static_cast<std::int64_t>(first) + clamped_exponent(text.substr(mark)) > 0;
}

/// `inf`, `infinity` or `nan`, in any case, without a sign.
std::optional<double> parse_float_word(std::string_view text) noexcept
{
    if (base::iequals(text, "inf") || base::iequals(text, "infinity"))
        return std::numeric_limits<double>::infinity();
    if (base::iequals(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
}

std::optional<double> parse_rust_float(std::string_view text) noexcept
{
    double value = 0;
    if (read_decimal(text, value)) return value;
    bool const negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    auto const word = parse_float_word(text);
    if (word && negative) return -*word;
    return word;
}

} // namespace

problem integer_too_large()
{
    return make_problem("int_parsing_size",
                        "Unable to parse input string as an integer, exceeded maximum size");
}

outcome<integer_value> parse_integer(std::string_view text)
{
    if (auto const value = read_plain_integer(text)) return *value;
    auto const found = find_integer(text);
    if (!found) return found.error();
    return accumulate(*found);
}

outcome<big_integer> parse_big_integer(std::string_view text)
{
    auto const found = find_integer(text);
    if (!found) return found.error();
    return gather(*found);
}

outcome<std::int64_t> parse_int64(std::string_view text)
{
    auto const value = parse_integer(text);
    if (!value) return value.error();
    if (!fits(*value, 64, true)) return integer_too_large();
    return to_int64(*value);
}

outcome<std::uint64_t> parse_uint64(std::string_view text)
{
    auto const value = parse_integer(text);
    if (!value) return value.error();
    if (!fits(*value, 64, false)) return integer_too_large();
    return value->magnitude;
}

outcome<integer_value> parse_integer_from_json_number(std::string_view raw)
{
    if (auto const value = read_plain_integer(raw)) return *value;
    if (auto const whole = whole_json_number(raw)) return accumulate(*whole);
    double const value = double_from_json_number(raw);
    if (!std::isfinite(value)) return make_problem("finite_number", "Input should be a finite number");
    if (std::trunc(value) != value) {
        return make_problem("int_from_float",
                            "Input should be a valid integer, got a number with a fractional part");
    }
    if (std::fabs(value) >= 0x1p63) return integer_too_large();
    return integer_value{static_cast<std::uint64_t>(std::fabs(value)), value < 0};
}

outcome<big_integer> parse_big_integer_from_json_number(std::string_view raw)
{
    if (auto const whole = whole_json_number(raw)) return gather(*whole);
    auto const value = parse_integer_from_json_number(raw);
    if (!value) return value.error();
    return big_integer::from_digits(value->negative, std::to_string(value->magnitude));
}

bool read_decimal(std::string_view text, double& value) noexcept
{
    if (!is_decimal(text)) return false;
    if (text.starts_with('+')) text.remove_prefix(1);
    value = double_from_json_number(text);
    return true;
}

outcome<double> parse_double(std::string_view text)
{
    if (auto const value = parse_rust_float(trim_white_space(text))) return *value;
    // Of the text as it came: white space and underscores do not go together.
    if (auto const clean = without_underscores(text)) {
        if (auto const value = parse_rust_float(*clean)) return *value;
    }
    return float_syntax();
}

double double_from_json_number(std::string_view raw) noexcept
{
    bool const negative = raw.starts_with('-');
    if (negative) raw.remove_prefix(1);
    double magnitude = 0;
    // from_chars reports what is too large and what is too small alike.
    if (std::from_chars(raw.data(), raw.data() + raw.size(), magnitude).ec == std::errc::result_out_of_range)
        magnitude = overflows(raw) ? std::numeric_limits<double>::infinity() : 0.0;
    return negative ? -magnitude : magnitude;
}

outcome<bool> parse_bool(std::string_view text)
{
    for (std::string_view const word : {"0", "f", "n", "no", "off", "false"}) {
        if (base::iequals(text, word)) return false;
    }
    for (std::string_view const word : {"1", "t", "y", "on", "yes", "true"}) {
        if (base::iequals(text, word)) return true;
    }
    return make_problem("bool_parsing", "Input should be a valid boolean, unable to interpret input");
}

outcome<bool> parse_bool_from_json_number(std::string_view raw)
{
    auto const value = parse_integer_from_json_number(raw);
    if (!value || !(fits(*value, 64, true)))
        return make_problem("bool_type", "Input should be a valid boolean");
    if (value->magnitude > 1 || value->negative) {
        return make_problem("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    }
    return value->magnitude == 1;
}

} // namespace serval::model
