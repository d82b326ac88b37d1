// Splitting text as Python's `str.split()` does.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace async_operations {

/// The white space that `text`, which is UTF-8, begins with: bytes of one character, or 0.
inline std::size_t leading_space(std::string_view text)
{
    using namespace std::string_view_literals;
    constexpr std::array spaces{
        "\t"sv,           "\n"sv,           "\v"sv,           "\f"sv,           "\r"sv,
        "\x1c"sv,         "\x1d"sv,         "\x1e"sv,         "\x1f"sv,         " "sv,
        "\xc2\x85"sv,     "\xc2\xa0"sv,     "\xe1\x9a\x80"sv, "\xe2\x80\x80"sv, "\xe2\x80\x81"sv,
        "\xe2\x80\x82"sv, "\xe2\x80\x83"sv, "\xe2\x80\x84"sv, "\xe2\x80\x85"sv, "\xe2\x80\x86"sv,
        "\xe2\x80\x87"sv, "\xe2\x80\x88"sv, "\xe2\x80\x89"sv, "\xe2\x80\x8a"sv, "\xe2\x80\xa8"sv,
        "\xe2\x80\xa9"sv, "\xe2\x80\xaf"sv, "\xe2\x81\x9f"sv, "\xe3\x80\x80"sv};
    auto const* const found =
        std::find_if(spaces.begin(), spaces.end(), [&](auto space) { return text.starts_with(space); });
    return found == spaces.end() ? 0 : found->size();
}

/// The words between runs of Unicode white space.
inline std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> words;
    bool in_word = false;
    while (!text.empty()) {
        if (auto const n = leading_space(text); n != 0) {
            in_word = false;
            text.remove_prefix(n);
            continue;
        }
        if (!in_word) words.emplace_back();
        in_word = true;
        words.back() += text.front();
        text.remove_prefix(1);
    }
    return words;
}

} // namespace async_operations
