#include "model/scalar.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace serval::model {
namespace {

template <class Integer>
Integer load(void const* at) noexcept
{
    Integer value{};
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <class Integer>
void store(std::uint64_t bits, void* at) noexcept
{
    auto const value = static_cast<Integer>(bits);
    std::memcpy(at, &value, sizeof value);
}

std::int64_t load_signed(std::uint32_t size, void const* at) noexcept
{
    switch (size) {
    case 1: return load<std::int8_t>(at);
    case 2: return load<std::int16_t>(at);
    case 4: return load<std::int32_t>(at);
    default: return load<std::int64_t>(at);
    }
}

std::uint64_t load_unsigned(std::uint32_t size, void const* at) noexcept
{
    switch (size) {
    case 1: return load<std::uint8_t>(at);
    case 2: return load<std::uint16_t>(at);
    case 4: return load<std::uint32_t>(at);
    default: return load<std::uint64_t>(at);
    }
}

} // namespace

integer_value load_integer(detail::type_table const& type, void const* at) noexcept
{
    if (type.is_signed) return make_integer(load_signed(type.size, at));
    return {.magnitude = load_unsigned(type.size, at), .negative = false};
}

bool store_integer(detail::type_table const& type, integer_value value, void* at) noexcept
{
    if (!fits(value, type.size * 8, type.is_signed)) return false;
    std::uint64_t const bits = value.negative ? std::uint64_t{0} - value.magnitude : value.magnitude;
    switch (type.size) {
    case 1: store<std::uint8_t>(bits, at); break;
    case 2: store<std::uint16_t>(bits, at); break;
    case 4: store<std::uint32_t>(bits, at); break;
    default: store<std::uint64_t>(bits, at); break;
    }
    return true;
}

double load_number(detail::type_table const& type, void const* at) noexcept
{
    return type.size == sizeof(float) ? static_cast<double>(load<float>(at)) : load<double>(at);
}

bool store_number(detail::type_table const& type, double value, void* at) noexcept
{
    if (!std::isfinite(value)) return false;
    if (type.size == sizeof(float)) {
        // Out of range the conversion itself would be undefined. The largest float's own text, 3.4028235e+38,
        // is a double beyond it; what rounds to the largest float ends half a step behind it.
        constexpr double largest = std::numeric_limits<float>::max();
        constexpr double past_all = 0x1.ffffffp127;
        if (std::fabs(value) >= past_all) return false;
        auto const narrow = static_cast<float>(std::clamp(value, -largest, largest));
        std::memcpy(at, &narrow, sizeof narrow);
    } else {
        std::memcpy(at, &value, sizeof value);
    }
    return true;
}

int compare(integer_value a, integer_value b) noexcept
{
    if (a.negative != b.negative) return a.negative ? -1 : 1;
    if (a.magnitude == b.magnitude) return 0;
    return (a.magnitude < b.magnitude) != a.negative ? -1 : 1;
}

} // namespace serval::model
