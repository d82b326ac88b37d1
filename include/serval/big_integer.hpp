// An integer of any size.
// layer: model
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval {

/// An integer without a limit, Python's `int`, to keep and to pass on: it does not calculate.
///
/// As a parameter or a model member it reads what an `int` reads, up to Python's 4300 digits (else 422
/// `int_parsing_size`), and `ge`, `gt`, `le`, `lt` and `multiple_of` bound it. Written as a JSON number with
/// all its digits, which many JSON readers round: beyond 2⁵³ prefer text.
class big_integer {
public:
    /// Zero.
    big_integer() = default;
    // No moves: a value that was moved away would have no digits.
    big_integer(big_integer const&) = default;
    big_integer& operator=(big_integer const&) = default;
    ~big_integer() = default;

    /// Any C++ integer.
    template <std::integral T>
    explicit(false) big_integer(T value) : digits_(std::to_string(value))
    {
        take_sign();
    }

    /// Reads `text`, as a parameter is read. Throws std::invalid_argument, with the reason.
    explicit big_integer(std::string_view text);

    /// Reads `text`; nothing when it is no integer.
    static std::optional<big_integer> from_string(std::string_view text);

    /// Precondition: `digits` are decimal digits without leading zeros; "0" for zero, which is not negative.
    static big_integer from_digits(bool negative, std::string digits) noexcept
    {
        big_integer made;
        made.negative_ = negative;
        made.digits_ = std::move(digits);
        return made;
    }

    /// Below zero?
    bool is_negative() const noexcept { return negative_; }
    /// The digits without a sign; no leading zeros.
    std::string const& digits() const noexcept { return digits_; }
    /// `-12`.
    std::string str() const { return negative_ ? '-' + digits_ : digits_; }
    /// The value, if 64 bits hold it.
    std::optional<std::int64_t> to_int64() const noexcept;
    /// What is left of the magnitude by division by `divisor`, which is not zero.
    std::uint64_t magnitude_modulo(std::uint64_t divisor) const noexcept;

    friend bool operator==(big_integer const&, big_integer const&) = default;
    friend std::strong_ordering operator<=>(big_integer const& a, big_integer const& b) noexcept;

private:
    void take_sign()
    {
        negative_ = digits_.front() == '-';
        if (negative_) digits_.erase(0, 1);
    }

    std::string digits_ = "0";
    bool negative_ = false;
};

} // namespace serval
