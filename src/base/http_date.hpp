// HTTP dates (RFC 9110 section 5.6.7), without locale, time zone or allocation.
#pragma once

#include <array>
#include <ctime>
#include <optional>
#include <string_view>

namespace serval::base {

/// `time` as IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT". Years outside 0 to 9999 are clamped.
std::array<char, 29> format_http_date(std::time_t time) noexcept;

/// Reads IMF-fixdate and the two obsolete forms (RFC 850 and asctime); nullopt when `text` is none of them.
///
/// The two-digit year of an RFC 850 date is taken as 1970 to 2069.
std::optional<std::time_t> parse_http_date(std::string_view text) noexcept;

} // namespace serval::base
