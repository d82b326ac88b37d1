// Writing a response head: status line and fields, with serval owning the framing fields.
#include "wire/response_head.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>

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

} // namespace

std::string_view reason_phrase(int status) noexcept
{
    std::string_view phrase = status_lines[index_of(status)];
    phrase.remove_prefix(version.size() + 4);
    phrase.remove_suffix(2);
    return phrase;
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

void response_head::put_status(int status)
{
    assert(status >= 100 && status <= 999);
    if (std::size_t const i = index_of(status); i != 0) {
        at_ = copy(room_for(status_lines[i].size()), status_lines[i]);
        return;
    }
    char const digits[] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                           static_cast<char>('0' + status % 10)};
    at_ = copy(copy(copy(room_for(capacity), version), {digits, sizeof digits}), " Unknown\r\n");
}

void append_chunk(std::string& out, std::string_view bytes)
{
    constexpr std::size_t most_together =
        255; // a small chunk is put together first: one append instead of three
    constexpr char digits[] = "0123456789abcdef";
    if (bytes.empty()) return;
    char piece[most_together + 6];
    if (bytes.size() <= most_together) {
        char* at = piece;
        if (bytes.size() >= 16) *at++ = digits[bytes.size() >> 4];
        *at++ = digits[bytes.size() & 15];
        at = copy(at, "\r\n");
        std::memcpy(at, bytes.data(), bytes.size());
        at = copy(at + bytes.size(), "\r\n");
        out.append(piece, static_cast<std::size_t>(at - piece));
        return;
    }
    char* const end = copy(std::to_chars(piece, piece + sizeof piece, bytes.size(), 16).ptr, "\r\n");
    out.append(piece, static_cast<std::size_t>(end - piece));
    out.append(bytes);
    out.append("\r\n");
}

void append_last_chunk(std::string& out)
{
    out.append("0\r\n\r\n");
}

} // namespace serval::wire
