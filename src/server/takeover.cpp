#include "server/takeover.hpp"

#include "server/exchange.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace serval::server_impl {

namespace asio = boost::asio;

void takeover::check() const
{
    if (of_.by().lost()) throw boost::system::system_error{asio::error::connection_reset};
}

task<std::string_view> takeover::read()
{
    auto& by = of_.by();
    auto const rest = by.take_rest();
    if (!rest.empty()) co_return rest;
    auto const result = co_await by.receive();
    auto const ec = std::get<0>(result);
    by.received(std::get<1>(result));
    if (ec == asio::error::eof) co_return std::string_view{};
    if (ec) throw boost::system::system_error{ec};
    // Whoever has given this wait up finds the bytes next time.
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error{asio::error::operation_aborted};
    co_return by.take_rest();
}

task<void> takeover::write(std::string_view bytes)
{
    auto& by = of_.by();
    auto& turn = of_.on().turn();
    while (!bytes.empty()) {
        auto const n = std::min(bytes.size(), by.room());
        by.append(bytes.substr(0, n));
        bytes.remove_prefix(n);
        turn.spend(turn_budget::sending(n));
        if (turn.spent()) co_await turn.next_turn();
        if (!by.flush_now()) co_await by.flush();
        check();
    }
}

} // namespace serval::server_impl
