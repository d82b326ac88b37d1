// What is after the @-sign: a domain name (RFC 952, 1123, 5890), or a refused address literal.
#include "base/ascii.hpp"
#include "model/code_points.hpp"
#include "model/email_parts.hpp"
#include "model/idna.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <unictype.h>
#include <utility>

namespace serval::model {

namespace {

constexpr std::size_t max_domain_bytes = 253; // RFC 1035 section 2.3.4

bool is_hostname_character(char32_t c) noexcept
{
    if (c >= 0x80) return true;
    char const ascii = base::to_lower(static_cast<char>(c));
    return (ascii >= 'a' && ascii <= 'z') || base::is_digit(ascii) || ascii == '-' || ascii == '.';
}

bool is_ascii(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Calls `visit(label)` for each label until it returns a reason.
template <class Visit>
email_reason for_each_label(std::string_view domain, Visit visit)
{
    for (;;) {
        std::size_t const period = domain.find('.');
        if (email_reason fault = visit(domain.substr(0, period)); !fault.empty()) return fault;
        if (period == std::string_view::npos) return {};
        domain.remove_prefix(period + 1);
    }
}

email_reason check_periods_and_hyphens(std::string_view domain)
{
    auto const has = [&](std::string_view part) { return domain.find(part) != std::string_view::npos; };
    if (domain.ends_with('.')) return "An email address cannot end with a period.";
    if (domain.starts_with('.')) return "An email address cannot have a period immediately after the @-sign.";
    if (has("..")) return "An email address cannot have two periods in a row.";
    if (domain.ends_with('-')) return "An email address cannot end with a hyphen.";
    if (domain.starts_with('-')) return "An email address cannot have a hyphen immediately after the @-sign.";
    if (has(".-") || has("-."))
        return "An email address cannot have a period and a hyphen next to each other.";
    return {};
}

// RFC 5890 section 2.3.1: two hyphens in the third and fourth place are for "xn" only.
email_reason check_reserved_hyphens(std::string_view label)
{
    if (label.size() < 4 || label.starts_with("xn")) return {};
    std::size_t const first = code_point_at(label, 0).bytes.size();
    if (first == label.size()) return {};
    std::size_t const second = code_point_at(label, first).bytes.size();
    if (!label.substr(first + second).starts_with("--")) return {};
    return "An email address cannot have two letters followed by two dashes immediately after the @-sign or "
           "after a "
           "period, except Punycode.";
}

/// The characters that IDNA 2008 permits, nearly: lower-case and caseless letters, marks and decimal digits.
bool is_label_character(char32_t c) noexcept
{
    constexpr std::uint32_t permitted = UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lo | UC_CATEGORY_MASK_Lm |
                                        UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_Nd;
    return c == '-' || uc_is_general_category_withtable(c, permitted);
}

email_reason check_label_characters(std::string_view label)
{
    std::size_t position = 0;
    email_reason fault;
    for_each_code_point(label, [&](code_point point) {
        ++position;
        if (!fault.empty() || is_label_character(point.value)) return;
        char code[16];
        std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(point.value));
        fault = std::string{"The part after the @-sign is invalid (Codepoint "} + code + " at position " +
                std::to_string(position) + " of '" + std::string{label} + "' not allowed).";
    });
    return fault;
}

constexpr std::string_view label_too_long = "The part after the @-sign is invalid (Label too long).";
constexpr std::string_view invalid_a_label = "The part after the @-sign is not valid IDNA (Invalid A-label).";

/// Why a domain with these characters is none; the library only says that.
email_reason explain(idna_fault why, std::string_view mapped)
{
    if (why == idna_fault::too_long) return std::string{label_too_long};
    if (why == idna_fault::bad_a_label && mapped.find("xn--") != std::string_view::npos)
        return "The part after the @-sign is invalid (Invalid A-label).";
    if (email_reason fault = for_each_label(mapped, check_label_characters); !fault.empty()) return fault;
    return "The part after the @-sign is not valid IDNA.";
}

email_reason check_lengths(std::string_view ascii, std::string_view original)
{
    if (ascii.size() > max_domain_bytes) {
        std::size_t const excess = ascii.size() - max_domain_bytes;
        if (ascii == original) {
            return "The email address is too long after the @-sign " + too_many(excess, "character") + ").";
        }
        return "The email address is too long after the @-sign " + too_many(excess, "byte") +
               " after IDNA encoding).";
    }
    return for_each_label(ascii, [](std::string_view label) -> email_reason {
        if (label.size() <= max_label_bytes) return {};
        return "After the @-sign, periods cannot be separated by so many characters " +
               too_many(label.size() - max_label_bytes, "character") + ").";
    });
}

email_reason check_top_level(std::string_view ascii)
{
    if (ascii.find('.') == std::string_view::npos) {
        return "The part after the @-sign is not valid. It should have a period.";
    }
    if (ascii.back() < 'a' || ascii.back() > 'z') {
        return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
    }
    if (is_special_use(ascii.substr(ascii.rfind('.') + 1)))
        return "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
    return {};
}

std::string to_lower(std::string_view text)
{
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(), base::to_lower);
    return lower;
}

/// A domain that is not all ASCII, in ASCII.
email_reason convert(std::string_view text, std::string& ascii)
{
    if (email_reason fault = check_unsafe(text, false); !fault.empty()) return fault;
    auto made = domain_to_ascii(text);
    std::string const shown = made ? *made : map_domain(text);
    if (std::string const refused = list_characters(shown, is_hostname_character); !refused.empty()) {
        return "The part after the @-sign contains invalid characters after Unicode normalization: " +
               refused + ".";
    }
    if (email_reason fault = check_periods_and_hyphens(shown); !fault.empty()) return fault;
    if (email_reason fault = for_each_label(shown, check_reserved_hyphens); !fault.empty()) return fault;
    if (!made) return explain(made.error(), shown);
    ascii = std::move(*made);
    if (ascii.find("xn--") == std::string::npos) return {};
    return for_each_label(ascii, [](std::string_view label) -> email_reason {
        return label.size() > max_label_bytes ? std::string{label_too_long} : std::string{};
    });
}

email_reason check_a_label(std::string_view label)
{
    if (!label.starts_with("xn--") || is_a_label(std::string{label})) return {};
    return std::string{invalid_a_label};
}

/// Why Python's ipaddress refuses an IPv4 address of digits and periods; empty: it does not.
std::string explain_ipv4(std::string_view text)
{
    std::string const in_text = " in '" + std::string{text} + "'";
    if (std::count(text.begin(), text.end(), '.') != 3) return "Expected 4 octets" + in_text;
    return for_each_label(text, [&](std::string_view octet) -> std::string {
        if (octet.empty()) return "Empty octet not permitted" + in_text;
        std::string const quoted = "'" + std::string{octet} + "'";
        if (octet.size() > 3) return "At most 3 characters permitted in " + quoted + in_text;
        if (octet.size() > 1 && octet.front() == '0')
            return "Leading zeros are not permitted in " + quoted + in_text;
        int value = 0;
        for (char const c : octet)
            value = value * 10 + (c - '0');
        if (value > 255) return "Octet " + std::to_string(value) + " (> 255) not permitted" + in_text;
        return {};
    });
}

bool is_ipv6(std::string const& text) noexcept
{
    in6_addr address{};
    return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

} // namespace

bool is_special_use(std::string_view top) noexcept
{
    for (std::string_view const name : {"arpa", "invalid", "local", "localhost", "onion", "test"}) {
        if (top == name) return true;
    }
    return false;
}

email_reason check_domain(std::string_view text, email_domain& domain)
{
    if (std::string const refused = list_characters(text, is_hostname_character); !refused.empty()) {
        return "The part after the @-sign contains invalid characters: " + refused + ".";
    }
    std::string ascii;
    if (is_ascii(text)) {
        ascii = to_lower(text);
        if (email_reason fault = check_periods_and_hyphens(ascii); !fault.empty()) return fault;
        if (email_reason fault = for_each_label(ascii, check_reserved_hyphens); !fault.empty()) return fault;
    } else if (email_reason fault = convert(text, ascii); !fault.empty()) {
        return fault;
    }
    if (email_reason fault = check_lengths(ascii, text); !fault.empty()) return fault;
    if (email_reason fault = check_top_level(ascii); !fault.empty()) return fault;
    if (ascii.find("xn--") == std::string::npos) {
        domain.unicode = std::move(ascii);
        return {};
    }
    if (email_reason fault = for_each_label(ascii, check_a_label); !fault.empty()) return fault;
    domain.unicode = domain_to_unicode(ascii);
    // A joiner that is in its context, but not one to have in an address: what is shown must be readable
    // again.
    if (email_reason fault = check_unsafe(domain.unicode, false); !fault.empty()) return fault;
    domain.ascii = std::move(ascii);
    return {};
}

email_reason check_domain_literal(std::string_view literal)
{
    constexpr std::string_view not_allowed = "A bracketed IP address after the @-sign is not allowed here.";
    if (!literal.empty() && literal.find_first_not_of("0123456789.") == std::string_view::npos) {
        std::string const why = explain_ipv4(literal);
        if (why.empty()) return std::string{not_allowed};
        return "The address in brackets after the @-sign is not valid: It is not an IPv4 address (" + why +
               ") or is missing an address literal tag.";
    }
    if (literal.starts_with("IPv6:")) {
        std::string const address{literal.substr(5)};
        if (is_ipv6(address)) return std::string{not_allowed};
        // Of Python's many reasons only the commonest is given apart.
        std::string const why = std::count(address.begin(), address.end(), ':') < 2
                                    ? "At least 3 parts expected"
                                    : "Not an IPv6 address";
        return "The IPv6 address in brackets after the @-sign is not valid (" + why + " in '" + address +
               "').";
    }
    if (literal.find(':') == std::string_view::npos) {
        return "The part after the @-sign in brackets is not an IPv4 address and has no address literal tag.";
    }
    auto const is_literal_character = [](char32_t c) noexcept { return c >= 0x21 && c <= 0xFA; };
    if (std::string const refused = list_characters(literal, is_literal_character); !refused.empty()) {
        return "The part after the @-sign contains invalid characters in brackets: " + refused + ".";
    }
    return "The part after the @-sign contains an invalid address literal tag in brackets.";
}

} // namespace serval::model
