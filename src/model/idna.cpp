#include "model/idna.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "model/code_points.hpp"
#include "model/punycode.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cstddef>

namespace serval::model {

namespace {

bool is_all_ascii(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The forbidden domain code points of the WHATWG URL standard.
bool is_forbidden(char c) noexcept
{
    auto const code = static_cast<unsigned char>(c);
    return code <= 0x20 || code == 0x7F ||
           std::string_view{"#%/:<>?@[\\]^|"}.find(c) != std::string_view::npos;
}

/// What UTS 46 maps to nothing.
bool is_ignored(char32_t c) noexcept
{
    return c == 0xAD || c == 0x34F || c == 0x200B || c == 0x2060 || c == 0x2064 || c == 0xFEFF ||
           (c >= 0x180B && c <= 0x180D) || (c >= 0xFE00 && c <= 0xFE0F);
}

char32_t map_wide(char32_t c) noexcept
{
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0; // full-width forms of ASCII
    return map_domain_character(c);
}

/// A character that a label may have: UTS 46 refuses what is unassigned, a control, private or a space.
bool is_valid_character(std::string_view bytes)
{
    static RE2 const valid{R"([\pL\pN\pP\pS\pM])"};
    return bytes != "\xEF\xBF\xBD" && RE2::FullMatch({bytes.data(), bytes.size()}, valid);
}

/// A label in Unicode, after the mapping.
bool is_valid_label(std::string_view label)
{
    static RE2 const mark{R"(\pM)"};
    if (label.empty()) return true;
    auto const first = code_point_at(label, 0).bytes;
    if (RE2::FullMatch({first.data(), first.size()}, mark)) return false;
    bool valid = true;
    for_each_code_point(label, [&](code_point point) {
        if (point.value >= 0x80) valid = valid && is_valid_character(point.bytes);
    });
    return valid;
}

std::string map_domain(std::string_view domain)
{
    std::string mapped;
    mapped.reserve(domain.size());
    for_each_code_point(domain, [&](code_point point) {
        if (!is_ignored(point.value)) base::append_utf8(mapped, map_wide(point.value));
    });
    return mapped;
}

/// A label in ASCII that claims to be Punycode: it must be that of a label that needs it.
bool is_valid_punycode(std::string_view label)
{
    auto const decoded = from_punycode(label.substr(4));
    return decoded && !is_all_ascii(*decoded) && is_valid_label(*decoded) && map_domain(*decoded) == *decoded;
}

bool append_label(std::string_view label, std::string& out)
{
    if (is_all_ascii(label)) {
        if (label.starts_with("xn--") && !is_valid_punycode(label)) return false;
        if (std::any_of(label.begin(), label.end(), is_forbidden)) return false;
        out += label;
        return true;
    }
    bool const forbidden = std::any_of(label.begin(), label.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && is_forbidden(c);
    });
    if (forbidden || !is_valid_label(label)) return false;
    auto const encoded = to_punycode(label);
    if (!encoded) return false;
    out.append("xn--").append(*encoded);
    return true;
}

} // namespace

char32_t map_domain_character(char32_t c) noexcept
{
    if (c < 0x80) return static_cast<unsigned char>(base::to_lower(static_cast<char>(c)));
    if (c == 0x3002 || c == 0xFF0E || c == 0xFF61) return '.';
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3AB && c != 0x3A2)) return c + 32;
    if (c >= 0x410 && c <= 0x42F) return c + 32;
    if (c >= 0x400 && c <= 0x40F) return c + 80;
    if (c == 0x178) return 0xFF;
    bool const even_capitals = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177);
    bool const odd_capitals = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
    if (even_capitals) return c | 1;
    if (odd_capitals) return c + (c & 1);
    return c;
}

std::optional<std::string> domain_to_ascii(std::string_view domain)
{
    std::string const mapped = map_domain(domain);
    std::string_view rest = mapped;
    std::string ascii;
    for (;;) {
        std::size_t const period = rest.find('.');
        if (!append_label(rest.substr(0, period), ascii)) return std::nullopt;
        if (period == std::string_view::npos) return ascii;
        ascii += '.';
        rest.remove_prefix(period + 1);
    }
}

} // namespace serval::model
