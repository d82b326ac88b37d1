// The parts of an email address: checks of what is before and after the @-sign.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace serval::model {

/// Why an address is refused, in email-validator's words; empty: it is not.
using email_reason = std::string;

constexpr std::array<bool, 256> make_atext_table() noexcept
{
    std::array<bool, 256> table{};
    for (char const c : std::string_view{"_!#$%&'*+-/=?^`{|}~0123456789"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
inline constexpr auto atext_table = make_atext_table();

/// ASCII characters that may stand unquoted before the @-sign (RFC 5322 section 3.2.3: atext), without the
/// period.
constexpr bool is_atext(char c) noexcept
{
    return atext_table[static_cast<unsigned char>(c)];
}

/// Why the text before the @-sign, its quotes removed, is none.
email_reason check_local_part(std::string_view local, bool was_quoted);

inline constexpr std::size_t max_label_bytes = 63; ///< of a domain: RFC 1035 section 2.3.1

/// True for IANA's special-use top-level names, as email-validator lists them.
bool is_special_use(std::string_view top) noexcept;

/// A domain, and its form on the wire.
struct email_domain {
    std::string unicode; ///< lower case, `xn--` labels decoded
    std::string ascii;   ///< lower case, other labels encoded (RFC 5890); empty: the same
};

/// Checks a domain name, and normalises it into `domain`.
email_reason check_domain(std::string_view text, email_domain& domain);

/// Why an address literal, its brackets removed, is refused: always.
email_reason check_domain_literal(std::string_view literal);

/// The characters of `text` that `is_allowed` refuses, shown, without duplicates, in order: `'@', SPACE`.
std::string list_characters(std::string_view text, bool (*is_allowed)(char32_t) noexcept);

/// Refuses characters that are unsafe anywhere: unassigned, control, format and private ones, other spaces
/// than U+0020, and a combining one at the start.
email_reason check_unsafe(std::string_view text, bool allow_space);

/// ` (3 characters too many)`, for what is over a limit.
std::string too_many(std::size_t count, std::string_view unit);

} // namespace serval::model
