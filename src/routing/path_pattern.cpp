// Parsing of path patterns.
#include "routing/path_pattern.hpp"

#include <algorithm>
#include <stdexcept>

namespace serval::routing {
namespace {

bool is_identifier(std::string_view name) noexcept
{
    auto const starts = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    auto const continues = [&](char c) { return starts(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && starts(name.front()) && std::all_of(name.begin(), name.end(), continues);
}

std::string in_quotes(std::string_view text)
{
    return "\"" + std::string{text} + "\"";
}

/// Whether every brace of `segment` has its partner and none is nested.
bool has_balanced_braces(std::string_view segment) noexcept
{
    bool open = false;
    for (char c : segment) {
        if (c != '{' && c != '}') continue;
        if (open == (c == '{')) return false;
        open = !open;
    }
    return !open;
}

} // namespace

path_pattern::path_pattern(std::string_view text) : text_{text}
{
    if (!text.starts_with('/')) fail("it must start with '/'");
    for (std::size_t begin = 1; begin <= text.size();) {
        std::size_t const slash = std::min(text.find('/', begin), text.size());
        shape_ += u'/';
        openapi_path_ += '/';
        add_segment(text.substr(begin, slash - begin), slash == text.size());
        begin = slash + 1;
    }
}

void path_pattern::fail(std::string_view fault) const
{
    throw std::invalid_argument{"The path pattern " + in_quotes(text_) +
                                " is malformed: " + std::string{fault} + "."};
}

void path_pattern::add_segment(std::string_view segment, bool is_last)
{
    if (!has_balanced_braces(segment))
        fail("the braces of segment " + in_quotes(segment) + " do not pair up");
    std::size_t const brace = segment.find('{');
    if (brace == segment.npos) {
        for (char c : segment)
            shape_ += static_cast<shape_unit>(static_cast<unsigned char>(c));
        openapi_path_ += segment;
        return;
    }
    if (brace != 0 || segment.find('}') != segment.size() - 1) {
        fail("a parameter must fill its whole segment, unlike in " + in_quotes(segment));
    }
    add_parameter(segment.substr(1, segment.size() - 2), is_last);
}

void path_pattern::add_parameter(std::string_view declaration, bool is_last)
{
    std::size_t const colon = declaration.find(':');
    std::string_view const name = declaration.substr(0, colon);
    if (name.empty()) fail("a parameter has no name");
    if (!is_identifier(name)) fail("the parameter name " + in_quotes(name) + " is not an identifier");
    for (parameter const& earlier : parameters_) {
        if (earlier.name == name) fail("the parameter name " + in_quotes(name) + " stands twice");
    }
    std::string_view const spelling = colon == declaration.npos ? "str" : declaration.substr(colon + 1);
    auto const kind = parse_converter(spelling);
    if (!kind)
        fail("the converter " + in_quotes(spelling) +
             " is unknown (there are str, int, float, uuid and path)");
    if (*kind == converter::path && !is_last) {
        fail("the path parameter " + in_quotes(name) + " must be the last segment");
    }
    if (parameters_.size() == max_parameters) {
        fail("it has more than " + std::to_string(max_parameters) + " parameters");
    }
    parameters_.push_back({std::string{name}, *kind});
    shape_ += static_cast<shape_unit>(first_parameter_unit + static_cast<unsigned>(*kind));
    openapi_path_.append("{").append(name).append("}");
}

} // namespace serval::routing
