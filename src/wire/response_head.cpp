// Writing a response head: status line and fields, with serval owning the framing fields.
#include "wire/response_head.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>
#include <iterator>
#include <limits>

namespace serval::wire {

namespace {

constexpr std::string_view version = "HTTP/1.1 ";

// Whole status lines, so that the common case is one append. "Unknown" is first: the index table's default.
constexpr std::string_view status_lines[] = {
    "HTTP/1.1 000 Unknown\r\n",
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 102 Processing\r\n",
    "HTTP/1.1 103 Early Hints\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 201 Created\r\n",
    "HTTP/1.1 202 Accepted\r\n",
    "HTTP/1.1 203 Non-Authoritative Information\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 205 Reset Content\r\n",
    "HTTP/1.1 206 Partial Content\r\n",
    "HTTP/1.1 207 Multi-Status\r\n",
    "HTTP/1.1 208 Already Reported\r\n",
    "HTTP/1.1 226 IM Used\r\n",
    "HTTP/1.1 300 Multiple Choices\r\n",
    "HTTP/1.1 301 Moved Permanently\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 303 See Other\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 305 Use Proxy\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\n",
    "HTTP/1.1 308 Permanent Redirect\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "HTTP/1.1 401 Unauthorized\r\n",
    "HTTP/1.1 402 Payment Required\r\n",
    "HTTP/1.1 403 Forbidden\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 405 Method Not Allowed\r\n",
    "HTTP/1.1 406 Not Acceptable\r\n",
    "HTTP/1.1 407 Proxy Authentication Required\r\n",
    "HTTP/1.1 408 Request Timeout\r\n",
    "HTTP/1.1 409 Conflict\r\n",
    "HTTP/1.1 410 Gone\r\n",
    "HTTP/1.1 411 Length Required\r\n",
    "HTTP/1.1 412 Precondition Failed\r\n",
    "HTTP/1.1 413 Content Too Large\r\n",
    "HTTP/1.1 414 URI Too Long\r\n",
    "HTTP/1.1 415 Unsupported Media Type\r\n",
    "HTTP/1.1 416 Range Not Satisfiable\r\n",
    "HTTP/1.1 417 Expectation Failed\r\n",
    "HTTP/1.1 418 I'm a Teapot\r\n",
    "HTTP/1.1 421 Misdirected Request\r\n",
    "HTTP/1.1 422 Unprocessable Content\r\n",
    "HTTP/1.1 423 Locked\r\n",
    "HTTP/1.1 424 Failed Dependency\r\n",
    "HTTP/1.1 425 Too Early\r\n",
    "HTTP/1.1 426 Upgrade Required\r\n",
    "HTTP/1.1 428 Precondition Required\r\n",
    "HTTP/1.1 429 Too Many Requests\r\n",
    "HTTP/1.1 431 Request Header Fields Too Large\r\n",
    "HTTP/1.1 451 Unavailable For Legal Reasons\r\n",
    "HTTP/1.1 500 Internal Server Error\r\n",
    "HTTP/1.1 501 Not Implemented\r\n",
    "HTTP/1.1 502 Bad Gateway\r\n",
    "HTTP/1.1 503 Service Unavailable\r\n",
    "HTTP/1.1 504 Gateway Timeout\r\n",
    "HTTP/1.1 505 HTTP Version Not Supported\r\n",
    "HTTP/1.1 507 Insufficient Storage\r\n",
    "HTTP/1.1 508 Loop Detected\r\n",
    "HTTP/1.1 511 Network Authentication Required\r\n",
};

constexpr int first_status = 100;
constexpr int end_status = 600;

constexpr auto make_index() noexcept
{
    std::array<unsigned char, end_status - first_status> index{};
    for (std::size_t i = 1; i != std::size(status_lines); ++i) {
        auto const digit = [&](std::size_t n) { return status_lines[i][version.size() + n] - '0'; };
        int const status = digit(0) * 100 + digit(1) * 10 + digit(2);
        index[static_cast<std::size_t>(status - first_status)] = static_cast<unsigned char>(i);
    }
    return index;
}

constexpr auto line_index = make_index();

std::size_t index_of(int status) noexcept
{
    if (status < first_status || status >= end_status) return 0;
    return line_index[static_cast<std::size_t>(status - first_status)];
}

/// Copies text of a size that the compiler knows, and gives its end.
template <std::size_t Size>
char* copy(char* to, char const (&text)[Size]) noexcept
{
    std::memcpy(to, text, Size - 1);
    return to + Size - 1;
}

// 20 digits are enough for 64 bits.
constexpr std::size_t most_digits = std::numeric_limits<std::uint64_t>::digits10 + 1;
constexpr std::size_t date_size = 29;

} // namespace

std::string_view reason_phrase(int status) noexcept
{
    std::string_view phrase = status_lines[index_of(status)];
    phrase.remove_prefix(version.size() + 4);
    phrase.remove_suffix(2);
    return phrase;
}

bool is_bodiless(int status) noexcept
{
    return (status >= 100 && status < 200) || status == 204 || status == 205 || status == 304;
}

bool is_valid_field(std::string_view name, std::string_view value) noexcept
{
    return base::is_token(name) && std::ranges::all_of(value, [](char c) {
               auto const byte = static_cast<unsigned char>(c);
               return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
           });
}

bool is_framing_field(std::string_view name) noexcept
{
    constexpr std::string_view names[] = {"connection", "content-length", "transfer-encoding",
                                          "date",       "keep-alive",     "upgrade"};
    return std::ranges::any_of(names, [name](std::string_view n) { return base::iequals(n, name); });
}

void append_field(std::string& out, std::string_view name, std::string_view value)
{
    assert(is_valid_field(name, value));
    out.append(name);
    out.append(": ");
    out.append(value);
    out.append("\r\n");
}

void response_head::status(int status)
{
    assert(status >= 100 && status <= 999);
    if (std::size_t const i = index_of(status); i != 0) return put(status_lines[i]);
    char const digits[] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                           static_cast<char>('0' + status % 10)};
    put(version);
    put({digits, sizeof digits});
    put(" Unknown\r\n");
}

void response_head::date(std::string_view text)
{
    assert(text.size() == date_size);
    char* at = copy(room_for(date_size + 8), "date: ");
    std::memcpy(at, text.data(), date_size);
    copy(at + date_size, "\r\n");
    used_ += date_size + 8;
}

void response_head::content_length(std::uint64_t length)
{
    char* const begin = room_for(most_digits + 18);
    char* const digits = copy(begin, "content-length: ");
    char* const end = std::to_chars(digits, digits + most_digits, length).ptr;
    used_ += static_cast<std::size_t>(copy(end, "\r\n") - begin);
}

void response_head::field(std::string_view name, std::string_view value)
{
    assert(is_valid_field(name, value));
    std::size_t const size = name.size() + value.size() + 4;
    if (size > capacity) {
        move_on();
        return append_field(*out_, name, value);
    }
    char* at = room_for(size);
    std::memcpy(at, name.data(), name.size());
    at = copy(at + name.size(), ": ");
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    copy(at + value.size(), "\r\n");
    used_ += size;
}

void response_head::end()
{
    put("\r\n");
    move_on();
}

/// What the caller writes there counts when `used_` says so.
char* response_head::room_for(std::size_t bytes)
{
    if (capacity - used_ < bytes) move_on();
    return gathered_ + used_;
}

void response_head::put(std::string_view text)
{
    std::memcpy(room_for(text.size()), text.data(), text.size());
    used_ += text.size();
}

void response_head::move_on()
{
    out_->append(gathered_, used_);
    used_ = 0;
}

void append_chunk(std::string& out, std::string_view bytes)
{
    constexpr std::size_t most_together =
        256; // a small chunk is put together first: one append instead of three
    constexpr std::size_t hex_digits = 16;
    if (bytes.empty()) return;
    std::array<char, most_together + hex_digits + 4> piece;
    char* at = std::to_chars(piece.data(), piece.data() + hex_digits, bytes.size(), 16).ptr;
    at = copy(at, "\r\n");
    bool const together = bytes.size() <= most_together;
    if (together) {
        std::memcpy(at, bytes.data(), bytes.size());
        at = copy(at + bytes.size(), "\r\n");
    }
    out.append(piece.data(), at);
    if (together) return;
    out.append(bytes);
    out.append("\r\n");
}

void append_last_chunk(std::string& out)
{
    out.append("0\r\n\r\n");
}

} // namespace serval::wire
