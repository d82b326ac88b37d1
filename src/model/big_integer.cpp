#include "model/number_text.hpp"

#include <serval/big_integer.hpp>

#include <stdexcept>

namespace serval {

big_integer::big_integer(std::string_view text)
{
    auto read = model::parse_big_integer(text);
    if (!read) throw std::invalid_argument{"serval::big_integer: " + read.error().message};
    *this = std::move(*read);
}

std::optional<big_integer> big_integer::from_string(std::string_view text)
{
    auto read = model::parse_big_integer(text);
    if (!read) return std::nullopt;
    return std::move(*read);
}

std::optional<std::int64_t> big_integer::to_int64() const noexcept
{
    if (digits_.size() > 19) return std::nullopt;
    model::integer_value value{.magnitude = 0, .negative = negative_};
    for (char const c : digits_)
        value.magnitude = value.magnitude * 10 + static_cast<std::uint64_t>(c - '0');
    if (!model::fits(value, 64, true)) return std::nullopt;
    return model::to_int64(value);
}

std::uint64_t big_integer::magnitude_modulo(std::uint64_t divisor) const noexcept
{
    // What is left stays below the divisor, so 128 bits hold ten times it.
    __extension__ using wide = unsigned __int128;
    wide left = 0;
    for (char const c : digits_)
        left = (left * 10 + static_cast<unsigned>(c - '0')) % divisor;
    return static_cast<std::uint64_t>(left);
}

std::strong_ordering operator<=>(big_integer const& a, big_integer const& b) noexcept
{
    if (a.negative_ != b.negative_)
        return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
    auto const by_size = a.digits_.size() <=> b.digits_.size();
    auto const magnitude = by_size != 0 ? by_size : a.digits_ <=> b.digits_;
    return a.negative_ ? 0 <=> magnitude : magnitude;
}

} // namespace serval
