// Writing a string as JSON (RFC 8259 section 7).
#include "base/json_escape.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace serval::base {

namespace {

bool needs_escape(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, char c)
{
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
        out += "\\u00";
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 0xf];
    }
}

void append_valid(std::string& out, std::string_view text)
{
    out += '"';
    for (;;) {
        auto const stop = std::ranges::find_if(text, needs_escape);
        out.append(text.begin(), stop);
        if (stop == text.end()) break;
        append_escape(out, *stop);
        text = {stop + 1, text.end()};
    }
    out += '"';
}

} // namespace

void append_json_string(std::string& out, std::string_view text)
{
    if (is_valid_utf8(text)) {
        append_valid(out, text);
    } else {
        append_valid(out, replace_invalid_utf8(text));
    }
}

} // namespace serval::base
