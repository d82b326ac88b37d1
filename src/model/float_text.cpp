#include "model/float_text.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace serval::model {

namespace {

void append_fixed(std::string& out, std::string_view digits, int exponent)
{
    auto const whole = static_cast<std::size_t>(exponent < 0 ? 0 : exponent + 1);
    if (exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-exponent - 1), '0');
        out += digits;
    } else if (digits.size() <= whole) {
        out += digits;
        out.append(whole - digits.size(), '0');
        out += ".0";
    } else {
        out += digits.substr(0, whole);
        out += '.';
        out += digits.substr(whole);
    }
}

void append_scientific(std::string& out, std::string_view digits, int exponent)
{
    out += digits.front();
    if (digits.size() > 1) {
        out += '.';
        out += digits.substr(1);
    }
    out += exponent < 0 ? "e-" : "e+";
    unsigned const magnitude = static_cast<unsigned>(exponent < 0 ? -exponent : exponent);
    if (magnitude < 10) out += '0';
    char text[4];
    out.append(text, std::to_chars(text, text + sizeof text, magnitude).ptr);
}

} // namespace

void append_python_float(std::string& out, double value)
{
    if (std::isnan(value)) {
        out += "nan";
        return;
    }
    if (std::signbit(value)) out += '-';
    if (std::isinf(value)) {
        out += "inf";
        return;
    }
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
    if (exponent < -4 || exponent >= 16)
        append_scientific(out, {digits, count}, exponent);
    else
        append_fixed(out, {digits, count}, exponent);
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
