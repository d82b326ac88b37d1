// Content-Type values (RFC 9110 section 8.3.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::wire {

/// A view of a Content-Type value: `type/subtype` and the raw parameters.
struct media_type {
    std::string_view type;       ///< as sent; compare without case
    std::string_view subtype;    ///< as sent
    std::string_view parameters; ///< what follows the first ';', raw
};

/// Splits a Content-Type value; nullopt when it is no `token/token[;…]`. Linear, no backtracking.
std::optional<media_type> parse_media_type(std::string_view value) noexcept;

/// True for application/json and application/*+json, any case, with any parameters (what FastAPI parses as
/// JSON).
bool is_json(std::string_view content_type) noexcept;

/// The value of parameter `name`, unquoted; nullopt when it is not there or is malformed.
std::optional<std::string> parameter_of(media_type const& type, std::string_view name);

} // namespace serval::wire
