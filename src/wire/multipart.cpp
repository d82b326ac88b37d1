// multipart/form-data (RFC 7578, RFC 2046 section 5.1), without I/O.
#include "wire/multipart.hpp"

#include "base/ascii.hpp"
#include "wire/media_type.hpp"

#include <algorithm>
#include <cassert>

namespace serval::wire {

namespace {

constexpr std::size_t max_boundary = 70;
constexpr std::string_view line_end = "\r\n";

// RFC 2046 section 5.1.1.
constexpr bool is_boundary_char(char c) noexcept
{
    char const lower = base::to_lower(c);
    constexpr std::string_view others = "'()+_,-./:=? ";
    return base::is_digit(c) || (lower >= 'a' && lower <= 'z') || others.find(c) != std::string_view::npos;
}

bool is_boundary(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= max_boundary && text.back() != ' ' &&
           std::ranges::all_of(text, is_boundary_char);
}

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept
{
    std::size_t const limit = std::min(a.size(), b.size());
    std::size_t n = 0;
    while (n != limit && a[n] == b[n])
        ++n;
    return n;
}

} // namespace

std::optional<std::string> boundary_of(std::string_view content_type)
{
    auto const type = parse_media_type(content_type);
    if (!type || !base::iequals(type->type, "multipart") || !base::iequals(type->subtype, "form-data")) {
        return std::nullopt;
    }
    auto boundary = parameter_of(*type, "boundary");
    if (!boundary || !is_boundary(*boundary)) return std::nullopt;
    return boundary;
}

multipart_parser::multipart_parser(std::string_view boundary, multipart_limits limits)
    // The body's first line has the delimiter without its CRLF (RFC 2046 section 5.1.1).
    : matched_{line_end.size()},
      limits_{limits}
{
    assert(is_boundary(boundary));
    delimiter_.append(line_end).append("--").append(boundary);
}

multipart_parser::step multipart_parser::next(std::string_view bytes)
{
    std::size_t consumed = 0;
    for (;;) {
        step result = advance(bytes.substr(consumed));
        consumed += result.consumed;
        result.consumed = consumed;
        if (result.what != event::need_input || consumed == bytes.size()) return result;
    }
}

multipart_parser::step multipart_parser::end_of_input() noexcept
{
    if (state_ == state::closing_padding || state_ == state::epilogue) return {.what = event::finished};
    return fail(state_ == state::failed ? failure_ : multipart_error::truncated);
}

multipart_parser::step multipart_parser::advance(std::string_view bytes)
{
    switch (state_) {
    case state::line_start: return take_leading(bytes);
    case state::head: return take_head(bytes);
    case state::data: return take_data(bytes);
    case state::closing_padding: return take_padding(bytes);
    case state::epilogue: return {.consumed = bytes.size()};
    case state::failed: return fail(failure_);
    default: return take_byte(bytes);
    }
}

multipart_parser::step multipart_parser::take_leading(std::string_view bytes) noexcept
{
    std::size_t at = 0;
    if (matched_ == line_end.size()) {
        while (bytes.substr(at).starts_with(line_end))
            at += line_end.size();
        if (bytes.substr(at).starts_with('\r')) {
            state_ = state::leading_lf;
            return {.consumed = at + 1};
        }
    }
    std::string_view const rest = bytes.substr(at);
    std::size_t const more = common_prefix(rest, std::string_view{delimiter_}.substr(matched_));
    matched_ += more;
    if (matched_ == delimiter_.size()) {
        matched_ = 0;
        state_ = state::delimited;
    } else if (more != rest.size()) {
        return fail(multipart_error::malformed);
    }
    return {.consumed = at + more};
}

multipart_parser::step multipart_parser::take_head(std::string_view bytes)
{
    std::size_t at = 0;
    while (at != bytes.size()) {
        std::size_t const lf = bytes.find('\n', at);
        std::size_t const end = lf == std::string_view::npos ? bytes.size() : lf + 1;
        // Before the line is looked at, so that the verdict does not depend on where the input is split.
        if (end - at > limits_.part_header_bytes - block_.size()) {
            return fail(multipart_error::part_header_too_large);
        }
        block_.insert(block_.end(), bytes.begin() + at, bytes.begin() + end);
        at = end;
        if (lf == std::string_view::npos) break;
        std::string_view const line{block_.data() + line_start_, block_.size() - line_start_};
        if (!line.ends_with(line_end)) return fail(multipart_error::malformed);
        if (line == line_end) {
            auto const e = parse_part_head(std::span{block_}.first(line_start_), limits_.part_fields, part_);
            if (e != multipart_error::none) return fail(e);
            state_ = state::data;
            return {.consumed = at, .what = event::part_begin};
        }
        line_start_ = block_.size();
    }
    return {.consumed = at};
}

// Each CR is compared with the delimiter once. As the delimiter has no other CR, the bytes that matched it
// can be skipped when it does not follow: hence linear time, also for "\r\n--\r\n--" and boundaries of
// dashes.
multipart_parser::step multipart_parser::take_data(std::string_view bytes) noexcept
{
    if (matched_ != 0) return go_on_matching(bytes);
    std::size_t at = bytes.find('\r');
    while (at != std::string_view::npos) {
        std::size_t const length = common_prefix(bytes.substr(at), delimiter_);
        if (length == delimiter_.size() || at + length == bytes.size()) {
            matched_ = length;
            if (at == 0) return end_part_or_wait(length);
            return {.consumed = at + length, .what = event::data, .data = bytes.substr(0, at)};
        }
        at += length;
        if (bytes[at] != '\r') at = bytes.find('\r', at); // hostile data has them side by side: no call then
    }
    if (bytes.empty()) return {};
    return {.consumed = bytes.size(), .what = event::data, .data = bytes};
}

// The input so far ends with a part of the delimiter, maybe all of it.
multipart_parser::step multipart_parser::go_on_matching(std::string_view bytes) noexcept
{
    std::string_view const delimiter{delimiter_};
    std::size_t const more = common_prefix(bytes, delimiter.substr(matched_));
    matched_ += more;
    if (matched_ == delimiter.size() || more == bytes.size()) return end_part_or_wait(more);
    // It was data. It may have come in earlier calls, whose input is gone: the delimiter has the same bytes.
    std::string_view const data = delimiter.substr(0, matched_);
    matched_ = 0;
    return {.consumed = more, .what = event::data, .data = data};
}

multipart_parser::step multipart_parser::end_part_or_wait(std::size_t consumed) noexcept
{
    if (matched_ != delimiter_.size()) return {.consumed = consumed};
    matched_ = 0;
    state_ = state::delimited;
    return {.consumed = consumed, .what = event::part_end};
}

multipart_parser::step multipart_parser::take_padding(std::string_view bytes) noexcept
{
    auto const end = std::ranges::find_if_not(bytes, base::is_ows);
    auto const padding = static_cast<std::size_t>(end - bytes.begin());
    if (end == bytes.end()) return {.consumed = padding};
    if (*end != '\r') return fail(multipart_error::malformed);
    state_ = state::closing_lf;
    return {.consumed = padding + 1};
}

multipart_parser::step multipart_parser::take_byte(std::string_view bytes) noexcept
{
    if (bytes.empty()) return {};
    state_ = after(bytes.front());
    if (state_ == state::failed) return fail(multipart_error::malformed);
    return {.consumed = 1};
}

multipart_parser::state multipart_parser::after(char c) noexcept
{
    switch (state_) {
    case state::leading_lf: return c == '\n' ? state::line_start : state::failed;
    case state::delimited:
        if (c == '-') return state::closing_dash;
        return c == '\r' ? state::part_lf : state::failed;
    case state::part_lf:
        block_.clear();
        line_start_ = 0;
        return c == '\n' ? state::head : state::failed;
    case state::closing_dash: return c == '-' ? state::closing_padding : state::failed;
    case state::closing_lf: return c == '\n' ? state::epilogue : state::failed;
    default: return state::failed;
    }
}

multipart_parser::step multipart_parser::fail(multipart_error e) noexcept
{
    state_ = state::failed;
    failure_ = e;
    return {.what = event::failed, .failure = e};
}

} // namespace serval::wire
