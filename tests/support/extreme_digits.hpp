// Digits at the edges of what programs keep numbers in, for all that reads numbers from a client.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace serval::test {

/// `digits` plus `n`, which is -1 or 1, in decimal.
inline std::string next_to(std::string digits, int n)
{
    char const wrap = n > 0 ? '9' : '0';
    std::size_t at = digits.size() - 1;
    for (; digits[at] == wrap && at != 0; --at)
        digits[at] = n > 0 ? '0' : '9';
    if (digits[at] == wrap) return n > 0 ? '1' + digits.replace(0, 1, "0") : digits;
    digits[at] = static_cast<char>(digits[at] + n);
    return digits;
}

/// Unsigned decimal numbers without leading zeros: powers of two and ten with their neighbours, from 0 to
/// numbers of 5000 digits.
inline std::vector<std::string> const& extreme_digits()
{
    static std::vector<std::string> const made = [] {
        std::vector<std::string> all{"0", "1", "9", std::string(5000, '9'), std::string(4300, '9')};
        constexpr std::string_view powers[] = {"128",
                                               "256",
                                               "32768",
                                               "65536",
                                               "2147483648",
                                               "4294967296",
                                               "9223372036854775808",
                                               "18446744073709551616",
                                               "170141183460469231731687303715884105728",
                                               "340282366920938463463374607431768211456"};
        for (std::string_view const power : powers)
            all.emplace_back(power);
        for (std::size_t const zeros : {9U, 10U, 16U, 17U, 18U, 19U, 20U, 38U, 308U, 309U, 1000U, 4300U})
            all.push_back("1" + std::string(zeros, '0'));
        for (std::size_t i = 0, n = all.size(); i != n; ++i) {
            if (all[i] == "0") continue;
            all.push_back(next_to(all[i], 1));
            std::string below = next_to(all[i], -1);
            all.push_back(below.erase(0, std::min(below.find_first_not_of('0'), below.size() - 1)));
        }
        return all;
    }();
    return made;
}

/// Is the number of `a`'s digits at most that of `b`'s? Neither has leading zeros.
inline bool at_most(std::string_view a, std::string_view b)
{
    return a.size() != b.size() ? a.size() < b.size() : a <= b;
}

/// Decimal numbers whose exponents, or whose digits, are beyond what counts them.
inline std::vector<std::string> const& extreme_decimals()
{
    static std::vector<std::string> const made = [] {
        std::vector<std::string> all;
        for (std::string const& digits : extreme_digits()) {
            for (std::string_view const start : {"0e", "0.0E-", "1e", "1E+", "1e-", "0.1e", "0.1e-", "1000e-",
                                                 "0.0001e+", "123.456e", "0.000e000"})
                all.push_back(std::string{start} + digits);
            all.push_back(digits + ".0");
            all.push_back(digits + ".5");
            all.push_back("0." + digits);
            all.push_back(digits + "e-" + std::to_string(digits.size()));
        }
        all.push_back("0." + std::string(400, '0') + "1e401");
        all.push_back("1" + std::string(400, '0') + "e-401");
        all.push_back("1e" + std::string(400, '0') + "5");
        all.push_back("1e-" + std::string(400, '0') + "5");
        return all;
    }();
    return made;
}

} // namespace serval::test
