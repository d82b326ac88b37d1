#include "server/http1_input.hpp"

#include <algorithm>
#include <utility>

namespace serval::server_impl {

http1_input::head_state http1_input::next_head(wire::request_head& head) noexcept
{
    auto const state = parser_.parse(buffers_->input.bytes(), head);
    if (state != head_state::complete) return state;
    taken_ = parser_.end();
    decoder_ = wire::body_decoder::for_head(head);
    return state;
}

wire::body_decoder::step http1_input::next_piece() noexcept
{
    auto const step = decoder_.decode(unread());
    if (step.failure == wire::error::none) (in_body_buffer_ ? body_begin_ : taken_) += step.consumed;
    return step;
}

std::string_view http1_input::unread() const noexcept
{
    if (in_body_buffer_) return {buffers_->body_in.data() + body_begin_, body_end_ - body_begin_};
    return buffers_->input.bytes().substr(taken_);
}

std::string_view http1_input::take_rest() noexcept
{
    auto const rest = unread();
    (in_body_buffer_ ? body_begin_ : taken_) += rest.size();
    return rest;
}

/// Reads grow for a body that fills them: fewer turns of the loop, and of the disk behind it.
std::span<char> http1_input::room_for_body(std::size_t at_most)
{
    auto& buffer = buffers_->body_in;
    if (!in_body_buffer_) {
        auto const rest = unread();
        buffer.resize(rest.size() < body_read ? body_read : rest.size() + body_read);
        std::copy(rest.begin(), rest.end(), buffer.begin());
        taken_ += rest.size();
        body_begin_ = 0;
        body_end_ = rest.size();
        in_body_buffer_ = true;
    } else if (body_begin_ == body_end_) {
        auto const remaining = decoder_.remaining(); // 0: unknown
        bool const filled = body_end_ == buffer.size() && (remaining == 0 || remaining >= buffer.size());
        if (filled && buffer.size() < large_body_read) buffer = std::vector<char>(large_body_read);
        body_begin_ = body_end_ = 0;
    } else if (body_end_ == buffer.size() && body_begin_ == 0) { // nothing was taken
        buffer.resize(buffer.size() + body_read);
    } else if (body_end_ == buffer.size()) {
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(body_begin_), buffer.end(), buffer.begin());
        body_end_ -= std::exchange(body_begin_, 0);
    }
    return {buffer.data() + body_end_, std::min(at_most, buffer.size() - body_end_)};
}

void http1_input::end_request()
{
    auto& input = buffers_->input;
    input.consume(taken_);
    taken_ = 0;
    parser_.reset();
    if (!std::exchange(in_body_buffer_, false)) return;
    input.append({buffers_->body_in.data() + body_begin_, body_end_ - body_begin_});
    std::vector<char>{}.swap(buffers_->body_in); // an assignment would keep the memory
}

void http1_input::move_to(message_buffers& fresh)
{
    fresh.input.append(unread());
    buffers_ = &fresh;
    taken_ = 0;
    in_body_buffer_ = false;
    parser_.reset();
}

} // namespace serval::server_impl
