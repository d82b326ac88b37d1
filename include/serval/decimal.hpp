// A decimal number with all of its digits.
// layer: model
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval {

/// A finite decimal number that is kept as it was written, Python's `Decimal`, to keep and to pass on: it
/// does not calculate. Its value is ±digits × 10^exponent; `1.50` and `1.5` are equal, but written apart.
///
/// As a parameter or a model member it reads what `Decimal` reads: white space around it, underscores, digits
/// of any script, a fraction, an exponent of up to 10¹⁸; else 422 `decimal_parsing`, and `finite_number` for
/// NaN and infinities. A JSON number is taken as Python's `str` of it. `ge`, `gt`, `le` and `lt` bound it.
/// Written as FastAPI does it: in a model as a string with all digits, by itself as a number (a double's, if
/// it has a fraction).
class decimal {
public:
    /// Zero.
    decimal() = default;
    // No moves: a value that was moved away would have no digits.
    decimal(decimal const&) = default;
    decimal& operator=(decimal const&) = default;
    ~decimal() = default;

    /// The integer `value`.
    explicit decimal(std::int64_t value);

    /// Reads `text`, as a parameter is read. Throws std::invalid_argument, with the reason.
    explicit decimal(std::string_view text);

    /// Reads `text`; nothing when it is no finite decimal number.
    static std::optional<decimal> from_string(std::string_view text);

    /// ±`digits` × 10^`exponent`. Precondition: `digits` are decimal digits without leading zeros, "0" for
    /// zero, and the exponent is within ±10¹⁸.
    static decimal from_parts(bool negative, std::string digits, std::int64_t exponent) noexcept
    {
        decimal made;
        made.negative_ = negative;
        made.digits_ = std::move(digits);
        made.exponent_ = exponent;
        return made;
    }

    /// Written with a minus sign, which zero may have, too.
    bool is_negative() const noexcept { return negative_; }
    bool is_zero() const noexcept { return digits_ == "0"; }
    /// The digits without a sign and a point; no leading zeros.
    std::string const& digits() const noexcept { return digits_; }
    /// By which power of ten the digits count.
    std::int64_t exponent() const noexcept { return exponent_; }

    /// As Python writes it: `1.50`, `1E+3`, `1E-7`, `-0`.
    std::string str() const;
    /// The nearest double; beyond the range of one an infinity or zero.
    double to_double() const;

    /// By value: `1.0` equals `1.00`, `-0` equals `0`.
    friend bool operator==(decimal const& a, decimal const& b) noexcept { return (a <=> b) == 0; }
    friend std::weak_ordering operator<=>(decimal const& a, decimal const& b) noexcept;

private:
    std::string digits_ = "0";
    std::int64_t exponent_ = 0;
    bool negative_ = false;
};

} // namespace serval
