// What crowds may cost a loop in one turn.
#pragma once

#include "server/wake_up.hpp"

#include <serval/task.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace serval::server_impl {

/// Bounds the work of one turn of a loop that would else be as large as a crowd of connections: the tick's
/// looks at them, what it expires or sees leave, those that come, requests of one piece, streams.
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
    static constexpr std::int64_t accepting = 4;  ///< of a socket, on its way to its loop
    static constexpr std::int64_t beginning = 32; ///< of a connection, with its first request
    static constexpr std::int64_t row = 256;      ///< of steps that a stream took without a wait
    static constexpr std::int64_t ending = 32;    ///< of a wait or a connection, with all that follows

    /// Of so many bytes of a stream, to a client that takes them at once.
    static constexpr std::int64_t sending(std::size_t bytes) noexcept
    {
        return writing + static_cast<std::int64_t>(bytes / 1024);
    }

    explicit turn_budget(boost::asio::io_context& context) noexcept : context_{&context} {}

    void spend(std::int64_t cost) noexcept { left_ -= cost; }
    bool spent() const noexcept { return left_ <= 0; }

    /// Completes in a later turn, in which there is some budget left; early when it is cancelled. In the
    /// order of the calls: who has waited longest begins the turn, so that whoever spends all of it waits
    /// behind the others. Of a crowd only the first look at each turn whether it is theirs, the others sleep.
    task<void> next_turn()
    {
        ticket mine{*this};
        bool const cancelled = !mine.looks() && co_await mine.sleep();
        for (;;) {
            auto const seen = turns_;
            co_await boost::asio::post(*context_,
                                       boost::asio::use_awaitable); // throws for whom that is meant
            if (cancelled) co_return;
            if (&looking_.front() != &mine) continue;
            if (turns_ == seen) { // the budget is of a turn that is over
                ++turns_;
                left_ = a_turn;
            }
            if (!spent()) co_return;
        }
    }

    /// Whether anybody waits for the next turn, and so begins it.
    bool awaited() const noexcept { return !looking_.empty(); }

    /// How often the budget was spent: for tests.
    std::uint64_t turns() const noexcept { return turns_; }

private:
    static constexpr std::size_t most_looking = 16;

    /// Of a call that waits, in one of two queues; it ends with its coroutine, however that ends, and gives
    /// its place among those that look to the first that sleeps.
    class ticket : public boost::intrusive::list_base_hook<> {
    public:
        explicit ticket(turn_budget& of) : of_{of}, looks_{of.looking_.size() < most_looking}
        {
            if (!looks_) woken_.emplace(of.context_->get_executor());
            (looks_ ? of.looking_ : of.sleeping_).push_back(*this);
        }
        ~ticket()
        {
            (looks_ ? of_.looking_ : of_.sleeping_).erase(queue::s_iterator_to(*this));
            if (looks_ && !of_.sleeping_.empty()) of_.wake_first();
        }
        ticket(ticket const&) = delete;
        ticket& operator=(ticket const&) = delete;

        bool looks() const noexcept { return looks_; }
        /// Until it is one of those that look; an error when it was cancelled.
        task<boost::system::error_code> sleep() { return woken_->wait(); }
        void wake() noexcept
        {
            looks_ = true;
            woken_->notify();
        }

    private:
        turn_budget& of_;
        std::optional<wake_up> woken_; // empty: it looked from the first
        bool looks_;
    };
    using queue = boost::intrusive::list<ticket>;

    void wake_first() noexcept
    {
        auto& first = sleeping_.front();
        sleeping_.pop_front();
        looking_.push_back(first);
        first.wake();
    }

    boost::asio::io_context* context_;
    queue looking_;
    queue sleeping_;
    std::int64_t left_ = a_turn;
    std::uint64_t turns_ = 0;
};

} // namespace serval::server_impl
