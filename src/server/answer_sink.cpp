#include "server/answer_sink.hpp"

#include "handler/endpoint.hpp"
#include "http/append_file.hpp"
#include "server/exchange.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::size_t file_piece = 512 * 1024;
constexpr std::chrono::milliseconds ping_after = std::chrono::seconds{15};

} // namespace

void answer_sink::open(detail::body_producer& producer) noexcept
{
    producer_ = &producer;
    progress_ = progress::nothing;
    within_piece_ = false;
}

answer_sink::progress answer_sink::take_progress(bool failed)
{
    auto const was = std::exchange(progress_, progress::nothing);
    if (!failed || was == progress::nothing || !of_.by().can_take_back()) return was;
    of_.by().take_back();
    return progress::nothing;
}

/// Begins the answer, with the first bytes of its body.
void answer_sink::begin()
{
    if (progress_ != progress::nothing) return;
    auto const& x = of_.context();
    // The last chance to ask for the body, for a stream that reads it.
    if (x.endpoint != nullptr && x.endpoint->body == handler::body_plan::streamed) of_.ask_for_body();
    progress_ = progress::part;
    left_ = x.answer.content_length() ? x.answer.content_length() : producer_->length();
    of_.by().begin(x.answer, left_);
    sent_at_ = of_.on().now();
}

std::size_t answer_sink::append(std::string_view bytes)
{
    begin();
    auto const room = of_.by().room();
    if (bytes.empty() || room == 0) return 0;
    within_piece_ = bytes.size() > room;
    std::size_t const n = counted(std::min(bytes.size(), room));
    of_.by().append(bytes.substr(0, n));
    sent_at_ = of_.on().now();
    return n;
}

/// As much of `n` bytes as the stated length still has room for.
std::size_t answer_sink::counted(std::size_t n)
{
    if (!left_) return n;
    if (*left_ == 0) throw std::length_error("the stream gave more bytes than its content-length");
    n = static_cast<std::size_t>(std::min<std::uint64_t>(n, *left_));
    *left_ -= n;
    return n;
}

void answer_sink::finish()
{
    begin();
    if (left_ && *left_ != 0) {
        throw std::length_error("the stream ended " + std::to_string(*left_) +
                                " bytes before its content-length");
    }
    of_.by().finish();
    progress_ = progress::all;
    of_.log_access();
}

bool answer_sink::flush_now()
{
    begin();
    if (of_.on().turn().spent()) return false;
    spend_on_output();
    bool const sent = of_.by().flush_now();
    if (!of_.by().can_take_back()) of_.log_access(); // when the head has left
    check();
    return sent;
}

task<void> answer_sink::flush()
{
    begin();
    if (of_.on().turn().spent()) co_await wait_for_turn();
    spend_on_output();
    if (!of_.by().flush_now()) co_await of_.by().flush();
    of_.log_access();
    check();
}

void answer_sink::flush_soon()
{
    of_.by().post_flush();
}

task<void> answer_sink::let_others()
{
    check();
    of_.on().turn().spend(turn_budget::row);
    if (of_.on().turn().spent()) co_await wait_for_turn();
}

/// A client that takes all at once must not keep the loop from the others.
task<void> answer_sink::wait_for_turn()
{
    co_await of_.on().turn().next_turn();
    check();
}

void answer_sink::spend_on_output() noexcept
{
    auto const bytes = of_.by().gathered();
    if (bytes != 0) of_.on().turn().spend(turn_budget::sending(bytes));
}

void answer_sink::check()
{
    if (!of_.by().lost()) return;
    // First: what is destroyed on the way may wait for a thread that goes by the token.
    of_.begin_stop().request_stop();
    throw boost::system::system_error{asio::error::connection_reset};
}

task<void> answer_sink::send_file(int descriptor, std::uint64_t offset, std::uint64_t count)
{
    if (!of_.by().sends_files()) {
        co_await http::append_file(*this, descriptor, offset, count);
        co_return;
    }
    co_await flush();
    while (count != 0) {
        std::size_t const n = counted(static_cast<std::size_t>(std::min<std::uint64_t>(count, file_piece)));
        co_await send_piece(descriptor, offset, n);
        offset += n;
        count -= n;
    }
}

task<void> answer_sink::send_piece(int descriptor, std::uint64_t offset, std::size_t n)
{
    while (n != 0) {
        auto const result = of_.by().try_send_file(descriptor, offset, n);
        auto const ec = std::get<0>(result);
        auto const sent = std::get<1>(result);
        if (ec == asio::error::would_block) {
            co_await of_.by().wait_to_write();
            check();
            continue;
        }
        if (ec == asio::error::eof) throw std::runtime_error("a file became shorter while it was sent");
        if (ec) of_.by().lose();
        check();
        offset += sent;
        n -= sent;
        of_.on().turn().spend(turn_budget::sending(sent));
        if (of_.on().turn().spent()) co_await wait_for_turn();
    }
}

void answer_sink::ping()
{
    auto const bytes = producer_->ping();
    if (left_) return; // it would count
    if (bytes.empty() || progress_ != progress::part || of_.by().gathered() != 0) return;
    if (of_.on().now() - sent_at_ < ping_after.count()) return;
    append(bytes);
    of_.on().turn().spend(turn_budget::writing);
    of_.by().flush_now();
}

} // namespace serval::server_impl
