// Writing a string as JSON (RFC 8259 section 7).
#include "base/json_escape.hpp"

#include "base/utf8.hpp"

namespace serval::base {

namespace {

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

} // namespace

void append_valid_json_string(std::string& out, std::string_view text)
{
    out += '"';
    char const* at = text.data();
    char const* const end = at + text.size();
    while (true) {
        char const* const stop = find_escape(at, end);
        out.append(at, stop);
        if (stop == end) break;
        append_escape(out, *stop);
        at = stop + 1;
    }
    out += '"';
}

void append_json_string(std::string& out, std::string_view text)
{
    if (is_valid_utf8(text)) {
        append_valid_json_string(out, text);
    } else {
        append_valid_json_string(out, replace_invalid_utf8(text));
    }
}

} // namespace serval::base
