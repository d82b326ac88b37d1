// What crowds may cost a loop in one turn.
#pragma once

#include <serval/task.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>

namespace serval::server_impl {

/// Bounds the work of one turn of a loop that would else be as large as a crowd of connections: the tick's
/// looks at them, what it expires or sees leave, requests that have come in one piece, streams.
///
/// Whoever does such work says what it costs, and waits for the next turn once the budget is spent; others
/// that are ready have theirs in between. A unit is about a microsecond. What a single wake-up brings, one
/// request of one connection, is not counted. Costs nothing but an addition until the budget is spent.
class turn_budget {
public:
    static constexpr std::int64_t a_turn = 1000;
    // Costs.
    static constexpr std::int64_t question = 2; ///< to the kernel
    static constexpr std::int64_t writing = 8;
    static constexpr std::int64_t request = 16;
    static constexpr std::int64_t ending = 32; ///< of a wait or a connection, with all that follows

    /// Of so many bytes of a stream, to a client that takes them at once.
    static constexpr std::int64_t sending(std::size_t bytes) noexcept
    {
        return writing + static_cast<std::int64_t>(bytes / 1024);
    }

    explicit turn_budget(boost::asio::io_context& context) noexcept : context_{&context} {}

    void spend(std::int64_t cost) noexcept { left_ -= cost; }
    bool spent() const noexcept { return left_ <= 0; }

    /// Completes in a later turn, in which there is some budget left. In the order of the calls: who has
    /// waited longest begins the turn, so that whoever spends all of it waits behind the others.
    task<void> next_turn()
    {
        ticket mine;
        waiting_.push_back(mine);
        for (;;) {
            auto const seen = turns_;
            co_await boost::asio::post(*context_, boost::asio::use_awaitable);
            if (&waiting_.front() != &mine) continue;
            if (turns_ == seen) { // the budget is of a turn that is over
                ++turns_;
                left_ = a_turn;
            }
            if (!spent()) co_return;
        }
    }

    /// How often the budget was spent: for tests.
    std::uint64_t turns() const noexcept { return turns_; }

private:
    /// Of a call that waits; it ends with its coroutine, however that ends.
    struct ticket
        : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {};

    boost::asio::io_context* context_;
    boost::intrusive::list<ticket, boost::intrusive::constant_time_size<false>> waiting_;
    std::int64_t left_ = a_turn;
    std::uint64_t turns_ = 0;
};

} // namespace serval::server_impl
