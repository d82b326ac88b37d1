// What a path parameter may match: Starlette's converters, in order of precedence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace serval::routing {

/// How a path parameter matches. The order of the enumerators is the routing precedence, most specific first.
enum class converter : std::uint8_t {
    integer,        ///< `{name:int}`: [0-9]+
    floating_point, ///< `{name:float}`: [0-9]+(\.[0-9]+)?
    uuid,           ///< `{name:uuid}`: 8-4-4-4-12 hexadecimal digits, each hyphen optional
    string,         ///< `{name}` or `{name:str}`: a non-empty segment
    path            ///< `{name:path}`: all that is left, slashes included; may be empty
};

/// The number of converters.
inline constexpr std::size_t converter_count = 5;

/// The converter's name as a pattern spells it, for example "int".
std::string_view to_string(converter kind) noexcept;

/// The converter that a pattern spells `name`, if there is one.
std::optional<converter> parse_converter(std::string_view name) noexcept;

/// What `converted_size` returns when the text does not match.
inline constexpr std::size_t no_conversion = static_cast<std::size_t>(-1);

/// The number of bytes that a parameter of `kind` takes from the front of `rest`, the part of the path from
/// the start of a segment on; `no_conversion` when it does not match. All kinds but `path` match whole
/// segments.
std::size_t converted_size(converter kind, std::string_view rest) noexcept;

} // namespace serval::routing
