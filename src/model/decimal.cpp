#include "model/decimal_text.hpp"
#include "model/number_text.hpp"

#include <serval/decimal.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace serval {

decimal::decimal(std::int64_t value) : digits_(std::to_string(value))
{
    negative_ = value < 0;
    if (negative_) digits_.erase(0, 1);
}

decimal::decimal(std::string_view text)
{
    auto read = model::parse_decimal(text);
    if (!read) throw std::invalid_argument{"serval::decimal: " + read.error().message};
    *this = std::move(*read);
}

std::optional<decimal> decimal::from_string(std::string_view text)
{
    auto read = model::parse_decimal(text);
    if (!read) return std::nullopt;
    return std::move(*read);
}

std::string decimal::str() const
{
    // The General Decimal Arithmetic's to-scientific-string.
    auto const size = static_cast<std::int64_t>(digits_.size());
    std::int64_t const adjusted = exponent_ + size - 1;
    std::string text = negative_ ? "-" : "";
    if (exponent_ <= 0 && adjusted >= -6) {
        std::int64_t const whole = size + exponent_;
        if (exponent_ == 0) return text += digits_;
        if (whole > 0) {
            text.append(digits_, 0, static_cast<std::size_t>(whole)).append(".");
            return text.append(digits_, static_cast<std::size_t>(whole));
        }
        return text.append("0.").append(static_cast<std::size_t>(-whole), '0').append(digits_);
    }
    text += digits_.front();
    if (size > 1) text.append(".").append(digits_, 1);
    text += adjusted < 0 ? "E" : "E+";
    return text += std::to_string(adjusted);
}

double decimal::to_double() const
{
    double value = 0;
    model::read_decimal(str(), value);
    return value;
}

std::weak_ordering operator<=>(decimal const& a, decimal const& b) noexcept
{
    int const sign_a = a.is_zero() ? 0 : a.negative_ ? -1 : 1;
    int const sign_b = b.is_zero() ? 0 : b.negative_ ? -1 : 1;
    if (sign_a != sign_b || sign_a == 0) return sign_a <=> sign_b;
    auto const adjusted = [](decimal const& d) {
        return d.exponent_ + static_cast<std::int64_t>(d.digits_.size());
    };
    std::weak_ordering order = adjusted(a) <=> adjusted(b);
    if (order == 0) {
        // The first digits weigh the same: compare the others, where missing ones are zeros.
        std::size_t const common = std::min(a.digits_.size(), b.digits_.size());
        order = a.digits_.compare(0, common, b.digits_, 0, common) <=> 0;
        auto const has_more = [&](decimal const& d) {
            return d.digits_.find_first_not_of('0', common) != std::string::npos;
        };
        if (order == 0) order = has_more(a) <=> has_more(b);
    }
    return sign_a > 0 ? order : 0 <=> order;
}

} // namespace serval
