// A string as a template argument.
#pragma once

#include <cstddef>
#include <string_view>

namespace serval::detail {

/// Text that can be a template argument: what makes `query<"limit", int>` possible.
template <std::size_t N>
struct fixed_string {
    char data[N]{};

    constexpr fixed_string(char const (&text)[N]) noexcept
    {
        for (std::size_t i = 0; i != N; ++i)
            data[i] = text[i];
    }

    constexpr std::string_view view() const noexcept { return {data, N - 1}; }
};

} // namespace serval::detail
