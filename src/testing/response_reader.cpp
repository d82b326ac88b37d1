#include "testing/response_reader.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace serval::testing_impl {

namespace {

/// field-content (RFC 9110 section 5.5): no control character but HTAB.
bool is_field_text(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return c == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

bool parse_number(std::string_view text, int base, std::uint64_t& number) noexcept
{
    auto const end = text.data() + text.size();
    auto const [at, ec] = std::from_chars(text.data(), end, number, base);
    return ec == std::errc{} && at == end && text.front() != '-';
}

/// Calls `function` with each element of a comma-separated list.
template <class F>
void for_each_element(std::string_view list, F function)
{
    while (!list.empty()) {
        auto const comma = std::min(list.find(','), list.size());
        function(base::trim_ows(list.substr(0, comma)));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
}

} // namespace

bool response_reader::in_line() const noexcept
{
    switch (state_) {
    case state::status_line:
    case state::field_line:
    case state::chunk_size:
    case state::chunk_end:
    case state::trailer_line: return true;
    default: return false;
    }
}

std::size_t response_reader::feed(std::string_view bytes)
{
    std::size_t used = 0;
    if (!bytes.empty()) untouched_ = false;
    while (used != bytes.size() && !complete() && !failed())
        used += step(bytes.substr(used));
    return used;
}

std::size_t response_reader::feed_piece(std::string_view bytes)
{
    std::size_t used = 0;
    if (!bytes.empty()) untouched_ = false;
    at_piece_end_ = false;
    while (used != bytes.size() && !at_piece_end_ && !complete() && !failed())
        used += step(bytes.substr(used));
    return used;
}

std::optional<std::string> response_reader::take_piece()
{
    if (!at_piece_end_ || response_.body.empty()) return std::nullopt;
    return std::exchange(response_.body, {});
}

std::size_t response_reader::feed_line(std::string_view bytes)
{
    auto const lf = bytes.find('\n');
    if (lf == std::string_view::npos) {
        line_ += bytes;
        if (line_.size() > max_line) fail("a line is too long");
        return bytes.size();
    }
    line_ += bytes.substr(0, lf);
    if (line_.empty() || line_.back() != '\r') {
        fail("a line ends without CR");
        return lf + 1;
    }
    line_.pop_back();
    auto const line = std::exchange(line_, {});
    on_line(line);
    return lf + 1;
}

std::size_t response_reader::feed_body(std::string_view bytes)
{
    at_piece_end_ = state_ != state::chunk_data;
    if (state_ == state::body_until_close) {
        response_.body += bytes;
        return bytes.size();
    }
    auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    response_.body += bytes.substr(0, n);
    left_ -= n;
    if (left_ == 0) state_ = state_ == state::sized_body ? state::complete : state::chunk_end;
    return n;
}

void response_reader::end_of_stream()
{
    if (complete() || failed()) return;
    if (state_ == state::body_until_close) {
        state_ = state::complete;
    } else {
        fail(untouched_ ? "the connection ended without a response"
                        : "the connection ended inside the response");
    }
}

void response_reader::fail(std::string_view reason) noexcept
{
    state_ = state::failed;
    reason_ = reason;
    keep_alive_ = false;
}

void response_reader::on_line(std::string_view line)
{
    switch (state_) {
    case state::status_line: return on_status_line(line);
    case state::field_line:
        if (line.empty()) return on_head_end();
        return on_field(line);
    case state::chunk_size: return on_chunk_size(line);
    case state::chunk_end:
        if (!line.empty()) return fail("a chunk is longer than its size");
        at_piece_end_ = true;
        state_ = state::chunk_size;
        return;
    default: // trailer_line
        if (line.empty()) state_ = state::complete;
        return;
    }
}

/// status-line = HTTP-version SP 3DIGIT SP [ reason-phrase ] (RFC 9112 section 4)
void response_reader::on_status_line(std::string_view line)
{
    bool const is_1_1 = line.starts_with("HTTP/1.1 ");
    if (!is_1_1 && !line.starts_with("HTTP/1.0 ")) return fail("not an HTTP/1 status line");
    std::uint64_t status = 0;
    if (line.size() < 13 || line[12] != ' ' || !parse_number(line.substr(9, 3), 10, status) || status < 100)
        return fail("a bad status code");
    if (!is_field_text(line.substr(13))) return fail("a bad reason phrase");
    response_ = {};
    response_.status = static_cast<int>(status);
    response_.reason = line.substr(13);
    keep_alive_ = is_1_1;
    has_length_ = chunked_ = false;
    left_ = 0;
    state_ = state::field_line;
}

void response_reader::on_field(std::string_view line)
{
    auto const colon = std::min(line.find(':'), line.size());
    auto const name = line.substr(0, colon);
    if (colon == line.size() || !base::is_token(name)) return fail("a bad field name");
    auto const value = base::trim_ows(line.substr(colon + 1));
    if (!is_field_text(value)) return fail("a bad field value");
    response_.headers.emplace_back(name, value);
    on_framing_field(name, value);
}

void response_reader::on_framing_field(std::string_view name, std::string_view value)
{
    if (base::iequals(name, "connection")) {
        for_each_element(value, [this](std::string_view option) {
            if (base::iequals(option, "close")) keep_alive_ = false;
            if (base::iequals(option, "keep-alive")) keep_alive_ = true;
        });
    } else if (base::iequals(name, "content-length")) {
        if (has_length_) return fail("two Content-Length fields");
        if (value.empty() || !base::is_digit(value.front()) || !parse_number(value, 10, left_))
            return fail("a bad Content-Length");
        has_length_ = true;
    } else if (base::iequals(name, "transfer-encoding")) {
        if (chunked_ || !base::iequals(value, "chunked")) return fail("a bad Transfer-Encoding");
        chunked_ = true;
    }
}

/// RFC 9112 section 6.3.
void response_reader::on_head_end()
{
    int const status = response_.status;
    bool const interim = status < 200;
    if (has_length_ && chunked_) return fail("both Content-Length and Transfer-Encoding");
    if ((interim || status == 204) && (has_length_ || chunked_))
        return fail("a length where the status forbids a body");
    at_piece_end_ = head_complete_ = !interim || status == 101;
    if (!head_complete_) {
        state_ = state::status_line;
    } else if (interim) {
        keep_alive_ = false; // another protocol follows
        state_ = state::complete;
    } else if (head_request_ || status == 204 || status == 304 || (has_length_ && left_ == 0)) {
        state_ = state::complete;
    } else if (chunked_) {
        state_ = state::chunk_size;
    } else if (has_length_) {
        state_ = state::sized_body;
    } else {
        keep_alive_ = false;
        state_ = state::body_until_close;
    }
}

/// chunk-size [ ";" … ] (RFC 9112 section 7.1)
void response_reader::on_chunk_size(std::string_view line)
{
    auto const size = line.substr(0, std::min(line.find(';'), line.size()));
    if (size.empty() || base::hex_value(size.front()) < 0 || !parse_number(size, 16, left_))
        return fail("a bad chunk size");
    state_ = left_ == 0 ? state::trailer_line : state::chunk_data;
}

} // namespace serval::testing_impl
