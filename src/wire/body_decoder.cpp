// The framing of a request body: Content-Length and chunked (RFC 9112 sections 6 and 7), without I/O.
#include "wire/body_decoder.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <limits>

namespace serval::wire {

namespace {

// A size has at most as many digits as 64 bits need, leading zeros included.
constexpr unsigned char max_size_digits = 16;
// Totals of bytes are kept in signed 64-bit integers elsewhere, as with Content-Length.
constexpr auto max_chunk_size = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

constexpr bool is_blank(char c) noexcept
{
    return base::is_ows(c);
}

// field-vchar, SP and HTAB (RFC 9110 section 5.5); also what a quoted-string may have.
constexpr bool is_text(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

// Places inside a chunk-ext (RFC 9112 section 7.1.1). The grammar is followed to the letter, because parsers
// that only look for CRLF and parsers that honour quotes would else see different bodies (CVE-2026-33870,
// CVE-2026-2332).
namespace ext {
enum place : unsigned char {
    name_start,
    name,
    after_name,
    value_start,
    value,
    quoted,
    escaped,
    unquoted,
    after_value,
    bad
};
}

ext::place after_element(char c) noexcept
{
    return c == ';' ? ext::name_start : ext::bad;
}

ext::place next_place(unsigned char place, char c) noexcept
{
    switch (place) {
    case ext::name_start:
        return is_blank(c) ? ext::name_start : base::is_token_char(c) ? ext::name : ext::bad;
    case ext::name:
        if (base::is_token_char(c)) return ext::name;
        [[fallthrough]];
    case ext::after_name:
        if (is_blank(c)) return ext::after_name;
        return c == '=' ? ext::value_start : after_element(c);
    case ext::value_start:
        if (is_blank(c)) return ext::value_start;
        if (c == '"') return ext::quoted;
        return base::is_token_char(c) ? ext::value : ext::bad;
    case ext::value:
        if (base::is_token_char(c)) return ext::value;
        [[fallthrough]];
    case ext::unquoted:
    case ext::after_value: return is_blank(c) ? ext::after_value : after_element(c);
    case ext::quoted:
        if (c == '"') return ext::unquoted;
        if (c == '\\') return ext::escaped;
        return is_text(c) ? ext::quoted : ext::bad;
    case ext::escaped: return is_text(c) ? ext::quoted : ext::bad;
    default: return ext::bad;
    }
}

// Where a CR may end the extension; not after a blank, where the grammar has none.
bool may_end_at(unsigned char place) noexcept
{
    return place == ext::name || place == ext::value || place == ext::unquoted;
}

// Places inside a trailer line.
constexpr unsigned char trailer_name = 0;
constexpr unsigned char trailer_value = 1;

} // namespace

body_decoder body_decoder::for_length(std::uint64_t length) noexcept
{
    body_decoder decoder;
    decoder.remaining_ = length;
    decoder.state_ = length == 0 ? state::finished : state::length;
    return decoder;
}

body_decoder body_decoder::for_chunked(std::size_t max_overhead) noexcept
{
    body_decoder decoder;
    decoder.state_ = state::size;
    decoder.overhead_ = max_overhead;
    return decoder;
}

body_decoder body_decoder::for_head(request_head const& head) noexcept
{
    switch (head.body) {
    case framing::length: return for_length(head.content_length);
    case framing::chunked: return for_chunked();
    case framing::none: break;
    }
    return body_decoder{};
}

std::uint64_t body_decoder::remaining() const noexcept
{
    return state_ == state::length ? remaining_ : 0;
}

std::string_view body_decoder::take_data(std::string_view bytes) noexcept
{
    std::string_view const data =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size())));
    remaining_ -= data.size();
    if (remaining_ == 0) state_ = state_ == state::length ? state::finished : state::data_cr;
    return data;
}

body_decoder::step body_decoder::decode(std::string_view bytes) noexcept
{
    step result;
    while (result.consumed != bytes.size() && state_ != state::finished && state_ != state::failed) {
        if (state_ == state::length || state_ == state::data) {
            result.data = take_data(bytes.substr(result.consumed));
            result.consumed += result.data.size();
            return result;
        }
        state_ = after(bytes[result.consumed]);
        ++result.consumed;
    }
    if (state_ == state::failed) result.failure = error::bad_chunk;
    return result;
}

body_decoder::state body_decoder::after(char c) noexcept
{
    switch (state_) {
    case state::size: return after_size(c);
    case state::extension: return after_extension(c);
    case state::size_lf:
        if (c != '\n') return state::failed;
        place_ = 0;
        digits_ = 0;
        return remaining_ == 0 ? state::trailer_start : state::data;
    // The bytes after the data are looked at, never skipped (CVE-2025-43859).
    case state::data_cr: return c == '\r' ? state::data_lf : state::failed;
    case state::data_lf: return c == '\n' ? state::size : state::failed;
    case state::trailer_start:
        if (c == '\r') return state::last_lf;
        place_ = trailer_name;
        return base::is_token_char(c) ? after_trailer(c) : state::failed;
    case state::trailer: return after_trailer(c);
    case state::trailer_lf: return c == '\n' && spend_overhead() ? state::trailer_start : state::failed;
    case state::last_lf: return c == '\n' ? state::finished : state::failed;
    default: return state::failed;
    }
}

body_decoder::state body_decoder::after_size(char c) noexcept
{
    if (int const digit = base::hex_value(c); digit >= 0) {
        if (digits_ == max_size_digits) return state::failed;
        ++digits_;
        remaining_ = remaining_ * 16 + static_cast<unsigned>(digit);
        return remaining_ <= max_chunk_size ? state::size : state::failed;
    }
    if (digits_ == 0) return state::failed;
    if (c == '\r') return state::size_lf;
    if (c != ';' || !spend_overhead()) return state::failed;
    place_ = ext::name_start;
    return state::extension;
}

body_decoder::state body_decoder::after_extension(char c) noexcept
{
    if (c == '\r') return may_end_at(place_) ? state::size_lf : state::failed;
    if (!spend_overhead()) return state::failed;
    place_ = next_place(place_, c);
    return place_ == ext::bad ? state::failed : state::extension;
}

body_decoder::state body_decoder::after_trailer(char c) noexcept
{
    if (!spend_overhead()) return state::failed;
    if (place_ == trailer_name) {
        if (c == ':') place_ = trailer_value;
        return c == ':' || base::is_token_char(c) ? state::trailer : state::failed;
    }
    if (c == '\r') return state::trailer_lf;
    return is_text(c) ? state::trailer : state::failed;
}

bool body_decoder::spend_overhead() noexcept
{
    if (overhead_ == 0) return false;
    --overhead_;
    return true;
}

} // namespace serval::wire
