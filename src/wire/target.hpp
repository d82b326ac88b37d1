// Request targets and authorities (RFC 9112 section 3.2, RFC 3986 section 3.2).
#pragma once

#include <serval/method.hpp>

#include <optional>
#include <string_view>

namespace serval::wire {

/// A request target, taken apart. All views point into the text that was parsed.
struct request_target {
    std::string_view authority; ///< of an absolute-form target, else empty
    std::string_view path;      ///< raw; "/" for an absolute-form target without one, "*" for asterisk-form
    std::string_view query;     ///< raw, without '?'
};

/// Judges and splits a request target; nullopt when it is none that `m` may have.
///
/// origin-form and absolute-form (http and https, with a valid authority) serve every method but CONNECT, "*"
/// serves OPTIONS only, authority-form nothing: serval is no proxy. Raw controls, spaces, bytes from 0x80 and
/// '#' are refused; other characters outside RFC 3986's grammar ('|', '{', '"', …) are let through, because
/// browsers send them.
std::optional<request_target> parse_target(method m, std::string_view target) noexcept;

/// True for `uri-host [ ":" port ]` with a non-empty host (an http URI must have one, RFC 9110 section 4.2.1)
/// that is a reg-name, an IPv4 address or a bracketed IPv6 address, and a port that is empty or 0 to 65535.
bool is_valid_authority(std::string_view authority) noexcept;

} // namespace serval::wire
