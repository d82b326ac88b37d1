// Writing a response head: status line and fields, with serval owning the framing fields.
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

/// Appends "HTTP/1.1 200 OK\r\n"; always 1.1 (RFC 9112 section 2.3).
void append_status_line(std::string& out, int status);
/// Appends "name: value\r\n". Both must be valid.
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_content_length(std::string& out, std::uint64_t length);

/// Appends `bytes` as one chunk (RFC 9112 section 7.1); nothing for no bytes, which would end the body.
void append_chunk(std::string& out, std::string_view bytes);
/// Appends what ends a chunked body.
void append_last_chunk(std::string& out);

} // namespace serval::wire
