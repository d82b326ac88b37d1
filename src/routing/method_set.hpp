// A set of request methods, as an Allow header lists them.
#pragma once

#include <serval/method.hpp>

#include <cstdint>
#include <string>

namespace serval::routing {

/// A set of request methods. `method::other` is never a member: it stands for methods that serval does not
/// know.
class method_set {
public:
    constexpr method_set() noexcept = default;

    constexpr void insert(method m) noexcept { bits_ = static_cast<std::uint16_t>(bits_ | bit(m)); }
    constexpr bool contains(method m) const noexcept { return (bits_ & bit(m)) != 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }

    /// Adds all members of `other`.
    constexpr method_set& operator|=(method_set other) noexcept
    {
        bits_ = static_cast<std::uint16_t>(bits_ | other.bits_);
        return *this;
    }

    friend constexpr bool operator==(method_set, method_set) noexcept = default;

    /// The value of an Allow header (RFC 9110 section 10.2.1), for example "GET, HEAD, OPTIONS". The order is
    /// fixed: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT.
    std::string to_allow_string() const;

private:
    static constexpr std::uint16_t bit(method m) noexcept
    {
        return m == method::other ? std::uint16_t{0}
                                  : static_cast<std::uint16_t>(1U << static_cast<unsigned>(m));
    }

    std::uint16_t bits_ = 0;
};

} // namespace serval::routing
