// What crowds may cost a loop in one turn.
#pragma once

#include <serval/task.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

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
        return static_cast<std::int64_t>(bytes / 1024);
    }

    explicit turn_budget(boost::asio::io_context& context) noexcept : context_{&context} {}

    void spend(std::int64_t cost) noexcept { left_ -= cost; }
    bool spent() const noexcept { return left_ <= 0; }

    /// Completes in a later turn, in which there is some budget left. In the order of the calls.
    task<void> next_turn()
    {
        do {
            auto const seen = turns_;
            co_await boost::asio::post(*context_, boost::asio::use_awaitable);
            if (turns_ == seen) { // the first to come back
                ++turns_;
                left_ = a_turn;
            }
        } while (spent());
    }

    /// How often the budget was spent: for tests.
    std::uint64_t turns() const noexcept { return turns_; }

private:
    boost::asio::io_context* context_;
    std::int64_t left_ = a_turn;
    std::uint64_t turns_ = 0;
};

} // namespace serval::server_impl
