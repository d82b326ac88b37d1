// Says which coroutine has held its loop for too long.
#pragma once

#include "server/environment.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval::server_impl {

/// What a loop's watches share: the bound, and a line a second at most.
class hold_log {
public:
    using steady = std::chrono::steady_clock;

    /// `loop` is the loop's number.
    hold_log(std::shared_ptr<environment> shared, std::size_t loop, std::chrono::milliseconds bound) noexcept
        : environment_{std::move(shared)},
          loop_{loop},
          bound_{bound}
    {}

    /// Logs that `who` has run from `begin` to `end` without giving the loop back, if that is too long.
    void look(std::string_view who, steady::time_point begin, steady::time_point end) noexcept;

private:
    std::shared_ptr<environment> const environment_; // an executor's copy may outlive the server
    std::size_t const loop_;
    std::chrono::milliseconds const bound_;
    steady::time_point quiet_until_{};
    std::size_t left_out_ = 0;
};

/// Measures the turns of one coroutine: everything that runs through its executor. Used on one loop's thread,
/// kept by each copy of that executor.
class hold_watch {
public:
    using steady = hold_log::steady;

    explicit hold_watch(std::shared_ptr<hold_log> log) noexcept : log_{std::move(log)} {}

    /// From now on the coroutine works for a request: what it did before in this turn was somebody else's.
    void begins(std::string_view method);
    /// For one of this route, "/items/{id}", say; empty: of none.
    void names(std::string_view route);
    /// It has done that: turns that begin later are nobody's.
    void ends() noexcept { at_work_ = false; }

    /// Runs a turn.
    template <class F>
    void measure(F&& turn)
    {
        if (in_turn_) return std::forward<F>(turn)();
        scope const here{*this};
        std::forward<F>(turn)();
    }

private:
    class scope {
    public:
        explicit scope(hold_watch& watch) noexcept : watch_{watch} { watch.begin_turn(); }
        ~scope() { watch_.end_turn(); }
        scope(scope const&) = delete;
        scope& operator=(scope const&) = delete;

    private:
        hold_watch& watch_;
    };

    void begin_turn() noexcept;
    void end_turn() noexcept;

    std::shared_ptr<hold_log> const log_;
    std::string who_;            // keeps its memory
    steady::time_point since_{}; // in a turn
    bool at_work_ = false;
    bool in_turn_ = false;
};

/// An executor that has a watch measure what runs through it. Else as `Inner`.
template <class Inner>
class watched_executor {
public:
    watched_executor(Inner inner, std::shared_ptr<hold_watch> watch) noexcept
        : inner_{std::move(inner)},
          watch_{std::move(watch)}
    {}

    template <class F>
    void execute(F&& function) const
    {
        inner_.execute([watch = watch_, function = std::decay_t<F>(std::forward<F>(function))]() mutable {
            watch->measure(function);
        });
    }

    template <class Property>
    auto query(Property const& property) const
        -> decltype(boost::asio::query(std::declval<Inner const&>(), property))
    {
        return boost::asio::query(inner_, property);
    }
    template <class Property>
    auto require(Property const& property) const -> watched_executor<
        std::decay_t<decltype(boost::asio::require(std::declval<Inner const&>(), property))>>
    {
        return {boost::asio::require(inner_, property), watch_};
    }
    template <class Property>
    auto prefer(Property const& property) const -> watched_executor<
        std::decay_t<decltype(boost::asio::prefer(std::declval<Inner const&>(), property))>>
    {
        return {boost::asio::prefer(inner_, property), watch_};
    }

    friend bool operator==(watched_executor const& a, watched_executor const& b) noexcept
    {
        return a.inner_ == b.inner_ && a.watch_ == b.watch_;
    }
    friend bool operator!=(watched_executor const& a, watched_executor const& b) noexcept
    {
        return !(a == b);
    }

private:
    Inner inner_;
    std::shared_ptr<hold_watch> watch_;
};

// Else Asio's any_io_executor allocates for each copy, in functions that must not throw.
static_assert(sizeof(watched_executor<boost::asio::io_context::executor_type>) <=
              sizeof(std::shared_ptr<void>) + sizeof(void*));

} // namespace serval::server_impl
