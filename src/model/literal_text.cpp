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
        expected.append("'").append(choices[i]).append("'");
    }
    return make_problem("literal_error", "Input should be ", "expected", expected);
}

} // namespace serval::model
