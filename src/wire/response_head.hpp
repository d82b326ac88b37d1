// Writing a response head: status line and fields, with serval owning the framing fields; and chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace serval::wire {

/// The standard reason phrase of `status` (RFC 9110 section 15, plus 418, 425, 428, 429, 431, 451, 507, 508,
/// 511), or "Unknown".
std::string_view reason_phrase(int status) noexcept;

/// True for statuses whose responses have no content: 1xx, 204, 205, 304 (RFC 9110 sections 6.4.1
/// and 15.3.6).
bool is_bodiless(int status) noexcept;
/// The one of them that must say so by a length of 0.
inline constexpr int reset_content = 205;

/// True when `name` is a token and `value` has no CR, LF, NUL or other control but HTAB (RFC 9110
/// section 5.5).
bool is_valid_field(std::string_view name, std::string_view value) noexcept;

/// True for names that only serval writes: connection, content-length, transfer-encoding, date, keep-alive,
/// upgrade (any case).
bool is_framing_field(std::string_view name) noexcept;

/// Appends "name: value\r\n". Both must be valid.
void append_field(std::string& out, std::string_view name, std::string_view value);

/// Writes a response head: gathers it piece by piece, and appends it to a buffer in one go if it is of usual
/// size (150 instructions instead of 500 for status line, date, type and length, by callgrind).
class response_head {
public:
    /// Appends to `out`, which must outlive this.
    explicit response_head(std::string& out) noexcept : out_{&out} {}
    response_head(response_head const&) = delete;
    response_head& operator=(response_head const&) = delete;

    /// "HTTP/1.1 200 OK"; always 1.1 (RFC 9112 section 2.3). First, with the status's phrase or "Unknown".
    void status(int status);
    /// `text`: of 29 bytes, "Sun, 06 Nov 1994 08:49:37 GMT".
    void date(std::string_view text);
    void content_length(std::uint64_t length);
    /// "name: value". Both must be valid.
    void field(std::string_view name, std::string_view value);
    /// The empty line at the end; what has been gathered is in the buffer then.
    void end();

private:
    static constexpr std::size_t capacity = 512;

    char* room_for(std::size_t bytes);
    void put(std::string_view text);
    void move_on();

    std::string* out_;
    std::size_t used_ = 0;
    char gathered_[capacity];
};

/// Appends `bytes` as one chunk (RFC 9112 section 7.1); nothing for no bytes, which would end the body.
void append_chunk(std::string& out, std::string_view bytes);
/// Appends what ends a chunked body.
void append_last_chunk(std::string& out);

} // namespace serval::wire
