// An absolute http or https URL.
// layer: model
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval {

/// An absolute URL of scheme http or https, normalised (WHATWG URL), pydantic's `HttpUrl`.
///
/// As a parameter or a model member it is read as pydantic reads it: at most 2083 characters (else 422
/// `url_too_long`), a valid URL (else `url_parsing`, with the reason in the words of Rust's crate `url`), of
/// scheme http or https (else `url_scheme`). The host is mapped as IDNA has it and put in Punycode (IDNA
/// 2008: no symbols), the scheme's own port and dot segments are dropped, an empty path becomes `/`, other
/// characters are percent-encoded. Written as its text. Whether anything is there, or who owns it, is not
/// asked: do not fetch a client's URL unchecked.
class url {
public:
    /// No URL: empty. A default for members, never the result of reading one.
    url() = default;

    /// Reads and normalises `text`. Throws std::invalid_argument, with the reason.
    explicit url(std::string_view text);

    /// Reads and normalises `text`; nothing when it is no http or https URL.
    static std::optional<url> from_string(std::string_view text);

    /// Takes a URL as it is, for one that was normalised before (such as one read back from a database).
    static url from_normalized(std::string text) noexcept
    {
        url made;
        made.text_ = std::move(text);
        return made;
    }

    /// The whole URL, normalised, ASCII only.
    std::string const& str() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; }

    /// `http` or `https`.
    std::string_view scheme() const noexcept;
    /// `user:password`, percent-encoded; empty without.
    std::string_view userinfo() const noexcept;
    /// The host, in lower case; an IPv6 address with its brackets.
    std::string_view host() const noexcept;
    /// The port, the scheme's when none stands there.
    std::uint16_t port() const noexcept;
    /// From the first `/` on, percent-encoded.
    std::string_view path() const noexcept;
    /// What is behind the `?`, percent-encoded; empty without.
    std::string_view query() const noexcept;
    /// What is behind the `#`, percent-encoded; empty without.
    std::string_view fragment() const noexcept;

    /// As text, which is normalised.
    friend bool operator==(url const&, url const&) = default;
    friend bool operator==(url const& a, std::string_view b) noexcept { return a.text_ == b; }
    friend std::strong_ordering operator<=>(url const&, url const&) = default;

private:
    std::string text_;
};

} // namespace serval

/// Makes serval::url a key of unordered containers.
template <>
struct std::hash<serval::url> {
    std::size_t operator()(serval::url const& address) const noexcept
    {
        return std::hash<std::string>{}(address.str());
    }
};
