#include "openapi/indented.hpp"

#include <cstddef>

namespace serval::openapi {
namespace {

/// Behind the string that begins at `begin`.
std::size_t end_of_string(std::string_view json, std::size_t begin)
{
    std::size_t at = begin + 1;
    while (at < json.size() && json[at] != '"')
        at += json[at] == '\\' ? 2U : 1U;
    return at < json.size() ? at + 1 : json.size();
}

} // namespace

std::string indented(std::string_view json)
{
    std::string out;
    std::size_t depth = 0;
    auto const new_line = [&] { out.append(1, '\n').append(2 * depth, ' '); };
    for (std::size_t i = 0; i < json.size(); ++i) {
        char const c = json[i];
        bool const opens = c == '{' || c == '[';
        if (c == '"') {
            std::size_t const end = end_of_string(json, i);
            out += json.substr(i, end - i);
            i = end - 1;
        } else if (opens && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']')) {
            out += c;
            out += json[++i]; // an empty one stays on its line
        } else if (opens) {
            out += c;
            ++depth;
            new_line();
        } else if (c == '}' || c == ']') {
            --depth;
            new_line();
            out += c;
        } else if (c == ',') {
            out += c;
            new_line();
        } else {
            out += c == ':' ? ": " : std::string(1, c);
        }
    }
    out += '\n';
    return out;
}

} // namespace serval::openapi
