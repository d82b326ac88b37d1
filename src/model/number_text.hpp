// Text and JSON numbers as C++ integers, doubles and booleans, by the rules of pydantic's lax mode.
#pragma once

#include "model/problem.hpp"

#include <serval/big_integer.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace serval::model {

/// Any integer of up to 64 bits of magnitude.
struct integer_value {
    std::uint64_t magnitude = 0;
    bool negative = false; ///< never for zero

    friend bool operator==(integer_value, integer_value) = default;
};

/// True when `value` is in the range of an integer type of `bits` (1 to 64) bits.
constexpr bool fits(integer_value value, unsigned bits, bool is_signed) noexcept
{
    if (!is_signed) return !value.negative && (value.magnitude >> (bits - 1)) <= 1;
    std::uint64_t const limit = std::uint64_t{1} << (bits - 1);
    return value.negative ? value.magnitude <= limit : value.magnitude < limit;
}

/// `value` as a signed number. Precondition: it fits 64 bits with a sign.
constexpr std::int64_t to_int64(integer_value value) noexcept
{
    // Through unsigned arithmetic, so that the smallest number is reached without overflow.
    return static_cast<std::int64_t>(value.negative ? std::uint64_t{0} - value.magnitude : value.magnitude);
}

/// The shape of nearly every integer that arrives: a minus sign or none, and too few digits to overflow.
/// Nothing for all else, which parse_integer() and parse_integer_from_json_number() may still read.
constexpr std::optional<integer_value> read_plain_integer(std::string_view text) noexcept
{
    bool const negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 19) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : text) {
        auto const digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) return std::nullopt;
        value = value * 10 + digit;
    }
    return integer_value{value, negative && value != 0};
}

/// The problem of an integer that its C++ type cannot hold, where Python's has no limit: `int_parsing_size`.
problem integer_too_large();

/// Reads an integer from text: white space around it, `+`, leading zeros, single underscores and a fraction
/// of zeros are accepted. Problems: `int_parsing`; `int_parsing_size` for more than 64 bits or more than 4300
/// digits.
outcome<integer_value> parse_integer(std::string_view text);

/// parse_integer() with the range of std::int64_t; `int_parsing_size` beyond.
outcome<std::int64_t> parse_int64(std::string_view text);

/// parse_integer() with the range of std::uint64_t; `int_parsing_size` beyond and below zero.
outcome<std::uint64_t> parse_uint64(std::string_view text);

/// Reads an integer from a JSON number's own text. `1.0` and `1e2` are integers, `1.5` is `int_from_float`,
/// an infinite one (`1e400`) `finite_number`; written with a point or an exponent, it must lie within ±2⁶³
/// (`int_parsing_size`).
outcome<integer_value> parse_integer_from_json_number(std::string_view raw);

/// parse_integer() without a limit of bits: up to 4300 digits.
outcome<big_integer> parse_big_integer(std::string_view text);

/// parse_integer_from_json_number() without a limit of bits, but for what is written with a point or an
/// exponent.
outcome<big_integer> parse_big_integer_from_json_number(std::string_view raw);

/// Reads a double from text, as Rust's `str::parse` with white space around or single underscores within.
/// `nan`, `inf` and `infinity` are values, and so is what overflows to infinity. Problem: `float_parsing`.
outcome<double> parse_double(std::string_view text);

/// The nearest double to a JSON number's own text; ±infinity when it is too large, ±0 when too small.
double double_from_json_number(std::string_view raw) noexcept;

/// Reads `1 t true y yes on` and `0 f false n no off` in any case. Problem: `bool_parsing`.
outcome<bool> parse_bool(std::string_view text);

/// Reads a boolean from a JSON number's own text: 0 or 1. Problems: `bool_parsing` for another whole number
/// of at most 64 bits, else `bool_type`.
outcome<bool> parse_bool_from_json_number(std::string_view raw);

/// Reads a decimal number written as Rust, C and JSON do: sign, digits, a point, an exponent; no words, no
/// white space. False when `text` is not one. Too large: infinity, too small: zero.
bool read_decimal(std::string_view text, double& value) noexcept;

} // namespace serval::model
