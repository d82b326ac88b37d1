// ASCII without locales: case, tokens, digits and white space as HTTP's grammar defines them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace serval::base {

namespace detail {

constexpr std::array<char, 256> make_lower_table() noexcept
{
    std::array<char, 256> table{};
    for (std::size_t i = 0; i != table.size(); ++i) {
        bool const upper = i >= 'A' && i <= 'Z';
        table[i] = static_cast<char>(static_cast<unsigned char>(upper ? i + ('a' - 'A') : i));
    }
    return table;
}

constexpr std::array<signed char, 256> make_hex_table() noexcept
{
    std::array<signed char, 256> table{};
    for (std::size_t i = 0; i != table.size(); ++i) {
        table[i] = -1;
        if (i >= '0' && i <= '9') table[i] = static_cast<signed char>(i - '0');
        if (i >= 'a' && i <= 'f') table[i] = static_cast<signed char>(i - 'a' + 10);
        if (i >= 'A' && i <= 'F') table[i] = static_cast<signed char>(i - 'A' + 10);
    }
    return table;
}

constexpr std::array<bool, 256> make_token_table() noexcept
{
    std::array<bool, 256> table{};
    for (char const c : std::string_view{"!#$%&'*+-.^_`|~0123456789"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}

inline constexpr auto lower_table = make_lower_table();
inline constexpr auto hex_table = make_hex_table();
inline constexpr auto token_table = make_token_table();

} // namespace detail

/// `c` in lower case when it is an ASCII letter, else `c`.
constexpr char to_lower(char c) noexcept
{
    return detail::lower_table[static_cast<unsigned char>(c)];
}

constexpr bool is_lower(char c) noexcept
{
    return c >= 'a' && c <= 'z';
}

constexpr bool is_upper(char c) noexcept
{
    return c >= 'A' && c <= 'Z';
}

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept
{
    return detail::hex_table[static_cast<unsigned char>(c)];
}

constexpr bool is_hex(char c) noexcept
{
    return hex_value(c) >= 0;
}

/// True for RFC 9110's tchar (section 5.6.2).
constexpr bool is_token_char(char c) noexcept
{
    return detail::token_table[static_cast<unsigned char>(c)];
}

/// True for one or more tchar.
constexpr bool is_token(std::string_view text) noexcept
{
    for (char const c : text) {
        if (!is_token_char(c)) return false;
    }
    return !text.empty();
}

/// True for SP and HTAB (RFC 9110 section 5.6.3).
constexpr bool is_ows(char c) noexcept
{
    return c == ' ' || c == '\t';
}

/// `text` without SP and HTAB at its ends.
constexpr std::string_view trim_ows(std::string_view text) noexcept
{
    while (!text.empty() && is_ows(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_ows(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Equality that ignores the case of ASCII letters.
constexpr bool iequals(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i != a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

} // namespace serval::base
