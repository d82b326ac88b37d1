// The request body's side of a connection: reading it for a handler, dropping what nobody wanted.
#include "base/saturating.hpp"
#include "server/connection.hpp"
#include "wire/response_head.hpp"

#include <serval/http_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::size_t body_read_size = 64 * 1024;
/// Reads grow to this for a body that fills them: fewer turns of the loop, and of the disk behind it. Bodies
/// that come in side by side share it, so that a turn of the loop stays short for everybody else.
constexpr std::size_t large_body_read_size = 256 * 1024;
constexpr std::size_t least_body_read_size = 32 * 1024;
/// For answers to requests that the end of the server has cancelled: it waits 2 s for their connections.
constexpr std::chrono::milliseconds linger_at_the_end{250};

} // namespace

std::string_view connection::unread() const noexcept
{
    if (in_body_buffer_) return {work_->body_in.data() + body_begin_, body_end_ - body_begin_};
    return work_->input.bytes().substr(taken_);
}

void connection::consume_unread(std::size_t n) noexcept
{
    (in_body_buffer_ ? body_begin_ : taken_) += n;
}

std::span<char> connection::room_for_body()
{
    auto& buffer = work_->body_in;
    if (!in_body_buffer_) {
        // The input stays as it is: the request's views point into it.
        auto const rest = unread();
        buffer.resize(body_read_size);
        std::copy(rest.begin(), rest.end(), buffer.begin());
        taken_ += rest.size();
        body_begin_ = 0;
        body_end_ = rest.size();
        in_body_buffer_ = true;
    } else if (body_begin_ == body_end_) {
        auto const remaining = decoder_.remaining(); // 0: unknown
        bool const filled = body_end_ == buffer.size() && (remaining == 0 || remaining >= buffer.size());
        if (filled && buffer.size() < large_body_read_size) buffer = std::vector<char>(large_body_read_size);
        body_begin_ = body_end_ = 0;
    } else if (body_end_ == buffer.size()) {
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(body_begin_), buffer.end(), buffer.begin());
        body_end_ -= std::exchange(body_begin_, 0);
    }
    auto const share = std::max(least_body_read_size,
                                large_body_read_size / std::max<std::size_t>(1, loop_.bodies_coming_in()));
    return {buffer.data() + body_end_, std::min(share, buffer.size() - body_end_)};
}

void connection::return_leftovers()
{
    auto& input = work_->input;
    input.consume(taken_);
    taken_ = 0;
    parser_.reset();
    if (!std::exchange(in_body_buffer_, false)) return;
    input.append({work_->body_in.data() + body_begin_, body_end_ - body_begin_});
    std::vector<char>{}.swap(work_->body_in); // an assignment would keep the memory
}

void connection::refuse_body(wire::error why)
{
    close_after_ = linger_ = body_failed_ = true;
    throw http_error(wire::status_of(why), wire::message_of(why));
}

std::optional<std::string_view> connection::next_piece(std::size_t max_bytes)
{
    if (decoder_.finished()) return std::string_view{};
    std::uint64_t const left = max_bytes - std::min<std::uint64_t>(max_bytes, body_bytes_);
    if (decoder_.remaining() > left) refuse_body(wire::error::body_too_large);
    for (;;) {
        auto const step = decoder_.decode(unread());
        if (step.failure != wire::error::none) refuse_body(step.failure);
        consume_unread(step.consumed);
        if (!step.data.empty()) {
            if (step.data.size() > left) refuse_body(wire::error::body_too_large);
            body_bytes_ += step.data.size();
            return step.data;
        }
        if (decoder_.finished()) return std::string_view{};
        if (step.consumed == 0) return std::nullopt;
    }
}

bool connection::take_body(std::size_t max_bytes)
{
    while (auto const piece = next_piece(max_bytes)) {
        if (piece->empty()) return true;
        exchange().state.body += *piece;
    }
    return false;
}

bool connection::read_arrived(std::size_t max_bytes)
{
    auto& read = exchange().state.body_read;
    if (!read) read = take_body(max_bytes);
    return read;
}

void connection::ask_for_body()
{
    if (!exchange().state.head.expects_continue || std::exchange(continue_sent_, true)) return;
    if (body_bytes_ == 0) work_->output += "HTTP/1.1 100 Continue\r\n\r\n";
}

/// While the connection waits for the body, the client's rate is watched; that time is not the handler's.
class connection::body_phase {
public:
    explicit body_phase(connection& of) noexcept : of_{of}, begun_{of.loop_.now()}
    {
        of_.body_rate_.since = begun_ - of_.body_waited_;
        of_.body_waits_ = true;
        of_.loop_.body_begins();
        of_.show_work();
    }
    ~body_phase()
    {
        of_.loop_.body_pauses();
        auto const now = of_.loop_.now();
        of_.body_waited_ = now - of_.body_rate_.since;
        if (of_.deadline_ != 0) of_.deadline_ += now - begun_;
        of_.body_waits_ = false;
        of_.show_work();
    }
    body_phase(body_phase const&) = delete;
    body_phase& operator=(body_phase const&) = delete;

private:
    connection& of_;
    loop::ticks begun_;
};

task<void> connection::receive()
{
    ask_for_body();
    flush_now(); // what does not fit is sent by the writer or the tick: reading must not wait for a client to
                 // read
    body_phase const waiting{*this};
    auto const room = room_for_body();
    auto const result = co_await stream_->read_some(asio::mutable_buffer(room.data(), room.size()));
    auto const ec = std::get<0>(result);
    body_end_ += std::get<1>(result);
    body_rate_.moved += std::get<1>(result);
    if (ec == asio::error::eof) {
        close_after_ = body_failed_ = true;
        throw http_error(400, "The request body ended too early");
    }
    bool const cancelled = ec == asio::error::operation_aborted && !ended_;
    if (ec && !cancelled && reason_ == reason::none) {
        reason_ = reason::peer_left;
        begin_stop().request_stop();
    }
    if (ec) throw boost::system::system_error(ec);
    // A handler that has given this wait up, although bytes have come at the last moment, finds them next
    // time.
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

task<void> connection::read_all(std::size_t max_bytes)
{
    while (!read_arrived(max_bytes))
        co_await receive();
}

bool connection::rate_is_due(rate const& of) const noexcept
{
    return loop_.now() - of.since > settings().limits.rate_grace.count();
}

/// The system is asked only when that can matter: each tick looks at everybody who waits.
bool connection::reads_too_slowly() noexcept
{
    if (!rate_is_due(write_rate_)) return false;
    loop_.turn().spend(turn_budget::question);
    return too_slow(write_rate_, stream_->unsent());
}

bool connection::too_slow(rate& of, std::uint64_t unsent) const noexcept
{
    // Each `rate_grace` is judged by itself: a quick start must not buy hours of silence. Of what is written,
    // that counts which the peer has acknowledged: the kernel takes megabytes from us for a reader that has
    // stopped.
    auto const& limits = settings().limits;
    auto const elapsed = loop_.now() - of.since;
    if (!rate_is_due(of)) return false;
    auto const had = of.moved + of.unsent_before;
    auto const progress = had - std::min(unsent, had);
    auto const needed =
        base::saturating_multiply<std::uint64_t>(static_cast<std::uint64_t>(elapsed), limits.minimum_rate) /
        1000;
    of = {.since = loop_.now(), .moved = 0, .unsent_before = unsent};
    return progress < needed;
}

bool connection::can_discard() const noexcept
{
    auto const& head = work_->exchange.state.head;
    // A client that waits for 100 Continue may send the body or not: the next byte cannot be told apart (RFC
    // 9110 section 10.1.1).
    if (head.expects_continue && !continue_sent_) return false;
    return decoder_.remaining() <= settings().limits.discard_body;
}

task<void> connection::discard_body()
{
    phase_ = phase::discarding;
    deadline_ = loop_.after(settings().limits.linger_timeout);
    std::size_t dropped = 0;
    for (;;) {
        auto const step = decoder_.decode(unread());
        dropped += step.consumed;
        if (step.failure != wire::error::none || dropped > settings().limits.discard_body) {
            close_after_ = linger_ = true;
            decoder_ = {};
            co_return;
        }
        consume_unread(step.consumed);
        if (decoder_.finished()) break;
        if (step.consumed != 0) continue;
        auto const room = room_for_body();
        auto const result = co_await stream_->read_some(asio::mutable_buffer(room.data(), room.size()));
        if (std::get<0>(result)) {
            ended_ = true;
            co_return;
        }
        body_end_ += std::get<1>(result);
    }
    return_leftovers();
    become_idle();
}

task<void> connection::linger()
{
    // Closing with unread bytes would reset the connection and could take the answer with it (RFC 9112
    // section 9.6).
    phase_ = phase::lingering;
    auto const limit = settings().limits.linger_timeout;
    deadline_ = loop_.after(loop_.cancelled() ? std::min(limit, linger_at_the_end) : limit);
    stream_->shutdown_send();
    auto const room = work_->input.make_room(input_buffer::initial_size / 2);
    std::size_t dropped = 0;
    while (dropped < settings().limits.linger_bytes) {
        auto const result = co_await stream_->read_some(asio::mutable_buffer(room.data(), room.size()));
        if (std::get<0>(result)) break;
        dropped += std::get<1>(result);
    }
    ended_ = true;
}

} // namespace serval::server_impl
