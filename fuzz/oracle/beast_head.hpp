// Another parser of request heads, made of Beast's: what head_parser is held against.
#pragma once

#include "wire/error.hpp"
#include "wire/head.hpp"

#include <cstddef>
#include <string_view>

namespace serval::oracle {

using namespace serval::wire;

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

/// Parses a complete head (request line to final empty line, as `head_scanner` delimits it) with Beast's
/// basic_parser, in one piece, and judges what that accepts and a strict server must not.
error parse_head(std::string_view head, request_head& out) noexcept;

} // namespace serval::oracle
