// The Cookie request field.
#include "wire/cookies.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace serval::wire {

namespace {

constexpr bool is_octal(char c) noexcept
{
    return c >= '0' && c <= '7';
}

// Python's http.cookies._unquote: \" and \\ lose the backslash, \ooo (up to \377) is a byte; without quotes:
// as it is.
std::string unquote(std::string_view value)
{
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string{value};
    value = value.substr(1, value.size() - 2);
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i != value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            out.push_back(value[i]);
        } else if (value.size() - i >= 4 && value[i + 1] >= '0' && value[i + 1] <= '3' &&
                   is_octal(value[i + 2]) && is_octal(value[i + 3])) {
            out.push_back(static_cast<char>((value[i + 1] - '0') * 64 + (value[i + 2] - '0') * 8 +
                                            (value[i + 3] - '0')));
            i += 3;
        } else {
            out.push_back(value[++i]);
        }
    }
    return out;
}

} // namespace

std::optional<std::string> find_cookie(std::string_view field_value, std::string_view name)
{
    std::optional<std::string_view> found;
    for (;;) {
        std::size_t const end = std::min(field_value.find(';'), field_value.size());
        std::string_view const pair = field_value.substr(0, end);
        std::size_t const equals = pair.find('=');
        bool const named = equals != std::string_view::npos;
        std::string_view const key = named ? base::trim_ows(pair.substr(0, equals)) : std::string_view{};
        std::string_view const value = base::trim_ows(named ? pair.substr(equals + 1) : pair);
        if (key == name && !(key.empty() && value.empty())) found = value;
        if (end == field_value.size()) break;
        field_value.remove_prefix(end + 1);
    }
    if (!found) return std::nullopt;
    return unquote(*found);
}

} // namespace serval::wire
