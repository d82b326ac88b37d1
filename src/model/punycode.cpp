#include "model/punycode.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "model/code_points.hpp"

#include <cstddef>
#include <cstdint>

namespace serval::model {

namespace {

// RFC 3492 section 5.
constexpr std::uint32_t base_size = 36;
constexpr std::uint32_t t_min = 1;
constexpr std::uint32_t t_max = 26;
constexpr std::uint32_t skew = 38;
constexpr std::uint32_t damp = 700;
constexpr std::uint32_t initial_bias = 72;
constexpr std::uint32_t initial_n = 128;

/// Longer text cannot be a label of a domain name, which has at most 63 bytes in ASCII; the time is quadratic
/// in it.
constexpr std::size_t max_code_points = 63;

// RFC 3492 section 6.1.
std::uint32_t adapt(std::uint64_t delta, std::uint64_t count, bool first) noexcept
{
    delta = first ? delta / damp : delta / 2;
    delta += delta / count;
    std::uint32_t k = 0;
    for (; delta > (base_size - t_min) * t_max / 2; k += base_size)
        delta /= base_size - t_min;
    return k + static_cast<std::uint32_t>((base_size - t_min + 1) * delta / (delta + skew));
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) noexcept
{
    if (k <= bias + t_min) return t_min;
    return k >= bias + t_max ? t_max : k - bias;
}

char to_digit(std::uint64_t value) noexcept
{
    return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

/// The value of a digit, or base_size.
std::uint32_t digit_value(char c) noexcept
{
    if (base::is_digit(c)) return static_cast<std::uint32_t>(c - '0') + 26;
    char const letter = base::to_lower(c);
    return letter >= 'a' && letter <= 'z' ? static_cast<std::uint32_t>(letter - 'a') : base_size;
}

void append_variable_length(std::string& out, std::uint64_t value, std::uint32_t bias)
{
    for (std::uint32_t k = base_size;; k += base_size) {
        std::uint32_t const t = threshold(k, bias);
        if (value < t) break;
        out += to_digit(t + (value - t) % (base_size - t));
        value = (value - t) / (base_size - t);
    }
    out += to_digit(value);
}

/// Reads one variable-length integer and adds it to `i`; false when it is malformed or too large.
bool read_variable_length(std::string_view text, std::size_t& at, std::uint32_t bias,
                          std::uint64_t& i) noexcept
{
    std::uint64_t weight = 1;
    for (std::uint32_t k = base_size;; k += base_size) {
        if (at == text.size()) return false;
        std::uint32_t const digit = digit_value(text[at++]);
        if (digit == base_size) return false;
        i += digit * weight;
        if (i > UINT32_MAX) return false;
        std::uint32_t const t = threshold(k, bias);
        if (digit < t) return true;
        weight *= base_size - t;
        if (weight > UINT32_MAX) return false;
    }
}

} // namespace

// RFC 3492 section 6.3.
std::optional<std::string> to_punycode(std::string_view label)
{
    std::u32string points;
    std::string out;
    for_each_code_point(label, [&](code_point point) {
        points += point.value;
        if (point.value < initial_n) out += static_cast<char>(point.value);
    });
    if (points.size() > max_code_points) return std::nullopt;
    std::size_t const basic = out.size();
    std::size_t handled = basic;
    if (basic != 0) out += '-';

    std::uint32_t bias = initial_bias;
    std::uint64_t delta = 0;
    for (char32_t n = initial_n; handled != points.size(); ++n) {
        char32_t next = 0x7FFFFFFF;
        for (char32_t const point : points) {
            if (point >= n && point < next) next = point;
        }
        delta += std::uint64_t{next - n} * (handled + 1);
        n = next;
        for (char32_t const point : points) {
            if (point < n) ++delta;
            if (point != n) continue;
            append_variable_length(out, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            ++handled;
        }
        ++delta;
    }
    return out;
}

// RFC 3492 section 6.2.
std::optional<std::string> from_punycode(std::string_view text)
{
    if (text.size() > max_code_points) return std::nullopt;
    std::u32string points;
    std::size_t at = 0;
    if (std::size_t const hyphen = text.rfind('-'); hyphen != std::string_view::npos) {
        for (char const c : text.substr(0, hyphen)) {
            if (static_cast<unsigned char>(c) >= initial_n) return std::nullopt;
            points += static_cast<char32_t>(c);
        }
        at = hyphen + 1;
    }
    std::uint32_t bias = initial_bias;
    std::uint64_t n = initial_n;
    std::uint64_t i = 0;
    while (at != text.size()) {
        std::uint64_t const before = i;
        if (!read_variable_length(text, at, bias, i)) return std::nullopt;
        std::uint64_t const count = points.size() + 1;
        bias = adapt(i - before, count, before == 0);
        n += i / count;
        i %= count;
        if (n > 0x10FFFF || (n >= 0xD800 && n <= 0xDFFF)) return std::nullopt;
        points.insert(points.begin() + static_cast<std::ptrdiff_t>(i), static_cast<char32_t>(n));
        ++i;
    }
    std::string out;
    for (char32_t const point : points)
        base::append_utf8(out, point);
    return out;
}

} // namespace serval::model
