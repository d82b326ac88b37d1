// Finding the end of a request head, and refusing early what needs no parsing.
#include "base/ascii.hpp"
#include "oracle/beast_head.hpp"

#include <algorithm>
#include <cstring>

namespace serval::oracle {

// Every check gives the same verdict on a line that is still growing as on the whole line: a line is judged
// by its first byte, then by its length, and only then, once its LF is there, by its end.
head_scanner::state head_scanner::scan(std::string_view bytes) noexcept
{
    while (state_ == state::incomplete && position_ < bytes.size()) {
        if (error const e = check_first_byte(bytes[position_]); e != error::none) return fail(e);

        void const* const found = std::memchr(bytes.data() + looked_, '\n', bytes.size() - looked_);
        std::size_t const end =
            found == nullptr ? bytes.size()
                             : static_cast<std::size_t>(static_cast<char const*>(found) - bytes.data());
        std::string_view const line = bytes.substr(position_, end - position_);
        if (error const e = check_length(line, found != nullptr); e != error::none) return fail(e);
        if (found == nullptr) {
            looked_ = end;
            partial_ = line != "\r";
            return state_;
        }
        finish_line(line);
        looked_ = position_;
        partial_ = false;
    }
    return state_;
}

error head_scanner::check_first_byte(char c) const noexcept
{
    if (c == '\r') return error::none; // an empty line, or refused when the line is complete
    if (lines_ == 0) {
        // Early, so that a TLS handshake or other noise on this port is answered at once.
        return base::is_token_char(c) ? error::none : error::bad_request_line;
    }
    // obs-fold (RFC 9112 section 5.2). Refused here also because Beast would unfold it into a buffer of its
    // own.
    if (base::is_ows(c)) return error::bad_field;
    bool const full = lines_ - 1 >= std::min(limits_->fields, request_head::max_fields);
    return full ? error::fields_too_large : error::none;
}

error head_scanner::check_length(std::string_view line, bool complete) const noexcept
{
    if (line == "\r") return error::none;
    if (lines_ == 0) {
        std::size_t const length = line.size() - (line.ends_with('\r') ? 1 : 0);
        return length > limits_->request_line ? error::request_line_too_long : error::none;
    }
    std::size_t const block = position_ + line.size() + (complete ? 1 : 0) - block_begin_;
    return block > limits_->block ? error::fields_too_large : error::none;
}

// `line` has no LF.
void head_scanner::finish_line(std::string_view line) noexcept
{
    std::size_t const next = position_ + line.size() + 1;
    if (line == "\r") {
        if (lines_ != 0) {
            state_ = state::complete;
        } else if (++empty_lines_ > max_empty_lines) {
            fail(error::bad_request_line);
        } else {
            begin_ = next;
        }
    } else if (!line.ends_with('\r') || line.starts_with('\r')) {
        fail(lines_ == 0 ? error::bad_request_line : error::bad_field); // bare LF or bare CR
    } else if (++lines_ == 1) {
        block_begin_ = next;
    }
    position_ = next;
}

head_scanner::state head_scanner::fail(error e) noexcept
{
    failure_ = e;
    state_ = state::failed;
    return state_;
}

} // namespace serval::oracle
