// multipart/form-data (RFC 7578, RFC 2046 section 5.1), without I/O.
#pragma once

#include "wire/part_head.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::wire {

/// What one part's head may have. How many parts there may be, and how large, is the caller's business.
struct multipart_limits {
    std::size_t part_fields = 16;
    std::size_t part_header_bytes = 4 * 1024; ///< of all field lines, the empty line after them included
};

/// The boundary of a multipart/form-data Content-Type.
///
/// Nullopt for another type, and when there is no boundary, there are two, or it is not RFC 2046's 1 to 70
/// bchars of which the last is no space.
std::optional<std::string> boundary_of(std::string_view content_type);

/// Finds the parts of a multipart/form-data body in bytes as they arrive.
///
/// Data is handed out as views of the input: no copy, no allocation, and the work is linear in the input
/// whatever the input is. Before the first delimiter only CRLFs may stand; a delimiter is followed by CRLF
/// or, when it closes the form, by "--", white space and, after a CRLF, anything. All else is `malformed`:
/// text before the first delimiter, white space after a delimiter that does not close, lines that end with a
/// bare LF. A form may have no parts: `--B--`.
class multipart_parser {
public:
    enum class event : unsigned char {
        need_input, ///< all of the input was consumed
        part_begin, ///< `part()` describes the part whose data follows
        data,       ///< a run of the part's data, never empty
        part_end,
        finished, ///< only from `end_of_input()`
        failed,
    };

    struct step {
        std::size_t consumed = 0; ///< bytes of the input that are done with
        event what = event::need_input;
        std::string_view data = {}; ///< a view of the input or of the parser; good until the next call
        multipart_error failure = multipart_error::none;
    };

    /// `boundary` is as `boundary_of` returns it.
    explicit multipart_parser(std::string_view boundary, multipart_limits limits = {});

    // `part()` has views of the parser's memory, which a move takes along and a copy would not.
    multipart_parser(multipart_parser&&) noexcept = default;
    multipart_parser& operator=(multipart_parser&&) noexcept = default;
    multipart_parser(multipart_parser const&) = delete;
    multipart_parser& operator=(multipart_parser const&) = delete;
    ~multipart_parser() = default;

    /// Consumes a prefix of `bytes`; call again with the rest until `need_input`. After `failed`, every call
    /// fails alike and consumes nothing.
    step next(std::string_view bytes);

    /// Says that the body has ended: `finished`, or `failed` with `truncated` when the form is not closed.
    step end_of_input() noexcept;

    /// The part that the parser is in: good from its `part_begin` to the call after its `part_end`.
    part_head const& part() const noexcept { return part_; }

private:
    enum class state : unsigned char {
        line_start, // before the first delimiter, at the start of a line or inside of the delimiter
        leading_lf,
        delimited, // behind a delimiter
        part_lf,
        head,
        data,
        closing_dash,
        closing_padding,
        closing_lf,
        epilogue,
        failed
    };

    step advance(std::string_view bytes);
    step take_leading(std::string_view bytes) noexcept;
    step take_head(std::string_view bytes);
    step take_data(std::string_view bytes) noexcept;
    step go_on_matching(std::string_view bytes) noexcept;
    step end_part_or_wait(std::size_t consumed) noexcept;
    step take_padding(std::string_view bytes) noexcept;
    step take_byte(std::string_view bytes) noexcept;
    step fail(multipart_error e) noexcept;
    state after(char c) noexcept;

    std::string delimiter_;   // CRLF, "--" and the boundary: CR is nowhere but at its start
    std::size_t matched_ = 0; // bytes of the delimiter with which the input so far ends
    multipart_limits limits_;
    state state_ = state::line_start;
    multipart_error failure_ = multipart_error::none;
    std::vector<char> block_;    // the part's field lines; a vector, since a moved string's views may dangle
    std::size_t line_start_ = 0; // in block_
    part_head part_;
};

} // namespace serval::wire
