#include "model/literal_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace serval::model {

namespace {

detail::literal_ops const& ops_of(detail::type_table const& type)
{
    return *static_cast<detail::literal_ops const*>(type.extra);
}

} // namespace

bool store_literal(detail::type_table const& type, std::string_view text, void* out)
{
    auto const& ops = ops_of(type);
    auto const found = std::find(ops.choices.begin(), ops.choices.end(), text);
    if (found == ops.choices.end()) return false;
    ops.store(out, static_cast<std::size_t>(found - ops.choices.begin()));
    return true;
}

namespace {

/// As Python's repr() writes a string, but for characters that do not print.
void append_python_repr(std::string& out, std::string_view text)
{
    bool const double_quoted =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    char const quote = double_quoted ? '"' : '\'';
    out += quote;
    for (char const c : text) {
        if (c == '\\' || c == quote) out += '\\';
        out += c;
    }
    out += quote;
}

} // namespace

std::string_view load_literal(detail::type_table const& type, void const* value)
{
    auto const& ops = ops_of(type);
    return ops.choices[ops.load(value)];
}

problem literal_problem(detail::type_table const& type)
{
    auto const choices = ops_of(type).choices;
    std::string expected;
    for (std::size_t i = 0; i != choices.size(); ++i) {
        if (i != 0) expected += i + 1 == choices.size() ? " or " : ", ";
        append_python_repr(expected, choices[i]);
    }
    return make_problem("literal_error", "Input should be ", "expected", expected);
}

} // namespace serval::model
