// At most one line a second of a kind that a flood could make endless.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace serval::base {

/// Lets one line through in each second, and counts those that it holds back. Thread-safe.
class log_gate {
public:
    /// When a line may pass: how many were held back since the last one.
    std::optional<std::uint64_t>
    pass(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) noexcept
    {
        auto const second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
        auto last = last_.load();
        if (last == second || !last_.compare_exchange_strong(last, second)) {
            ++held_back_;
            return std::nullopt;
        }
        return held_back_.exchange(0);
    }

    /// " (and 3 more)" for what `pass` gave; nothing for none.
    static std::string remark(std::uint64_t held_back)
    {
        return held_back == 0 ? std::string{} : " (and " + std::to_string(held_back) + " more)";
    }

private:
    std::atomic<std::int64_t> last_{-1};
    std::atomic<std::uint64_t> held_back_{0};
};

} // namespace serval::base
