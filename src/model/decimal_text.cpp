#include "model/decimal_text.hpp"

#include "base/ascii.hpp"
#include "model/code_points.hpp"
#include "model/float_text.hpp"
#include "model/json_writer.hpp"
#include "model/number_text.hpp"
#include "model/white_space.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

namespace serval::model {

namespace {

using base::is_digit;

// What Python's libmpdec calls MAX_EMAX and MIN_ETINY with 64 bits.
constexpr std::int64_t max_adjusted_exponent = 999'999'999'999'999'999;
constexpr std::int64_t min_exponent = -1'999'999'999'999'999'997;

/// Python refuses to write an int with more digits; FastAPI then fails with 500.
constexpr std::int64_t max_written_zeros = 128;

/// The zeros of Unicode's decimal digits; nine more follow each.
constexpr char32_t zeros[] = {
    0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,  0x0C66,
    0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,  0x1810,
    0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,
    0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2,
    0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
};

problem decimal_syntax()
{
    return make_problem("decimal_parsing", "Input should be a valid decimal");
}

/// The digit of any script; nothing for other characters.
std::optional<char> digit_of(char32_t c) noexcept
{
    auto const after = std::upper_bound(std::begin(zeros), std::end(zeros), c);
    if (after == std::begin(zeros)) return std::nullopt;
    char32_t const value = c - *std::prev(after);
    if (value > 9) return std::nullopt;
    return static_cast<char>('0' + value);
}

/// `text` in ASCII, as Python prepares it: trimmed, without underscores, digits of other scripts replaced.
std::optional<std::string> prepare(std::string_view text)
{
    std::string ascii;
    bool ok = true;
    for_each_code_point(strip_python_space(text), [&](code_point point) {
        if (point.value == '_') return;
        if (point.value < 0x80) {
            ascii += static_cast<char>(point.value);
        } else if (auto const digit = digit_of(point.value)) {
            ascii += *digit;
        } else {
            ok = false;
        }
    });
    if (!ok) return std::nullopt;
    return ascii;
}

/// `inf`, `infinity`, `nan` and `snan`, the last two with digits behind them, in any case.
bool is_special(std::string_view text) noexcept
{
    if (base::iequals(text, "inf") || base::iequals(text, "infinity")) return true;
    std::size_t const signaling = base::iequals(text.substr(0, 1), "s") ? 1 : 0;
    if (!base::iequals(text.substr(signaling, 3), "nan")) return false;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(signaling) + 3, text.end(), is_digit);
}

/// The exponent behind `e`; saturates, for what is beyond the limits is refused anyway.
std::optional<std::int64_t> read_exponent(std::string_view text) noexcept
{
    bool const negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    constexpr std::int64_t beyond = 4 * max_adjusted_exponent;
    std::int64_t value = 0;
    for (char const c : text)
        value = value > beyond / 10 ? beyond : value * 10 + (c - '0');
    return negative ? -value : value;
}

/// Unsigned digits with a point and an exponent; nothing when it is no such number.
std::optional<decimal> read_finite(std::string_view text, bool negative)
{
    std::size_t const mark = std::min(text.find_first_of("eE"), text.size());
    std::int64_t exponent = 0;
    if (mark != text.size()) {
        auto const read = read_exponent(text.substr(mark + 1));
        if (!read) return std::nullopt;
        exponent = *read;
    }
    std::string digits;
    bool any = false;
    bool fraction = false;
    for (char const c : text.substr(0, mark)) {
        if (c == '.') {
            if (std::exchange(fraction, true)) return std::nullopt;
            continue;
        }
        if (!is_digit(c)) return std::nullopt;
        any = true;
        if (fraction) --exponent;
        if (c != '0' || !digits.empty()) digits += c;
    }
    if (!any) return std::nullopt;
    bool const zero = digits.empty();
    if (zero) digits = "0";
    auto const adjusted = exponent + static_cast<std::int64_t>(digits.size()) - 1;
    if (adjusted > max_adjusted_exponent || exponent < min_exponent) return std::nullopt;
    return decimal::from_parts(negative, std::move(digits), exponent);
}

} // namespace

outcome<decimal> parse_decimal(std::string_view text)
{
    auto const ascii = prepare(text);
    if (!ascii) return decimal_syntax();
    std::string_view rest = *ascii;
    bool const negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (is_special(rest)) return make_problem("finite_number", "Input should be a finite number");
    if (auto read = read_finite(rest, negative)) return std::move(*read);
    return decimal_syntax();
}

decimal decimal_from_double(double value)
{
    std::string text;
    append_python_float(text, value);
    auto read = parse_decimal(text);
    return read ? std::move(*read) : decimal{};
}

outcome<decimal> parse_decimal_from_json_number(std::string_view raw)
{
    if (raw.find_first_of(".eE") == std::string_view::npos)
        return parse_decimal(raw == "-0" ? "0" : raw); // Python's int has no -0
    std::string text;
    append_python_float(text, double_from_json_number(raw));
    return parse_decimal(text);
}

void append_decimal_number(std::string& out, decimal const& value)
{
    if (value.exponent() >= 0) {
        if (value.is_zero()) {
            out += '0'; // also for -0
        } else if (value.exponent() > max_written_zeros) {
            out += value.str(); // the same number; FastAPI's thousands of zeros would make a huge answer
        } else {
            if (value.is_negative()) out += '-';
            out += value.digits();
            out.append(static_cast<std::size_t>(value.exponent()), '0');
        }
        return;
    }
    if (!append_json_double(out, value.to_double())) out += value.str();
}

} // namespace serval::model
