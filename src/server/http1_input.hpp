// The receiving half of HTTP/1.1, without I/O: bytes to heads and bodies.
#pragma once

#include "server/workspace.hpp"
#include "wire/body_decoder.hpp"
#include "wire/error.hpp"
#include "wire/head_parser.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace serval::server_impl {

/// Reads requests, one after the other, from the buffers that it is lent.
///
/// The head's bytes stay where they are until the request ends, since views of it point there: a body that
/// comes later is received into a buffer of its own.
class http1_input {
public:
    using head_state = wire::head_parser::state;

    explicit http1_input(wire::head_limits const& limits) noexcept : limits_{limits}, parser_{limits_} {}
    http1_input(http1_input const&) = delete;
    http1_input& operator=(http1_input const&) = delete;

    /// Works in these from now on; null: in none, and then nothing else may be called.
    void use(message_buffers* buffers) noexcept { buffers_ = buffers; }
    /// Goes on in `fresh` with what is not used yet; the request keeps the others.
    void move_to(message_buffers& fresh);

    // Heads.

    /// Where to receive bytes that may be a head's. No request may be worked on.
    std::span<char> room() { return buffers_->input.make_room(least_read); }
    void received(std::size_t bytes) noexcept { buffers_->input.commit(bytes); }
    /// Reads the next request's head into `head`. Once it is complete its body can be read.
    head_state next_head(wire::request_head& head) noexcept;
    wire::error failure() const noexcept { return parser_.failure(); }
    /// Whether nothing of a next request has come: no byte, or only empty lines.
    bool empty() const noexcept { return buffers_->input.empty(); }
    bool blank() const noexcept { return parser_.blank(); }
    /// All that has come and belongs to no request that has ended.
    std::string_view bytes() const noexcept { return buffers_->input.bytes(); }

    // Bodies.

    bool body_ended() const noexcept { return decoder_.finished(); }
    std::uint64_t body_remaining() const noexcept { return decoder_.remaining(); }
    /// Takes some of the body that has arrived: see body_decoder::decode.
    wire::body_decoder::step next_piece() noexcept;
    /// Where to receive more of it, `at_most` bytes; never nowhere, however much was not taken yet. What
    /// next_piece gave last is void.
    std::span<char> room_for_body(std::size_t at_most);
    void received_of_body(std::size_t bytes) noexcept { body_end_ += bytes; }
    /// Nothing more is read of it, nor of what comes behind it.
    void forget_body() noexcept { decoder_ = {}; }
    /// What has come behind what was used.
    std::string_view unread() const noexcept;
    /// Uses that. The view is valid until more room is made.
    std::string_view take_rest() noexcept;

    /// The request, whose body has ended, is over: its bytes go, and what came behind it is the next head.
    void end_request();

    static constexpr std::size_t large_body_read = 256 * 1024;

private:
    static constexpr std::size_t least_read = 4 * 1024;
    static constexpr std::size_t body_read = 64 * 1024;

    wire::head_limits limits_;
    wire::head_parser parser_;
    wire::body_decoder decoder_;
    message_buffers* buffers_ = nullptr;
    std::size_t taken_ = 0;      // bytes at the front of the input that belong to the request
    std::size_t body_begin_ = 0; // of what is unread in `body_in`
    std::size_t body_end_ = 0;
    bool in_body_buffer_ = false; // body bytes come from there from now on
};

} // namespace serval::server_impl
