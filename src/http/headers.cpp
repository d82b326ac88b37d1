// Header fields of a response.
#include "base/ascii.hpp"
#include "wire/response_head.hpp"

#include <serval/headers.hpp>

#include <algorithm>
#include <stdexcept>

namespace serval {

namespace {

void check(std::string_view name, std::string_view value)
{
    if (!base::is_token(name)) throw std::invalid_argument{"header field: the name is no token"};
    if (!wire::is_valid_field(name, value)) {
        throw std::invalid_argument{"header field " + std::string{name} +
                                    ": the value has a control character"};
    }
    if (wire::is_framing_field(name)) {
        throw std::invalid_argument{"header field " + std::string{name} + ": only serval writes it"};
    }
}

auto is_called(std::string_view name) noexcept
{
    return [name](header_field const& field) { return base::iequals(field.name, name); };
}

} // namespace

headers::headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields)
{
    fields_.reserve(fields.size());
    for (auto const& [name, value] : fields)
        add(name, value);
}

void headers::set(std::string_view name, std::string_view value)
{
    check(name, value);
    value = base::trim_ows(value);
    auto const first = std::ranges::find_if(fields_, is_called(name));
    if (first == fields_.end()) {
        fields_.emplace_back(std::string{name}, std::string{value});
        return;
    }
    // `name` and `value` may be views into this list: they are not looked at once it changes.
    first->value = std::string{value};
    fields_.erase(std::remove_if(first + 1, fields_.end(), is_called(first->name)), fields_.end());
}

void headers::add(std::string_view name, std::string_view value)
{
    check(name, value);
    fields_.emplace_back(std::string{name}, std::string{base::trim_ows(value)});
}

std::size_t headers::erase(std::string_view name)
{
    std::string const copy{name}; // `name` may be a view into the list
    return std::erase_if(fields_, is_called(copy));
}

std::optional<std::string_view> headers::get(std::string_view name) const noexcept
{
    auto const first = std::ranges::find_if(fields_, is_called(name));
    if (first == fields_.end()) return std::nullopt;
    return first->value;
}

} // namespace serval
