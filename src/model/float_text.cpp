#include "model/float_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace serval::model {

namespace {

char* put(char* to, std::string_view text) noexcept
{
    return std::copy(text.begin(), text.end(), to);
}

char* put_zeros(char* to, std::size_t n) noexcept
{
    return std::fill_n(to, n, '0');
}

char* write_fixed(char* to, std::string_view digits, int exponent) noexcept
{
    auto const whole = static_cast<std::size_t>(exponent < 0 ? 0 : exponent + 1);
    if (exponent < 0) return put(put_zeros(put(to, "0."), static_cast<std::size_t>(-exponent - 1)), digits);
    if (digits.size() <= whole) return put(put_zeros(put(to, digits), whole - digits.size()), ".0");
    to = put(to, digits.substr(0, whole));
    *to++ = '.';
    return put(to, digits.substr(whole));
}

char* write_scientific(char* to, std::string_view digits, int exponent) noexcept
{
    *to++ = digits.front();
    if (digits.size() > 1) {
        *to++ = '.';
        to = put(to, digits.substr(1));
    }
    to = put(to, exponent < 0 ? "e-" : "e+");
    unsigned const magnitude = static_cast<unsigned>(exponent < 0 ? -exponent : exponent);
    if (magnitude < 10) *to++ = '0';
    auto const length = magnitude < 10 ? 1 : magnitude < 100 ? 2 : 3;
    return std::to_chars(to, to + length, magnitude).ptr;
}

struct short_decimal {
    std::uint64_t digits;
    std::size_t places; // of them, after the point
};

/// `magnitude` as a decimal of fifteen digits at most, of which eight at most are after the point; nothing
/// when it is none, or written with an exponent.
///
/// A quotient of whole numbers below 2^53 by such a power of ten is rounded once, as reading its digits is.
/// So if it is `magnitude`, these digits read back as that. No two decimals of up to fifteen digits are the
/// same double, so with the fewest places they are its shortest digits.
std::optional<short_decimal> find_short_decimal(double magnitude) noexcept
{
    constexpr double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    if (!(magnitude >= 1e-4 || magnitude == 0)) return std::nullopt;
    for (std::size_t places = 0; places != std::size(powers); ++places) {
        double const scaled = magnitude * powers[places] + 0.5;
        if (!(scaled < 1e15)) break;
        auto const digits = static_cast<std::int64_t>(scaled);
        if (static_cast<double>(digits) / powers[places] == magnitude)
            return short_decimal{static_cast<std::uint64_t>(digits), places};
    }
    return std::nullopt;
}

char* write_short_decimal(char* to, short_decimal number) noexcept
{
    char text[16];
    auto const end = std::to_chars(text, text + sizeof text, number.digits).ptr;
    std::string_view const digits{text, static_cast<std::size_t>(end - text)};
    if (number.places == 0) return put(put(to, digits), ".0");
    if (digits.size() <= number.places)
        return put(put_zeros(put(to, "0."), number.places - digits.size()), digits);
    std::size_t const whole = digits.size() - number.places;
    to = put(to, digits.substr(0, whole));
    *to++ = '.';
    return put(to, digits.substr(whole));
}

} // namespace

char* write_python_float(char* to, double value) noexcept
{
    if (std::isnan(value)) return put(to, "nan");
    if (auto const number = find_short_decimal(std::fabs(value))) {
        if (std::signbit(value)) *to++ = '-';
        return write_short_decimal(to, *number);
    }
    return write_any_python_float(to, value);
}

char* write_any_python_float(char* to, double value) noexcept
{
    if (std::isnan(value)) return put(to, "nan");
    if (std::signbit(value)) *to++ = '-';
    if (std::isinf(value)) return put(to, "inf");
    // 17 significant digits at most, a point, and an exponent of at most five characters.
    char text[32];
    auto const end =
        std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific).ptr;
    std::string_view const written{text, static_cast<std::size_t>(end - text)};
    std::size_t const e = written.find('e');
    int exponent = 0;
    std::from_chars(text + e + (written[e + 1] == '+' ? 2 : 1), end, exponent);

    char digits[20];
    std::size_t count = 0;
    for (char const c : written.substr(0, e)) {
        if (c != '.') digits[count++] = c;
    }
    // CPython's float_repr_style: 'r' switches to an exponent outside -4 ≤ exponent < 16.
    if (exponent < -4 || exponent >= 16) return write_scientific(to, {digits, count}, exponent);
    return write_fixed(to, {digits, count}, exponent);
}

void append_python_float(std::string& out, double value)
{
    char text[max_python_float];
    out.append(text, write_python_float(text, value));
}

double double_of_digits(float value) noexcept
{
    if (!std::isfinite(value)) return static_cast<double>(value);
    char digits[32];
    auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    double number = 0;
    std::from_chars(digits, end, number);
    return number;
}

} // namespace serval::model
