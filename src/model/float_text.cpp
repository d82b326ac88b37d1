#include "model/float_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
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
    return std::to_chars(to, to + 3, magnitude).ptr;
}

} // namespace

char* write_python_float(char* to, double value) noexcept
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
