// Internationalised domain names, by libidn2: UTS 46's mapping, then the labels of IDNA 2008.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace serval::model {

/// Why a domain is none.
enum class idna_fault : unsigned char {
    refused,     ///< a character or an order of characters that no label has
    too_long,    ///< a label of more than 63 bytes
    bad_a_label, ///< `xn--` before what is not the Punycode of a label that needs it
};

/// A domain as it goes over the wire: lower case, other labels than ASCII's in Punycode, empty labels kept.
///
/// Labels in ASCII are taken as they are, whatever their characters and length, but for `xn--` ones; all
/// others are mapped (case, full-width and compatibility forms, what is composed; not `ß` and `ς`), and
/// refused unless IDNA 2008 has them: no symbols, no mixed directions but those of its Bidi rule, no mark at
/// the start, joiners and the like in their contexts only, no `_`, no hyphen at an end or in places 3 and 4,
/// not more than 63 bytes, and no letters newer than libidn2's Unicode. Malformed UTF-8 is refused.
boost::system::result<std::string, idna_fault> domain_to_ascii(std::string_view domain);

/// Is `label`, which begins with `xn--`, the ASCII form of a label of IDNA 2008?
bool is_a_label(std::string const& label);

/// A domain of valid labels as people read it.
std::string domain_to_unicode(std::string const& ascii);

/// The mapping alone, nearly as UTS 46 has it, to say what is wrong with the characters of a domain that
/// domain_to_ascii() refuses: libidn2 does not give it.
std::string map_domain(std::string_view domain);

/// Unicode's normal form C; malformed text stays as it is.
std::string to_nfc(std::string_view text);

} // namespace serval::model
