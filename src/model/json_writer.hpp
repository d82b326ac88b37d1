// Appends compact JSON text, byte for byte as Python's json.dumps(ensure_ascii=False, separators=(",", ":")).
#pragma once

#include "model/json_document.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace serval::model {

/// The limit of what may be as long as it is.
inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// Whether a text of `size` bytes may be `more` bytes longer.
constexpr bool has_room(std::size_t size, std::size_t limit, std::size_t more = 0) noexcept
{
    return size <= limit && more <= limit - size;
}

/// Appends `text` as a JSON string, quotes included.
///
/// Escapes only `"`, `\` and control characters; what is no valid UTF-8 becomes U+FFFD, one for each maximal
/// subpart.
void append_json_string(std::string& out, std::string_view text);

/// Appends a whole number.
template <std::integral Integer>
    requires(!std::same_as<std::remove_cv_t<Integer>, bool>)
void append_json_int(std::string& out, Integer value)
{
    char digits[std::numeric_limits<Integer>::digits10 + 3];
    auto const written = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, written.ptr);
}

/// Appends a number as Python's repr(float): `1.0`, `1e+16`. False, and nothing appended, when JSON has no
/// word for it (NaN and the infinities: an answer that holds one is a 500, as in FastAPI).
[[nodiscard]] bool append_json_double(std::string& out, double value);

/// Appends a parsed value as FastAPI echoes it: what json.dumps(json.loads(text)) gives.
///
/// Equal keys: at the place of the first, the value of the last. Integers as sent, but `-0` is `0`; other
/// numbers as append_json_double, but one too large for a double stays as sent (FastAPI fails with 500
/// there).
void append_json_value(std::string& out, json_view value);

} // namespace serval::model
