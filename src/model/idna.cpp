#include "model/idna.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "model/code_points.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <idn2.h>
#include <memory>
#include <new>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

namespace serval::model {

namespace {

using boost::system::result;

struct c_free {
    void operator()(void* memory) const noexcept { std::free(memory); }
};
struct idn2_release {
    void operator()(void* memory) const noexcept { idn2_free(memory); }
};

std::uint8_t const* bytes_of(std::string_view text) noexcept
{
    return reinterpret_cast<std::uint8_t const*>(text.data());
}

/// What libunistring has made; without memory it makes nothing.
std::string take(std::uint8_t* made, std::size_t size)
{
    std::unique_ptr<std::uint8_t, c_free> const owner{made};
    if (!owner) throw std::bad_alloc{};
    return {reinterpret_cast<char const*>(made), size};
}

bool is_ascii(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

idna_fault fault_of(int code)
{
    switch (code) {
    case IDN2_MALLOC: throw std::bad_alloc{};
    case IDN2_TOO_BIG_DOMAIN:
    case IDN2_TOO_BIG_LABEL:
    case IDN2_PUNYCODE_BIG_OUTPUT: return idna_fault::too_long;
    default: return idna_fault::refused;
    }
}

/// UTS 46's full stops as one, and ẞ as ß, which it is since Unicode 15.1: later than libidn2's tables.
std::string with_plain_stops(std::string_view domain)
{
    std::string prepared;
    prepared.reserve(domain.size());
    for_each_code_point(domain, [&](code_point point) {
        if (point.value == 0x3002 || point.value == 0xFF0E || point.value == 0xFF61)
            prepared += '.';
        else if (point.value == 0x1E9E)
            prepared += "\xC3\x9F";
        else
            prepared += point.bytes;
    });
    return prepared;
}

/// Labels that are not ASCII, mapped and, if need be, encoded.
result<std::string, idna_fault> encode(std::string const& label)
{
    std::uint8_t* made = nullptr;
    int const code = idn2_lookup_u8(bytes_of(label), &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    std::unique_ptr<std::uint8_t, idn2_release> const owner{made};
    if (code != IDN2_OK) return fault_of(code);
    std::string ascii{reinterpret_cast<char const*>(made)};
    if (ascii.find('.') != std::string::npos) return idna_fault::refused;
    return ascii;
}

result<std::string, idna_fault> label_to_ascii(std::string_view label)
{
    std::string ascii;
    if (is_ascii(label)) {
        for (char const c : label)
            ascii += base::to_lower(c);
    } else {
        auto made = encode(std::string{label});
        if (!made) return made;
        ascii = std::move(*made);
    }
    // libidn2's lookup takes any Punycode for a label.
    if (ascii.starts_with("xn--") && !is_a_label(ascii)) return idna_fault::bad_a_label;
    return ascii;
}

/// The text with compatibility forms replaced and case folded.
std::string fold(std::string_view text)
{
    if (text.empty()) return {};
    std::size_t size = 0;
    std::uint8_t* const made =
        u8_casefold(bytes_of(text), text.size(), nullptr, UNINORM_NFKC, nullptr, &size);
    return take(made, size);
}

/// What UTS 46 does not fold: ß, ς and the joiners.
bool is_deviation(char32_t c) noexcept
{
    return c == 0xDF || c == 0x3C2 || c == 0x200C || c == 0x200D;
}

} // namespace

result<std::string, idna_fault> domain_to_ascii(std::string_view domain)
{
    // C's strings would end at a NUL.
    if (domain.find('\0') != std::string_view::npos || !base::is_valid_utf8(domain))
        return idna_fault::refused;
    std::string const prepared = with_plain_stops(domain);
    std::string_view rest = prepared;
    std::string ascii;
    for (;;) {
        std::size_t const period = rest.find('.');
        auto const label = label_to_ascii(rest.substr(0, period));
        if (!label) return label.error();
        ascii += *label;
        if (period == std::string_view::npos) return ascii;
        ascii += '.';
        rest.remove_prefix(period + 1);
    }
}

bool is_a_label(std::string const& label)
{
    std::uint8_t* made = nullptr;
    // A registry's check of a label in ASCII: it is decoded, held to all of the rules, and encoded again.
    int const code = idn2_register_u8(nullptr, bytes_of(label), &made, 0);
    std::unique_ptr<std::uint8_t, idn2_release> const owner{made};
    if (code == IDN2_MALLOC) throw std::bad_alloc{};
    return code == IDN2_OK;
}

std::string domain_to_unicode(std::string const& ascii)
{
    char* made = nullptr;
    int const code = idn2_to_unicode_8z8z(ascii.c_str(), &made, 0);
    std::unique_ptr<char, idn2_release> const owner{made};
    if (code == IDN2_MALLOC) throw std::bad_alloc{};
    return code == IDN2_OK ? std::string{made} : ascii;
}

std::string map_domain(std::string_view domain)
{
    if (!base::is_valid_utf8(domain)) return std::string{domain};
    std::string mapped;
    std::string run; // that is folded together, since characters compose
    for_each_code_point(with_plain_stops(domain), [&](code_point point) {
        if (is_deviation(point.value)) {
            mapped += fold(run);
            run.clear();
            mapped += point.bytes;
        } else if (!uc_is_property_default_ignorable_code_point(point.value)) {
            run += point.bytes;
        }
    });
    mapped += fold(run);
    return with_plain_stops(to_nfc(mapped));
}

std::string to_nfc(std::string_view text)
{
    if (is_ascii(text) || !base::is_valid_utf8(text)) return std::string{text};
    std::size_t size = 0;
    std::uint8_t* const made = u8_normalize(UNINORM_NFC, bytes_of(text), text.size(), nullptr, &size);
    return take(made, size);
}

} // namespace serval::model
