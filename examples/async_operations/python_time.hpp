// The time of day as Python writes it.
#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

namespace async_operations {

/// Python's `datetime.now().isoformat()`: local time, with microseconds unless they are zero.
inline std::string now_isoformat()
{
    using namespace std::chrono;
    auto const now = time_point_cast<microseconds>(system_clock::now());
    auto const second = floor<seconds>(now);
    std::time_t const clock = system_clock::to_time_t(second);
    std::tm local{};
    localtime_r(&clock, &local);
    std::array<char, 40> text;
    auto const length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &local);
    std::string made{text.data(), length};
    if (auto const fraction = static_cast<int>((now - second).count()); fraction != 0) {
        std::snprintf(text.data(), text.size(), ".%06d", fraction);
        made += text.data();
    }
    return made;
}

/// Python's `datetime.now().strftime("%H:%M:%S")`: local time.
inline std::string now_clock()
{
    std::time_t const clock = std::time(nullptr);
    std::tm local{};
    localtime_r(&clock, &local);
    std::array<char, 16> text;
    return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &local)};
}

} // namespace async_operations
