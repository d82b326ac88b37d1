// Reading the lines of a request head.
#include "wire/head_parser.hpp"

#include "base/ascii.hpp"
#include "base/short_text.hpp"
#include "wire/scan.hpp"

#include <algorithm>
#include <cstring>

namespace serval::wire {

namespace {

std::string_view view(char const* begin, char const* end) noexcept
{
    return {begin, static_cast<std::size_t>(end - begin)};
}

char const* find_lf(char const* at, char const* end) noexcept
{
    return static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
}

method method_of(std::string_view name) noexcept
{
    switch (name.size()) {
    case 3: return name == "GET" ? method::get : name == "PUT" ? method::put : method::other;
    case 4: return name == "POST" ? method::post : name == "HEAD" ? method::head : method::other;
    case 5: return name == "PATCH" ? method::patch : name == "TRACE" ? method::trace : method::other;
    case 6: return name == "DELETE" ? method::delete_ : method::other;
    case 7: return name == "OPTIONS" ? method::options : name == "CONNECT" ? method::connect : method::other;
    default: return method::other;
    }
}

bool is_version(std::string_view text) noexcept
{
    return text.size() == 8 && text.starts_with("HTTP/") && base::is_digit(text[5]) && text[6] == '.' &&
           base::is_digit(text[7]);
}

/// What is wrong with a request line that has this behind its second space.
error judge_version(std::string_view text) noexcept
{
    if (!text.ends_with('\r')) return error::bad_request_line;
    text.remove_suffix(1);
    if (is_version(text)) return error::bad_version;
    bool const ends_well = text.size() > 8 && is_version(text.substr(text.size() - 8));
    return ends_well ? error::bad_target : error::bad_request_line; // a space in the target
}

/// The same text in a copy of the bytes.
std::string_view moved(std::string_view text, char const* from, char const* to) noexcept
{
    if (text.data() == nullptr) return text;
    // As numbers: the old bytes may be gone.
    auto const offset =
        reinterpret_cast<std::uintptr_t>(text.data()) - reinterpret_cast<std::uintptr_t>(from);
    return {to + offset, text.size()};
}

} // namespace

head_parser::state head_parser::parse(std::string_view bytes, request_head& out) noexcept
{
    if (bytes.empty()) return state_; // nothing has begun: `out` may be another one the next time
    if (state_ == state::incomplete && bytes.data() != bytes_) follow(bytes.data(), out);
    while (state_ == state::incomplete && position_ < bytes.size()) {
        if (read_line(bytes, out) == step::more) break;
    }
    return state_;
}

void head_parser::follow(char const* bytes, request_head& out) noexcept
{
    if (bytes_ == nullptr) {
        out.field_count = 0; // the array itself is not cleared: 4 KiB, reused by every request
        out.method_name = out.target = {};
    } else {
        out.method_name = moved(out.method_name, bytes_, bytes);
        out.target = moved(out.target, bytes_, bytes);
        for (std::size_t i = 0; i != out.field_count; ++i) {
            auto& one = out.field_storage[i];
            one = {moved(one.name, bytes_, bytes), moved(one.value, bytes_, bytes)};
        }
    }
    bytes_ = bytes;
}

[[gnu::always_inline]] inline head_parser::step head_parser::read_line(std::string_view bytes,
                                                                       request_head& out) noexcept
{
    char const* const at = bytes.data() + position_;
    char const* const end = bytes.data() + bytes.size();
    if (*at == '\r') return read_empty_line(at, end, out);
    // Else it was looked at before, and is not read again before it is whole.
    if (looked_ > position_ && find_lf(bytes.data() + looked_, end) == nullptr)
        return give_up(end, end, error::none);
    return lines_ == 0 ? read_request_line(at, end, out) : read_field(at, end, out);
}

[[gnu::always_inline]] inline head_parser::step head_parser::read_empty_line(char const* at, char const* end,
                                                                             request_head& out) noexcept
{
    if (end - at < 2) return step::more;
    if (at[1] != '\n') return fail(lines_ == 0 ? error::bad_request_line : error::bad_field);
    position_ += 2;
    if (lines_ == 0) return ++empty_lines_ > max_empty_lines ? fail(error::bad_request_line) : step::done;
    if (error const e = judge(out); e != error::none) return fail(e);
    state_ = state::complete;
    return step::done;
}

head_parser::step head_parser::read_request_line(char const* at, char const* end, request_head& out) noexcept
{
    // Early, so that a TLS handshake or other noise on this port is answered at once.
    if (!base::is_token_char(*at)) return fail(error::bad_request_line);
    bool const gets = end - at >= 4 && base::equal_bytes(at, "GET ", 4);
    char const* const name_end = gets ? at + 3 : skip_token(at, end);
    if (name_end == end || *name_end != ' ') return give_up(name_end, end, error::bad_request_line);

    char const* const target = name_end + 1;
    char const* const mark = skip_path_text(target, end);
    char const* stop = mark;
    while (stop != end && *stop == '?')
        stop = skip_path_text(stop + 1, end);
    if (stop == end || *stop != ' ' || stop == target) return give_up(stop, end, error::bad_target);

    out.method_name = view(at, name_end);
    out.method = gets ? method::get : method_of(out.method_name);
    out.target = view(target, stop);
    query_ = static_cast<std::size_t>(mark - target);
    return read_version(stop + 1, end, out);
}

head_parser::step head_parser::read_version(char const* at, char const* end, request_head& out) noexcept
{
    constexpr std::string_view both = "HTTP/1.";
    constexpr std::ptrdiff_t size = 10; // with the minor digit and CRLF
    bool const good = end - at >= size && base::equal_bytes(at, both.data(), both.size()) &&
                      (at[7] == '1' || at[7] == '0') && at[8] == '\r' && at[9] == '\n';
    if (good) {
        out.http_1_0 = at[7] == '0';
        auto const next = static_cast<std::size_t>(at + size - bytes_);
        if (next - 2 - position_ > limits_->request_line) return fail(error::request_line_too_long);
        finish_line(next);
        block_begin_ = next;
        return step::done;
    }
    char const* const lf = find_lf(at, end);
    return give_up(at, end, lf != nullptr ? judge_version(view(at, lf)) : error::none);
}

head_parser::step head_parser::read_field(char const* at, char const* end, request_head& out) noexcept
{
    if (base::is_ows(*at)) return fail(error::bad_field); // obs-fold (RFC 9112 section 5.2)
    if (out.field_count >= std::min(limits_->fields, request_head::max_fields))
        return fail(error::fields_too_large);
    char const* const name_end = skip_token(at, end);
    if (name_end == end || *name_end != ':' || name_end == at)
        return give_up(name_end, end, error::bad_field);

    char const* value = name_end + 1;
    while (value != end && base::is_ows(*value))
        ++value;
    char const* const stop = skip_field_text(value, end);
    if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n') return give_up(stop, end, error::bad_field);
    char const* last = stop;
    while (last != value && base::is_ows(last[-1]))
        --last;

    auto const next = static_cast<std::size_t>(stop + 2 - bytes_);
    if (next - block_begin_ > limits_->block) return fail(error::fields_too_large);
    finish_line(next);
    auto const index = out.field_count++;
    auto& one = out.field_storage[index];
    one = {view(at, name_end), view(value, last)};
    return remember(one, index);
}

head_parser::step head_parser::give_up(char const* at, char const* end, error e) noexcept
{
    char const* const lf = find_lf(at, end);
    if (is_too_long(lf != nullptr ? lf : end, lf != nullptr))
        return fail(lines_ == 0 ? error::request_line_too_long : error::fields_too_large);
    if (lf != nullptr) return fail(e);
    looked_ = static_cast<std::size_t>(end - bytes_);
    partial_ = true;
    return step::more;
}

// `line_end` is where its LF is, or the end of what has come of it.
bool head_parser::is_too_long(char const* line_end, bool whole) const noexcept
{
    auto const at = static_cast<std::size_t>(line_end - bytes_);
    if (lines_ != 0) return at + (whole ? 1 : 0) - block_begin_ > limits_->block;
    std::size_t const size = at - position_;
    return size - (size != 0 && line_end[-1] == '\r' ? 1 : 0) > limits_->request_line;
}

head_parser::step head_parser::fail(error e) noexcept
{
    failure_ = e;
    state_ = state::failed;
    return step::failed;
}

} // namespace serval::wire
