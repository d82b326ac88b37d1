// An email address that has been checked and normalised.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval {

/// An email address, as FastAPI's `EmailStr`: checked by syntax only, no name is looked up.
///
/// As a parameter or a model member it is read with the rules and messages of Python's email-validator 2.3
/// (RFC 5321, 5322, 6531): white space around it and a display name (`Joe <joe@example.com>`) are removed,
/// the domain is mapped as IDNA has it (lower case, full-width and composed forms), what is before the `@` is
/// put into Unicode's normal form C; else 422 `value_error`.
class email {
public:
    /// No address: empty. A default for members, never the result of reading one.
    email() = default;

    /// Checks and normalises `text`. Throws std::invalid_argument, with the reason, when it is no valid
    /// address.
    explicit email(std::string_view text);

    /// Checks and normalises `text`; nothing when it is no valid address.
    static std::optional<email> from_string(std::string_view text);

    /// Takes an address as it is, for one that was checked before (such as one read back from a database).
    static email from_normalized(std::string address) noexcept
    {
        email result;
        result.address_ = std::move(address);
        return result;
    }

    /// The normalised address.
    std::string const& str() const noexcept { return address_; }
    operator std::string const&() const noexcept { return address_; }
    operator std::string_view() const noexcept { return address_; }

    /// What is before the last `@`.
    std::string_view local_part() const noexcept { return std::string_view{address_}.substr(0, at()); }

    /// What is after the last `@`, in lower case, in Unicode's characters also when it came as `xn--`.
    std::string_view domain() const noexcept
    {
        std::size_t const end = at();
        return end == std::string::npos ? std::string_view{} : std::string_view{address_}.substr(end + 1);
    }

    /// Addresses are compared as text. (By RFC 5321 the part before the `@` keeps its case.)
    friend bool operator==(email const& a, email const& b) noexcept { return a.address_ == b.address_; }
    friend bool operator==(email const& a, std::string_view b) noexcept { return a.address_ == b; }
    friend bool operator==(email const& a, char const* b) noexcept { return a.address_ == b; }
    friend std::strong_ordering operator<=>(email const& a, email const& b) noexcept
    {
        return a.address_ <=> b.address_;
    }

    /// `"to " + address`, for messages.
    friend std::string operator+(std::string a, email const& b) { return std::move(a += b.address_); }
    friend std::string operator+(char const* a, email const& b) { return a + b.address_; }
    friend std::string operator+(email const& a, std::string_view b) { return a.address_ + std::string{b}; }

private:
    std::size_t at() const noexcept { return address_.rfind('@'); }

    std::string address_;
};

} // namespace serval

/// Makes serval::email a key of unordered containers.
template <>
struct std::hash<serval::email> {
    std::size_t operator()(serval::email const& address) const noexcept
    {
        return std::hash<std::string>{}(address.str());
    }
};
