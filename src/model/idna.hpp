// Internationalised domain names (UTS 46), as far as serval knows them without Unicode's tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::model {

/// UTS 46's mapping of one character: the lower case of ASCII, Latin, Greek and Cyrillic letters, full stops
/// of other scripts to `.`.
char32_t map_domain_character(char32_t c) noexcept;

/// A domain as it goes over the wire: lower case, other labels than ASCII's in Punycode, empty labels kept.
///
/// Nothing when a label cannot be one: a character that no name has, what UTS 46 refuses, malformed Punycode.
/// Malformed UTF-8 is read as U+FFFD, which is refused. What is not known: Unicode's NFC, compatibility
/// characters but the full-width ones, the rules of right-to-left and joining characters.
std::optional<std::string> domain_to_ascii(std::string_view domain);

} // namespace serval::model
