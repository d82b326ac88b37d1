// Punycode (RFC 3492): labels of internationalised domain names in ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::model {

/// The Punycode of well-formed UTF-8, without the `xn--`; nothing for more than 63 characters, which no
/// label has.
std::optional<std::string> to_punycode(std::string_view label);

/// The UTF-8 of Punycode without its `xn--`; nothing when it is malformed or has more than 63 bytes.
std::optional<std::string> from_punycode(std::string_view text);

} // namespace serval::model
