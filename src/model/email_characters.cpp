// Which characters may stand in an email address, and how refused ones are shown.
#include "model/code_points.hpp"
#include "model/email_parts.hpp"

#include <algorithm>
#include <cstdint>
#include <unictype.h>
#include <uniname.h>
#include <vector>

namespace serval::model {

namespace {

enum class character_class { visible, combining, space, unsafe };

character_class classify(code_point point) noexcept
{
    constexpr std::uint32_t visible =
        UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S;
    if (uc_is_general_category_withtable(point.value, visible)) return character_class::visible;
    if (uc_is_general_category_withtable(point.value, UC_CATEGORY_MASK_M)) return character_class::combining;
    if (uc_is_general_category_withtable(point.value, UC_CATEGORY_MASK_Zs)) return character_class::space;
    return character_class::unsafe;
}

std::string show(code_point point)
{
    if (point.value == '\\') return "\"\\\"";
    if (point.value == '\'') return "\"'\"";
    if (classify(point) == character_class::visible) return "'" + std::string{point.bytes} + "'";
    char name[UNINAME_MAX];
    if (unicode_character_name(point.value, name) != nullptr) return name;
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
        auto const kind = classify(point);
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
