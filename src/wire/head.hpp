// A request head, and its bounds. `head_parser` reads it.
#pragma once

#include <serval/method.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace serval::wire {

/// One field line. Both views point into the buffer that was parsed; the value has no surrounding white
/// space.
struct field {
    std::string_view name;
    std::string_view value;
};

/// Bounds of a head; what goes beyond is refused as soon as it is certain.
struct head_limits {
    std::size_t request_line = 8 * 1024; ///< bytes of the request line without CRLF; more: 414
    std::size_t block = 32 * 1024;       ///< bytes of all field lines with their CRLFs; more: 431
    std::size_t fields = 100;            ///< number of field lines; more: 431; at most `max_fields`
};

/// How the body that follows a head is delimited (RFC 9112 section 6.3).
enum class framing : unsigned char { none, length, chunked };

/// A parsed and judged head. All views point into the bytes that `head_parser` was given.
struct request_head {
    static constexpr std::size_t max_fields = 128;

    serval::method method = serval::method::other;
    std::string_view method_name; ///< as sent
    std::string_view target;      ///< as sent
    std::string_view path; ///< raw (still percent-encoded) path; "/" for an absolute-form target without one;
                           ///< "*" for OPTIONS *
    std::string_view query; ///< raw, without '?'
    std::string_view host;  ///< the target's authority, else Host; empty when neither is there
    bool http_1_0 = false;
    bool keep_alive = true; ///< what the client asks for (RFC 9112 section 9.3)
    bool expects_continue = false;
    framing body = framing::none;
    std::uint64_t content_length = 0;
    std::size_t field_count = 0;
    std::array<field, max_fields> field_storage;

    std::span<field const> fields() const noexcept { return {field_storage.data(), field_count}; }
    /// The value of the first field called `name` (any case), or nullptr.
    field const* find(std::string_view name) const noexcept;
};

} // namespace serval::wire
