// The request head: finding its end, parsing it with Beast, judging it by RFC 9110 and 9112.
#pragma once

#include "wire/error.hpp"

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

/// Finds the end of a request head in a buffer that grows.
///
/// Remembers how far it looked, so bytes are looked at once however they arrive, and the verdict is the same.
/// Also where cheap checks live that need every line: bare LF, obs-fold, the limits. Up to `max_empty_lines`
/// empty lines before the request line are skipped (RFC 9112 section 2.2).
class head_scanner {
public:
    static constexpr unsigned max_empty_lines = 8;

    /// `limits` must outlive the scanner.
    explicit head_scanner(head_limits const& limits) noexcept : limits_{&limits} {}

    enum class state : unsigned char { incomplete, complete, failed };

    /// Looks at `bytes`, which starts where the first call's did and has only grown since.
    state scan(std::string_view bytes) noexcept;

    /// Offset of the request line's first byte (empty lines skipped). Valid once complete.
    std::size_t begin() const noexcept { return begin_; }
    /// Offset one past the head's final CRLF. Valid once complete.
    std::size_t end() const noexcept { return position_; }
    /// True while nothing but skippable empty lines has arrived.
    bool blank() const noexcept { return lines_ == 0 && !partial_; }
    error failure() const noexcept { return failure_; }

    /// Starts again for the next head, at offset 0 of what is given next.
    void reset() noexcept { *this = head_scanner{*limits_}; }

private:
    error check_first_byte(char c) const noexcept;
    error check_length(std::string_view line, bool complete) const noexcept;
    void finish_line(std::string_view line) noexcept;
    state fail(error e) noexcept;

    head_limits const* limits_;
    std::size_t begin_ = 0;
    std::size_t position_ = 0;    // start of the first line that is not complete
    std::size_t looked_ = 0;      // bytes known to hold no further LF
    std::size_t block_begin_ = 0; // where the field lines begin
    std::size_t lines_ = 0;       // complete ones, the request line included
    unsigned empty_lines_ = 0;
    bool partial_ = false; // bytes after `position_` that cannot become an empty line
    state state_ = state::incomplete;
    error failure_ = error::none;
};

/// How the body that follows a head is delimited (RFC 9112 section 6.3).
enum class framing : unsigned char { none, length, chunked };

/// A parsed and judged head. All views point into the bytes given to `parse_head`.
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

/// Parses a complete head (request line to final empty line, as `head_scanner` delimits it) and judges it.
///
/// Beast's `basic_parser` reads the grammar, in one piece; everything that it accepts and a strict server
/// must not is judged here. `out` is overwritten, and meaningful only
/// when the result is `error::none`. Never throws, never allocates. What Beast refuses is mapped to the
/// nearest `error`.
///
/// - Version: HTTP/1.0 and HTTP/1.1. Another well-formed version, HTTP/1.2 included (Beast refuses it and
/// there is none),
///   is bad_version.
/// - Host: exactly one, valid and not empty (an http URI has a host, RFC 9110 section 4.2.1); it may be
/// missing in HTTP/1.0.
///   The authority of an absolute-form target wins, but Host must be there and valid all the same (RFC 9112
///   section 3.2).
/// - Framing: nothing, or one Content-Length of 1*DIGIT up to INT64_MAX, or, in HTTP/1.1, one
/// Transfer-Encoding that is
///   `chunked`. A well-formed list of other codings is unknown_coding; all else is bad_framing.
/// - Expect: `100-continue`, ignored with all other expectations in HTTP/1.0 (RFC 9110 section 10.1.1).
error parse_head(std::string_view head, request_head& out) noexcept;

} // namespace serval::wire
