// Request methods.
#pragma once

#include <cstdint>
#include <string_view>

namespace serval {

/// A request method (RFC 9110 section 9). Methods that serval does not know are `other`: they match no route.
enum class method : std::uint8_t { get, head, post, put, delete_, connect, options, trace, patch, other };

/// The method's name as it stands on the wire, for example "GET"; empty for `other`.
constexpr std::string_view to_string(method m) noexcept
{
    constexpr std::string_view names[] = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                          "CONNECT", "OPTIONS", "TRACE", "PATCH", ""};
    return names[static_cast<std::uint8_t>(m)];
}

/// The method called `name` (case-sensitive, RFC 9110 section 9.1), else `method::other`.
constexpr method parse_method(std::string_view name) noexcept
{
    for (std::uint8_t i = 0; i != static_cast<std::uint8_t>(method::other); ++i) {
        if (name == to_string(static_cast<method>(i))) return static_cast<method>(i);
    }
    return method::other;
}

} // namespace serval
