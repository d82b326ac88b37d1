#include "server/request_body.hpp"

#include "server/exchange.hpp"

#include <serval/http_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

/// While the handler waits for the body, the client's rate is watched; that time is not the handler's. It
/// ends with the wait, also when that is destroyed.
class request_body::wait {
public:
    explicit wait(request_body& of) noexcept : of_{of}, begun_{of.of_.on().now()}
    {
        of_.pace_.resume(begun_);
        of_.waiting_ = true;
        of_.of_.on().body_begins();
        of_.of_.waits_anew();
    }
    ~wait()
    {
        of_.of_.on().body_pauses();
        auto const now = of_.of_.on().now();
        of_.pace_.pause(now);
        of_.time_waited_ += now - begun_;
        of_.waiting_ = false;
        of_.of_.waits_anew();
    }
    wait(wait const&) = delete;
    wait& operator=(wait const&) = delete;

private:
    request_body& of_;
    watch::ticks begun_;
};

void request_body::begin() noexcept
{
    bytes_ = 0;
    pace_.reset();
    time_waited_ = 0;
    refused_ = wire::error::none;
    failed_ = false;
}

void request_body::refuse(wire::error why)
{
    failed_ = true;
    refused_ = why;
    of_.by().close_behind(true);
    throw http_error(wire::status_of(why), wire::message_of(why));
}

std::optional<std::string_view> request_body::next_piece(std::size_t max_bytes)
{
    // For good: a handler that reads on would see a body with a hole.
    if (refused_ != wire::error::none) refuse(refused_);
    auto& by = of_.by();
    if (by.body_ended()) return std::string_view{};
    std::uint64_t const left = max_bytes - std::min<std::uint64_t>(max_bytes, bytes_);
    if (by.body_remaining() > left) refuse(wire::error::body_too_large);
    for (;;) {
        auto const step = by.next_piece();
        if (step.failure != wire::error::none) refuse(step.failure);
        if (!step.data.empty()) {
            if (step.data.size() > left) refuse(wire::error::body_too_large);
            bytes_ += step.data.size();
            return step.data;
        }
        if (by.body_ended()) return std::string_view{};
        if (step.consumed == 0) return std::nullopt;
    }
}

bool request_body::read_arrived(std::size_t max_bytes)
{
    auto& state = of_.context().state;
    while (!state.body_read) {
        auto const piece = next_piece(max_bytes);
        if (!piece) return false;
        state.body += *piece;
        state.body_read = piece->empty();
    }
    return true;
}

void request_body::ask()
{
    if (of_.context().state.head.expects_continue) of_.by().ask_for_body(bytes_ != 0);
}

task<void> request_body::receive()
{
    auto& by = of_.by();
    ask();
    by.flush_now(); // what does not fit is sent by the writer or the tick: reading must not wait for a client
                    // to read
    wait const waiting{*this};
    auto const result = co_await by.receive();
    auto const ec = std::get<0>(result);
    by.received(std::get<1>(result));
    pace_.moved(std::get<1>(result));
    if (ec == asio::error::eof) {
        failed_ = true;
        by.close_behind(false);
        throw http_error(400, "The request body ended too early");
    }
    bool const cancelled = ec == asio::error::operation_aborted && !by.lost();
    if (ec && !cancelled && !of_.was_cancelled()) of_.note_peer_left();
    if (ec) throw boost::system::system_error(ec);
    // A handler that has given this wait up, although bytes have come at the last moment, finds them next
    // time.
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

task<void> request_body::read_all(std::size_t max_bytes)
{
    while (!read_arrived(max_bytes))
        co_await receive();
}

bool request_body::comes_too_slowly() noexcept
{
    return pace_.is_too_slow(of_.on().now(), of_.on().settings().limits);
}

} // namespace serval::server_impl
