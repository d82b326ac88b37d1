// The host of a URL (WHATWG URL section 3.5), with the words of Rust's crate `url`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::model {

/// A host as it is written, or why there is none: one of the two is set.
struct url_host {
    std::string text{};
    std::string_view fault{}; ///< such as `invalid IPv6 address`; empty: none

    static url_host wrong(std::string_view fault) { return {.fault = fault}; }
};

/// The host of http, https, ws, wss, ftp and file: a domain, percent-encoded and in any script, an IPv4
/// address in any of its forms, or an IPv6 address in brackets.
url_host parse_special_host(std::string_view text);

/// The host of any other scheme, which may be nearly anything.
url_host parse_opaque_host(std::string_view text);

} // namespace serval::model
