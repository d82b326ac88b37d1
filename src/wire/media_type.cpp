// Content-Type values (RFC 9110 section 8.3.1).
#include "wire/media_type.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace serval::wire {

namespace {

// Wider than a token: clients send '/', ':' and '=' in unquoted boundaries.
constexpr bool is_bare_value_char(char c) noexcept
{
    return c > ' ' && c < '\x7f' && c != '"' && c != ',' && c != ';' && c != '\\';
}

constexpr bool is_quoted_char(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

template <class Predicate>
std::string_view take_while(std::string_view& text, Predicate accepts)
{
    auto const end = std::ranges::find_if_not(text, accepts);
    std::string_view const taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(taken.size());
    return taken;
}

// Takes a quoted-string off the front of `text`; nullopt when it does not end or has a control character.
std::optional<std::string> take_quoted(std::string_view& text)
{
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return out;
        }
        if (text[i] == '\\' && ++i == text.size()) break;
        if (!is_quoted_char(text[i])) break;
        out.push_back(text[i]);
    }
    return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& text)
{
    if (text.starts_with('"')) return take_quoted(text);
    std::string_view const value = take_while(text, is_bare_value_char);
    if (value.empty()) return std::nullopt;
    return std::string{value};
}

} // namespace

std::optional<media_type> parse_media_type(std::string_view value) noexcept
{
    std::size_t const semicolon = std::min(value.find(';'), value.size());
    std::string_view const essence = base::trim_ows(value.substr(0, semicolon));
    std::size_t const slash = essence.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    media_type result;
    result.type = essence.substr(0, slash);
    result.subtype = essence.substr(slash + 1);
    result.parameters = value.substr(std::min(semicolon + 1, value.size()));
    if (!base::is_token(result.type) || !base::is_token(result.subtype)) return std::nullopt;
    return result;
}

bool is_json(std::string_view content_type) noexcept
{
    constexpr std::string_view suffix = "+json";
    auto const type = parse_media_type(content_type);
    if (!type || !base::iequals(type->type, "application")) return false;
    std::string_view const subtype = type->subtype;
    if (base::iequals(subtype, "json")) return true;
    return subtype.size() >= suffix.size() &&
           base::iequals(subtype.substr(subtype.size() - suffix.size()), suffix);
}

std::optional<std::string> parameter_of(media_type const& type, std::string_view name)
{
    std::optional<std::string> found;
    std::string_view rest = type.parameters;
    for (;;) {
        // Empty parameters are allowed (RFC 9110 section 5.6.6).
        take_while(rest, [](char c) { return base::is_ows(c) || c == ';'; });
        if (rest.empty()) return found;
        std::string_view const key = take_while(rest, base::is_token_char);
        if (key.empty() || !rest.starts_with('=')) return std::nullopt;
        rest.remove_prefix(1);
        auto value = take_value(rest);
        if (!value) return std::nullopt;
        take_while(rest, base::is_ows);
        if (!rest.empty() && rest.front() != ';') return std::nullopt;
        if (!base::iequals(key, name)) continue;
        if (found) return std::nullopt; // two boundaries: which one a reader takes is anyone's guess
        found = std::move(value);
    }
}

} // namespace serval::wire
