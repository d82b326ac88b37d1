// A strict HTTP/1.1 response parser for the client's side of tests.
#pragma once

#include <serval/testing/test_client.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval::testing_impl {

/// Reads one final response from bytes that arrive in any pieces; interim responses (1xx but 101) are
/// skipped.
///
/// It forgives nothing that RFC 9112 forbids a server, so that tests see serval's mistakes: bare LF, folded
/// fields, both Content-Length and Transfer-Encoding, a repeated Content-Length, either with 204, codings but
/// chunked, chunks without their CRLF. Sans-I/O; never throws but for want of memory.
class response_reader {
public:
    /// `head_request`: the response has no body, whatever its fields say.
    explicit response_reader(bool head_request = false) noexcept : head_request_{head_request} {}

    /// Takes bytes until the response is complete or wrong. Returns how many; the others belong to what
    /// follows.
    std::size_t feed(std::string_view bytes);
    /// As `feed`, but takes nothing beyond the end of the head, nor beyond a piece of the body, which
    /// `take_piece` then gives.
    std::size_t feed_piece(std::string_view bytes);
    /// The server has ended its side: completes a response without length, makes any other wrong.
    void end_of_stream();

    /// True when the final response's head was read and is not wrong.
    bool head_complete() const noexcept { return head_complete_; }
    bool complete() const noexcept { return state_ == state::complete; }
    bool failed() const noexcept { return state_ == state::failed; }
    /// What is wrong, when failed.
    std::string_view reason() const noexcept { return reason_; }
    /// True when nothing, not even of an interim response, has arrived.
    bool untouched() const noexcept { return untouched_; }
    /// True when the connection may carry another request (RFC 9112 section 9.3). When complete.
    bool keep_alive() const noexcept { return keep_alive_; }
    /// The response, when complete; afterwards it is empty.
    test_response take() noexcept { return std::move(response_); }
    /// Status and fields, when the head is complete; its body is what no `take_piece` has taken.
    test_response const& response() const noexcept { return response_; }
    /// After `feed_piece`: the piece at whose end it stopped, if any. A piece is a whole chunk, read with its
    /// line end, or what there was of a body without chunks; never empty.
    std::optional<std::string> take_piece();

private:
    enum class state : std::uint8_t {
        status_line,
        field_line,
        sized_body,
        body_until_close,
        chunk_size,
        chunk_data,
        chunk_end,
        trailer_line,
        complete,
        failed
    };

    static constexpr std::size_t max_line = 1024 * 1024;

    bool in_line() const noexcept;
    std::size_t step(std::string_view bytes) { return in_line() ? feed_line(bytes) : feed_body(bytes); }
    std::size_t feed_line(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void fail(std::string_view reason) noexcept;
    void on_line(std::string_view line);
    void on_status_line(std::string_view line);
    void on_field(std::string_view line);
    void on_framing_field(std::string_view name, std::string_view value);
    void on_head_end();
    void on_chunk_size(std::string_view line);

    bool head_request_;
    state state_ = state::status_line;
    bool untouched_ = true;
    bool keep_alive_ = true;
    bool has_length_ = false;
    bool chunked_ = false;
    bool head_complete_ = false;
    bool at_piece_end_ = false; // or at the head's
    std::uint64_t left_ = 0;    // of the body or the chunk
    std::string line_;
    std::string_view reason_;
    test_response response_;
};

} // namespace serval::testing_impl
