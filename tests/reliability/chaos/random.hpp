/// Numbers that a seed determines, on every machine.
#pragma once

#include <cstdint>

namespace chaos {

/// splitmix64: small, and good enough to choose with.
class random {
public:
    explicit random(std::uint64_t seed) noexcept : state_{seed} {}

    std::uint64_t next() noexcept
    {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31);
    }
    /// 0 to `n` - 1.
    template <class T>
    T below(T n) noexcept
    {
        return static_cast<T>(next() % static_cast<std::uint64_t>(n));
    }
    /// `from` to `to`, both included.
    template <class T>
    T between(T from, T to) noexcept
    {
        return static_cast<T>(from + below(static_cast<T>(to - from + 1)));
    }
    bool chance(unsigned percent) noexcept { return below(100U) < percent; }

private:
    std::uint64_t state_;
};

} // namespace chaos
