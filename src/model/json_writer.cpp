// Appends compact JSON text; see the header.
#include "model/json_writer.hpp"

#include "base/utf8.hpp"
#include "model/float_text.hpp"
#include "model/json_text.hpp"

#include <cmath>

namespace serval::model {
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

void append_valid_string(std::string& out, std::string_view text)
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

void append_member(std::string& out, std::string_view key, json_view value, bool first)
{
    if (!first) out += ',';
    append_valid_string(out, key); // the parser has checked it
    out += ':';
    append_json_value(out, value);
}

void append_object(std::string& out, json_view object)
{
    out += '{';
    bool first = true;
    auto const append_all = [&out, &first](auto const& members) {
        for (auto const [key, value] : members) {
            append_member(out, key, value, first);
            first = false;
        }
    };
    if (has_duplicate_keys(object)) {
        append_all(unique_members(object));
    } else {
        append_all(object.members());
    }
    out += '}';
}

void append_array(std::string& out, json_view array)
{
    out += '[';
    bool first = true;
    for (auto const element : array.elements()) {
        if (!first) out += ',';
        first = false;
        append_json_value(out, element);
    }
    out += ']';
}

} // namespace

void append_json_string(std::string& out, std::string_view text)
{
    if (base::is_valid_utf8(text)) {
        append_valid_string(out, text);
    } else {
        append_valid_string(out, base::replace_invalid_utf8(text));
    }
}

bool append_json_double(std::string& out, double value)
{
    if (!std::isfinite(value)) return false;
    append_python_float(out, value);
    return true;
}

// Recursion is bounded by json_document::hard_max_depth.
void append_json_value(std::string& out, json_view value)
{
    switch (value.kind()) {
    case json_kind::null: out += "null"; return;
    case json_kind::boolean: out += value.boolean() ? "true" : "false"; return;
    case json_kind::integer: out += value.number_text() == "-0" ? "0" : value.number_text(); return;
    case json_kind::floating:
        if (!append_json_double(out, value.as_double())) out += value.number_text();
        return;
    case json_kind::string: append_valid_string(out, value.string()); return;
    case json_kind::array: append_array(out, value); return;
    case json_kind::object: append_object(out, value); return;
    }
}

} // namespace serval::model
