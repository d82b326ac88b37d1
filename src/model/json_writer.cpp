// Appends compact JSON text; see the header.
#include "model/json_writer.hpp"

#include "base/json_escape.hpp"
#include "model/float_text.hpp"

#include <cmath>
#include <utility>

namespace serval::model {
namespace {

void append_member(std::string& out, std::string_view key, json_view value, bool first)
{
    if (!first) out += ',';
    base::append_valid_json_string(out, key); // the parser has checked it
    out += ':';
    append_json_value(out, value);
}

void append_object(std::string& out, json_view object)
{
    out += '{';
    bool first = true;
    visit_unique_members(object, [&](std::string_view key, json_view value) {
        append_member(out, key, value, std::exchange(first, false));
        return true;
    });
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
    base::append_json_string(out, text);
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
    case json_kind::string: base::append_valid_json_string(out, value.string()); return;
    case json_kind::array: append_array(out, value); return;
    case json_kind::object: append_object(out, value); return;
    }
}

} // namespace serval::model
