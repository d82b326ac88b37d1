// Names out of what a compiler puts into __PRETTY_FUNCTION__.
//
// g++:   constexpr std::string_view f() [with auto ...V = {ns::color::red, (ns::color)1}; std::string_view =
// …] clang: std::string_view f() [V = <ns::color::red, (ns::color)1>]
#include "model/spelling.hpp"

#include <cstddef>

namespace serval::model {
namespace {

bool is_identifier_char(char c) noexcept
{
    // Bytes from 0x80 on are UTF-8 of identifiers such as `größe`.
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool opens(char c) noexcept
{
    return c == '<' || c == '(' || c == '[' || c == '{';
}

bool closes(std::string_view text, std::size_t i) noexcept
{
    char const c = text[i];
    return c == ')' || c == ']' || c == '}' || (c == '>' && (i == 0 || text[i - 1] != '-'));
}

/// The end of what starts at `begin`: the first of `ends` that is in no brackets, or the closing bracket of
/// what surrounds it.
std::size_t end_of(std::string_view text, std::size_t begin, std::string_view ends) noexcept
{
    int depth = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
        if (depth == 0 && ends.find(text[i]) != std::string_view::npos) return i;
        if (opens(text[i])) ++depth;
        if (closes(text, i) && --depth < 0) return i;
    }
    return text.size();
}

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

/// What stands between commas at the top level of `text`.
std::vector<std::string_view> split(std::string_view text)
{
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const end = end_of(text, at, ",");
        parts.push_back(trimmed(text.substr(at, end - at)));
        at = end + 1;
    }
    return parts;
}

std::string_view last_identifier(std::string_view text) noexcept
{
    std::size_t end = text.size();
    while (end != 0 && text[end - 1] == ')')
        --end;
    std::size_t begin = end;
    while (begin != 0 && is_identifier_char(text[begin - 1]))
        --begin;
    bool const number = begin != end && text[begin] >= '0' && text[begin] <= '9';
    return number ? std::string_view{} : text.substr(begin, end - begin);
}

/// `ns::page<ns::item>` → `page<ns::item>`.
std::string_view unqualified(std::string_view type) noexcept
{
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i + 1 < type.size(); ++i) {
        if (opens(type[i])) ++depth;
        if (closes(type, i)) --depth;
        if (depth == 0 && type[i] == ':' && type[i + 1] == ':') begin = i + 2;
    }
    return type.substr(begin);
}

} // namespace

std::vector<std::string_view> spelled_names(std::string_view spelled)
{
    std::size_t const mark = spelled.find("V = ");
    if (mark == std::string_view::npos) return {};
    std::size_t const begin = mark + 5; // behind the bracket
    if (begin > spelled.size()) return {};
    std::size_t const end = end_of(spelled, begin, "");
    auto names = split(spelled.substr(begin, end - begin));
    for (auto& name : names)
        name = last_identifier(name);
    return names;
}

std::string_view spelled_type(std::string_view spelled)
{
    std::size_t const mark = spelled.find("T = ");
    if (mark == std::string_view::npos) return spelled;
    std::size_t const begin = mark + 4;
    return spelled.substr(begin, end_of(spelled, begin, ";") - begin);
}

std::string short_name(std::string_view type)
{
    std::string_view const tail = unqualified(type);
    std::size_t const arguments = tail.find('<');
    std::string out{tail.substr(0, arguments)};
    if (out == "basic_string") return "string";
    if (arguments == std::string_view::npos) return out;
    std::size_t const begin = arguments + 1;
    char const* separator = "[";
    for (std::string_view const argument : split(tail.substr(begin, end_of(tail, begin, "") - begin))) {
        std::string const name = short_name(argument);
        // What standard containers add by default says nothing to a reader.
        if (name.starts_with("allocator[") || name.starts_with("less[")) continue;
        out += separator;
        out += name;
        separator = ",";
    }
    if (*separator == ',') out += ']';
    return out;
}

} // namespace serval::model
