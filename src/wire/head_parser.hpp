// Reads a request head, in one pass over a buffer that grows.
#pragma once

#include "wire/error.hpp"
#include "wire/head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace serval::wire {

/// Parses and judges a request head by RFC 9110 and 9112, resumable at any byte.
///
/// A line is read when it is whole; one that is not is looked at once more when its LF is there, and bytes
/// that hold none are passed over once however they arrive. The verdict is the same however they are split: a
/// line is judged by its first byte, then by its length, and only then, once its LF is there, by its grammar;
/// the first line that fails decides. What needs all fields (Host, framing, Expect) is judged at the end.
/// Never throws, never allocates.
///
/// - Up to `max_empty_lines` empty lines before the request line are skipped (RFC 9112 section 2.2).
/// - Lines end in CRLF; a bare CR or LF, obs-fold and a space before a colon are refused.
/// - Version: HTTP/1.0 and HTTP/1.1. Another well-formed version is bad_version.
/// - Host: exactly one, valid and not empty (an http URI has a host, RFC 9110 section 4.2.1); it may be
/// missing
///   in HTTP/1.0. The authority of an absolute-form target wins, but Host must be there and valid all the
///   same (RFC 9112 section 3.2).
/// - Framing: nothing, or one Content-Length of 1*DIGIT up to INT64_MAX, or, in HTTP/1.1, one
///   Transfer-Encoding that is `chunked`. A list of other codings is unknown_coding; all else is bad_framing.
/// - Connection: a list of tokens. Expect: `100-continue`, ignored with all other expectations in HTTP/1.0
///   (RFC 9110 section 10.1.1).
class head_parser {
public:
    static constexpr unsigned max_empty_lines = 8;

    /// `limits` must outlive the parser.
    explicit head_parser(head_limits const& limits) noexcept : limits_{&limits} {}

    enum class state : unsigned char { incomplete, complete, failed };

    /// Looks at `bytes`, which starts where the first call's did, has only grown since, and may lie elsewhere
    /// now. `out` is the same at each call for one head; it is meaningful, with views into `bytes`, once this
    /// is `complete`.
    state parse(std::string_view bytes, request_head& out) noexcept;

    /// Offset one past the head's final CRLF. Valid once complete.
    std::size_t end() const noexcept { return position_; }
    /// True while nothing but skippable empty lines has arrived.
    bool blank() const noexcept { return lines_ == 0 && !partial_; }
    error failure() const noexcept { return failure_; }

    /// Starts again for the next head, at offset 0 of what is given next.
    void reset() noexcept { *this = head_parser{*limits_}; }

private:
    /// How reading a line ended, beside failure.
    enum class step : unsigned char { done, more, failed };
    /// What was said by fields that are judged at the end.
    enum : unsigned {
        has_host = 1,
        has_length = 2,
        has_coding = 4,
        close_wanted = 8,
        keep_alive_wanted = 16,
        continue_wanted = 32,
        unknown_expectation = 64,
        host_again = 128,
        length_again = 256,
        coding_again = 512,
    };

    step read_line(std::string_view bytes, request_head& out) noexcept;
    step read_empty_line(char const* at, char const* end, request_head& out) noexcept;
    step read_request_line(char const* at, char const* end, request_head& out) noexcept;
    step read_version(char const* at, char const* end, request_head& out) noexcept;
    step read_field(char const* at, char const* end, request_head& out) noexcept;
    /// What a line that is not what its grammar allows from `at` on comes to: too long, `e`, or not whole
    /// yet.
    step give_up(char const* at, char const* end, error e) noexcept;
    /// The line is whole, and good; the next one begins at `next`.
    void finish_line(std::size_t next) noexcept
    {
        position_ = next;
        ++lines_;
        partial_ = false;
    }
    bool is_too_long(char const* line_end, bool whole) const noexcept;
    step fail(error e) noexcept;
    step remember(field const& one, std::size_t index) noexcept;
    void count(unsigned once, unsigned again, std::uint8_t& where, std::size_t index) noexcept;
    step read_connection(std::string_view value) noexcept;
    /// The bytes lie elsewhere now.
    void follow(char const* bytes, request_head& out) noexcept;
    error judge(request_head& out) const noexcept;
    error judge_target(request_head& out) const noexcept;
    error judge_host(request_head& out) const noexcept;
    error judge_framing(request_head& out) const noexcept;
    bool said(unsigned what) const noexcept { return (said_ & what) != 0; }

    head_limits const* limits_;
    char const* bytes_ = nullptr; // where they lay at the last call
    std::size_t position_ = 0;    // start of the first line that is not complete
    std::size_t looked_ = 0;      // the bytes before it are known to hold no LF from `position_` on
    std::size_t block_begin_ = 0; // where the field lines begin
    std::size_t lines_ = 0;       // complete ones, the request line included
    std::size_t query_ = 0;       // where the target's first '?' is in it; its size: nowhere
    unsigned said_ = 0;
    std::uint8_t host_ = 0; // the fields' indices
    std::uint8_t length_ = 0;
    std::uint8_t coding_ = 0;
    std::uint8_t empty_lines_ = 0;
    bool partial_ = false; // bytes after `position_` that cannot become an empty line
    state state_ = state::incomplete;
    error failure_ = error::none;
};

} // namespace serval::wire
