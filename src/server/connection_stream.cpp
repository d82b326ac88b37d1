// Responses that are made while they are sent: streams and files.
#include "base/what_of.hpp"
#include "handler/endpoint.hpp"
#include "http/body_producer.hpp"
#include "http/cancelled.hpp"
#include "server/connection.hpp"
#include "wire/response_head.hpp"

#include <serval/http_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// What a stream gathers before it must be sent.
constexpr std::size_t max_gathered_stream = 64 * 1024;
constexpr std::size_t file_piece = 512 * 1024;
constexpr std::chrono::seconds ping_after{15};

} // namespace

/// Frames what a producer appends, behind a head that is written with its first bytes.
class connection::stream_sink final : public http::body_sink {
public:
    stream_sink(connection& of, detail::body_producer& producer) noexcept : of_{of}, producer_{producer}
    {
        of_.sink_ = this;
        of_.streamed_ = streamed::nothing;
        of_.stream_logged_ = false;
    }
    ~stream_sink() { of_.sink_ = nullptr; }
    stream_sink(stream_sink const&) = delete;
    stream_sink& operator=(stream_sink const&) = delete;

    std::size_t append(std::string_view bytes) override
    {
        begin();
        auto& out = of_.work_->output;
        if (bytes.empty() || out.size() >= max_gathered_stream) return 0;
        within_piece_ = bytes.size() > max_gathered_stream - out.size();
        std::size_t const n = counted(std::min(bytes.size(), max_gathered_stream - out.size()));
        if (chunked_) {
            wire::append_chunk(out, bytes.substr(0, n));
        } else {
            out += bytes.substr(0, n);
        }
        sent_at_ = of_.loop_.now();
        return n;
    }

    bool flush_now() override
    {
        begin();
        if (of_.loop_.turn().spent()) return false;
        spend_on_output();
        bool const sent = of_.flush_now();
        if (of_.stream_begin_ == nowhere) log_once(); // else it may still be taken back
        check();
        return sent;
    }

    task<void> flush() override
    {
        begin();
        if (of_.loop_.turn().spent()) co_await wait_for_turn();
        spend_on_output();
        if (!of_.flush_now()) co_await of_.flush();
        log_once();
        check();
    }

    void flush_soon() override { of_.post_flush(); }

    task<void> let_others() override
    {
        co_await asio::post(of_.loop_.context(), asio::use_awaitable);
        check();
    }

    task<void> send_file(int descriptor, std::uint64_t offset, std::uint64_t count) override
    {
        co_await flush();
        while (count != 0) {
            std::size_t const n =
                counted(static_cast<std::size_t>(std::min<std::uint64_t>(count, file_piece)));
            co_await send_piece(descriptor, offset, n);
            offset += n;
            count -= n;
        }
    }

    /// True: a part of what the producer gave last has been taken, and the rest has not.
    bool within_piece() const noexcept { return within_piece_; }

    /// Ends the body.
    void end()
    {
        begin();
        if (left_ && *left_ != 0) {
            throw std::length_error("the stream ended " + std::to_string(*left_) +
                                    " bytes before its content-length");
        }
        if (chunked_) wire::append_last_chunk(of_.work_->output);
        of_.streamed_ = streamed::all;
        log_once();
    }

    void ping()
    {
        auto const bytes = producer_.ping();
        if (left_) return; // it would count
        if (bytes.empty() || of_.streamed_ != streamed::part || !of_.work_->output.empty()) return;
        if (of_.loop_.now() - sent_at_ < std::chrono::milliseconds{ping_after}.count()) return;
        append(bytes);
        of_.loop_.turn().spend(turn_budget::writing);
        of_.flush_now();
    }

private:
    void begin()
    {
        if (of_.streamed_ != streamed::nothing) return;
        auto& x = of_.exchange();
        auto& answer = x.answer;
        // The last chance to say so, for a stream that reads the body.
        if (x.endpoint != nullptr && x.endpoint->body == handler::body_plan::streamed) of_.ask_for_body();
        of_.stream_begin_ = of_.work_->output.size();
        of_.streamed_ = streamed::part;
        left_ = answer.content_length() ? answer.content_length() : producer_.length();
        chunked_ = !left_ && !x.state.head.http_1_0;
        of_.close_delimited_ = !left_ && !chunked_;
        if (of_.close_delimited_) of_.close_after_ = true;
        auto const body = left_ ? framing::length : chunked_ ? framing::chunked : framing::none;
        of_.write_head(answer, of_.decide_to_keep(false), body, left_.value_or(0));
        sent_at_ = of_.loop_.now();
    }

    /// When the head leaves, and cannot be taken back.
    void log_once() { of_.log_stream(); }

    /// As much of `n` bytes as the stated length still has room for.
    std::size_t counted(std::size_t n)
    {
        if (!left_) return n;
        if (*left_ == 0) throw std::length_error("the stream gave more bytes than its content-length");
        n = static_cast<std::size_t>(std::min<std::uint64_t>(n, *left_));
        *left_ -= n;
        return n;
    }

    void check() const
    {
        if (!of_.ended_) return;
        // First: what is destroyed on the way may wait for a thread that goes by the token.
        of_.begin_stop().request_stop();
        throw boost::system::system_error{asio::error::connection_reset};
    }

    task<void> send_piece(int descriptor, std::uint64_t offset, std::size_t n)
    {
        while (n != 0) {
            auto const result = of_.stream_->try_send_file(descriptor, offset, n);
            auto const ec = std::get<0>(result);
            auto const sent = std::get<1>(result);
            if (ec == asio::error::would_block) {
                co_await of_.wait_to_write();
                check();
                continue;
            }
            if (ec == asio::error::eof) throw std::runtime_error("a file became shorter while it was sent");
            if (ec) of_.ended_ = true;
            check();
            of_.write_rate_.moved += sent;
            offset += sent;
            n -= sent;
            of_.loop_.turn().spend(turn_budget::sending(sent));
            if (of_.loop_.turn().spent()) co_await wait_for_turn();
        }
    }

    void spend_on_output() noexcept
    {
        auto const& out = of_.work_->output;
        if (!out.empty()) of_.loop_.turn().spend(turn_budget::sending(out.size()));
    }

    /// A client that takes all at once must not keep the loop from the others.
    task<void> wait_for_turn()
    {
        co_await of_.loop_.turn().next_turn();
        check();
    }

    connection& of_;
    detail::body_producer& producer_;
    std::optional<std::uint64_t> left_; // of the length that the head states
    loop::ticks sent_at_ = 0;
    bool chunked_ = false;
    bool within_piece_ = false;
};

task<void> connection::send_stream()
{
    auto& x = exchange();
    begin_handler_time(); // anew: the handler may have used up its own
    auto producer = x.answer.producer();
    task<void> preparing = producer->prepare(x.request, x.answer);
    if (preparing.valid()) co_await std::move(preparing);
    bool const with_body = !x.head_only && !wire::is_bodiless(x.answer.status());
    if (!with_body || !x.answer.streamed()) co_return; // sent as any other
    producer = x.answer.producer();
    if (!work_->output.empty()) post_flush(); // earlier answers do not wait for this one
    stream_sink sink(*this, *producer);
    co_await produce_stream(sink, *producer);
    sink.end();
}

/// Completes at the end of the body, also when a drain is that end.
task<void> connection::produce_stream(stream_sink& sink, detail::body_producer& producer)
{
    bool const endless = exchange().answer.ends_on_drain();
    if (endless && loop_.draining()) co_return;
    std::exception_ptr thrown;
    try {
        co_await producer.produce(sink);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) co_return;
    bool const drained = reason_ == reason::drained && !ended_ && !sink.within_piece();
    if (!drained || !http::is_cancellation(thrown)) std::rethrow_exception(thrown);
}

/// A stream that fails before any of it has left the process never was.
void connection::take_back_stream()
{
    if (stream_begin_ == nowhere) return;
    work_->output.resize(stream_begin_);
    close_delimited_ = false;
    streamed_ = streamed::nothing;
}

void connection::log_stream()
{
    if (!std::exchange(stream_logged_, true)) log_access();
}

void connection::break_off_stream(std::exception_ptr const& thrown)
{
    log_stream(); // its bytes may have left with those of others
    // Without its last chunk, or short of its length: the client sees that something is missing.
    close_after_ = true;
    linger_ = reason_ != reason::shut_down;
    if (reason_ == reason::peer_left) ended_ = true;
    // Whom the time-out or the end of the server has met while the client did not read, is not waited for.
    bool const hurried = reason_ == reason::shut_down || reason_ == reason::handler_timeout;
    if (hurried && !ended_ && !flush_now()) ended_ = true;
    if (reason_ == reason::handler_timeout) {
        log_failure("Exception in ", "the stream took too long");
    } else if (reason_ == reason::none && !ended_ && !(body_failed_ && detail::is_http_error(thrown))) {
        log_failure("Exception in the stream of ", base::what_of(thrown));
    }
    if (close_delimited_) { // nothing but an error could tell the client
        stream_->reset();
        ended_ = true;
    }
}

void connection::send_ping()
{
    sink_->ping();
}

/// A stream without an end of its own ends between two pieces; the tick looks again when it is within one.
void connection::end_endless_stream()
{
    bool const endless = at_work_ && sink_ != nullptr && exchange().answer.ends_on_drain();
    if (endless && reason_ == reason::none && !sink_->within_piece()) cancel_for(reason::drained);
}

} // namespace serval::server_impl
