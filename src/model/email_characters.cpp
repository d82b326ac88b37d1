// Which characters may stand in an email address, and how refused ones are shown.
#include "base/ascii.hpp"
#include "model/code_points.hpp"
#include "model/email_parts.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace serval::model {

namespace {

enum class character_class { visible, combining, space, unsafe };

/// RE2 has Unicode's tables; only addresses with characters outside of ASCII, and refusals, come here.
character_class classify(std::string_view bytes)
{
    static RE2 const visible{R"([\pL\pN\pP\pS])"};
    static RE2 const combining{R"(\pM)"};
    static RE2 const space{R"(\p{Zs})"};
    re2::StringPiece const text{bytes.data(), bytes.size()};
    if (RE2::FullMatch(text, visible)) return character_class::visible;
    if (RE2::FullMatch(text, combining)) return character_class::combining;
    if (RE2::FullMatch(text, space)) return character_class::space;
    return character_class::unsafe;
}

/// Unicode's names of the invisible characters that are met in practice.
constexpr std::pair<char32_t, std::string_view> character_names[] = {
    {0x0020, "SPACE"},
    {0x00A0, "NO-BREAK SPACE"},
    {0x00AD, "SOFT HYPHEN"},
    {0x0300, "COMBINING GRAVE ACCENT"},
    {0x0301, "COMBINING ACUTE ACCENT"},
    {0x0302, "COMBINING CIRCUMFLEX ACCENT"},
    {0x0303, "COMBINING TILDE"},
    {0x0308, "COMBINING DIAERESIS"},
    {0x1680, "OGHAM SPACE MARK"},
    {0x2000, "EN QUAD"},
    {0x2001, "EM QUAD"},
    {0x2002, "EN SPACE"},
    {0x2003, "EM SPACE"},
    {0x2004, "THREE-PER-EM SPACE"},
    {0x2005, "FOUR-PER-EM SPACE"},
    {0x2006, "SIX-PER-EM SPACE"},
    {0x2007, "FIGURE SPACE"},
    {0x2008, "PUNCTUATION SPACE"},
    {0x2009, "THIN SPACE"},
    {0x200A, "HAIR SPACE"},
    {0x200B, "ZERO WIDTH SPACE"},
    {0x200C, "ZERO WIDTH NON-JOINER"},
    {0x200D, "ZERO WIDTH JOINER"},
    {0x200E, "LEFT-TO-RIGHT MARK"},
    {0x200F, "RIGHT-TO-LEFT MARK"},
    {0x2028, "LINE SEPARATOR"},
    {0x2029, "PARAGRAPH SEPARATOR"},
    {0x202A, "LEFT-TO-RIGHT EMBEDDING"},
    {0x202B, "RIGHT-TO-LEFT EMBEDDING"},
    {0x202C, "POP DIRECTIONAL FORMATTING"},
    {0x202D, "LEFT-TO-RIGHT OVERRIDE"},
    {0x202E, "RIGHT-TO-LEFT OVERRIDE"},
    {0x202F, "NARROW NO-BREAK SPACE"},
    {0x205F, "MEDIUM MATHEMATICAL SPACE"},
    {0x2060, "WORD JOINER"},
    {0x2066, "LEFT-TO-RIGHT ISOLATE"},
    {0x2067, "RIGHT-TO-LEFT ISOLATE"},
    {0x2068, "FIRST STRONG ISOLATE"},
    {0x2069, "POP DIRECTIONAL ISOLATE"},
    {0x3000, "IDEOGRAPHIC SPACE"},
    {0xFEFF, "ZERO WIDTH NO-BREAK SPACE"},
};

std::string show(code_point point)
{
    if (point.value == '\\') return "\"\\\"";
    if (point.value == '\'') return "\"'\"";
    bool const visible = point.value < 0x80 ? point.value > ' ' && point.value < 0x7F
                                            : classify(point.bytes) == character_class::visible;
    if (visible) return "'" + std::string{point.bytes} + "'";
    for (auto const& [value, name] : character_names) {
        if (value == point.value) return std::string{name};
    }
    constexpr char digits[] = "0123456789ABCDEF";
    std::string result = "U+";
    for (int shift = point.value < 0xFFFF ? 12 : 28; shift >= 0; shift -= 4)
        result += digits[point.value >> shift & 15];
    return result;
}

std::string join(std::vector<std::string> const& shown)
{
    std::string result;
    for (auto const& one : shown) {
        if (!result.empty()) result += ", ";
        result += one;
    }
    return result;
}

} // namespace

bool is_atext(char c) noexcept
{
    constexpr std::string_view marks = "_!#$%&'*+-/=?^`{|}~";
    char const lower = base::to_lower(c);
    return (lower >= 'a' && lower <= 'z') || base::is_digit(c) || marks.find(c) != std::string_view::npos;
}

std::string list_characters(std::string_view text, bool (*is_allowed)(char32_t) noexcept)
{
    std::vector<std::string> shown;
    for_each_code_point(text, [&](code_point point) {
        if (!is_allowed(point.value)) shown.push_back(show(point));
    });
    std::sort(shown.begin(), shown.end());
    shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
    return join(shown);
}

email_reason check_unsafe(std::string_view text, bool allow_space)
{
    std::vector<code_point> unsafe;
    for_each_code_point(text, [&](code_point point) {
        if (point.value > ' ' && point.value < 0x7F) return;
        auto const kind = classify(point.bytes);
        bool const is_first = point.bytes.data() == text.data();
        bool const is_safe = kind == character_class::visible ||
                             (kind == character_class::combining && !is_first) ||
                             (kind == character_class::space && allow_space);
        if (!is_safe) unsafe.push_back(point);
    });
    if (unsafe.empty()) return {};
    auto const less = [](code_point const& a, code_point const& b) { return a.value < b.value; };
    std::sort(unsafe.begin(), unsafe.end(), less);
    std::vector<std::string> shown;
    for (auto const& point : unsafe)
        shown.push_back(show(point));
    shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
    return "The email address contains unsafe characters: " + join(shown) + ".";
}

std::string too_many(std::size_t count, std::string_view unit)
{
    return "(" + std::to_string(count) + " " + std::string{unit} + (count > 1 ? "s" : "") + " too many";
}

} // namespace serval::model
