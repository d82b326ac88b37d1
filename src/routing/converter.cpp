// Matching of path parameters, after the regular expressions of Starlette's convertors.py.
#include "routing/converter.hpp"

#include <array>
#include <cassert>

namespace serval::routing {
namespace {

constexpr std::array<std::string_view, converter_count> names{"int", "float", "uuid", "str", "path"};

// Not the <cctype> predicates: those depend on the locale.
constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

constexpr bool is_hex_digit(char c) noexcept
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr std::size_t skip_digits(std::string_view rest, std::size_t at) noexcept
{
    while (at != rest.size() && is_digit(rest[at]))
        ++at;
    return at;
}

/// `size` if a segment of `rest` ends there and is not empty.
constexpr std::size_t whole_segment(std::string_view rest, std::size_t size) noexcept
{
    bool const ends = size != 0 && (size == rest.size() || rest[size] == '/');
    return ends ? size : no_conversion;
}

constexpr std::size_t float_size(std::string_view rest) noexcept
{
    std::size_t const whole = skip_digits(rest, 0);
    if (whole == 0 || whole == rest.size() || rest[whole] != '.') return whole_segment(rest, whole);
    std::size_t const end = skip_digits(rest, whole + 1);
    return end == whole + 1 ? no_conversion : whole_segment(rest, end);
}

constexpr std::size_t uuid_size(std::string_view rest) noexcept
{
    std::size_t at = 0;
    for (unsigned digits : {8U, 4U, 4U, 4U, 12U}) {
        if (at != 0 && at != rest.size() && rest[at] == '-') ++at;
        for (; digits != 0; --digits, ++at) {
            if (at == rest.size() || !is_hex_digit(rest[at])) return no_conversion;
        }
    }
    return whole_segment(rest, at);
}

} // namespace

std::string_view to_string(converter kind) noexcept
{
    return names[static_cast<std::size_t>(kind)];
}

std::optional<converter> parse_converter(std::string_view name) noexcept
{
    for (std::size_t i = 0; i != names.size(); ++i) {
        if (name == names[i]) return static_cast<converter>(i);
    }
    return std::nullopt;
}

std::size_t converted_size(converter kind, std::string_view rest) noexcept
{
    switch (kind) {
    case converter::integer: return whole_segment(rest, skip_digits(rest, 0));
    case converter::floating_point: return float_size(rest);
    case converter::uuid: return uuid_size(rest);
    case converter::string: {
        std::size_t const slash = rest.find('/');
        return whole_segment(rest, slash == rest.npos ? rest.size() : slash);
    }
    case converter::path: return rest.size();
    }
    assert(false);
    return no_conversion;
}

} // namespace serval::routing
