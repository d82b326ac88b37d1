// A handler that is a coroutine, called and not awaited yet, whatever it gives.
// layer: handler
#pragma once

#include <serval/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <coroutine>
#include <cstddef>
#include <new>
#include <utility>

namespace serval {
class response;
}

namespace serval::detail {

class started_handler;
struct handler_end {};

} // namespace serval::detail

/// What `started_handler::end` gives. Waits in the coroutine that asks: one more, that only waited for the
/// handler and stored its result, would cost each request a frame and two resumptions.
template <>
class boost::asio::awaitable<serval::detail::handler_end, boost::asio::any_io_executor> {
public:
    using caller = std::coroutine_handle<std::coroutine_traits<serval::task<void>>::promise_type>;

    explicit awaitable(serval::detail::started_handler& of) noexcept : of_{&of} {}

    static bool await_ready() noexcept { return false; }
    void await_suspend(caller by) const;
    serval::task<void> await_resume() const;

private:
    serval::detail::started_handler* of_;
};

namespace serval::detail {

/// Owns the handler's coroutine. Empty: the answer is complete.
class started_handler {
public:
    started_handler() noexcept = default;
    /// `running` completes the answer itself.
    started_handler(task<void> running) noexcept
    {
        if (running.valid()) emplace<void, &complete>(std::move(running));
    }
    /// `Store` makes `out`, which must outlive this, of what `running` has given, and gives what `end` does.
    template <auto Store, class R>
    static started_handler storing(task<R> running, response* out) noexcept
    {
        started_handler made;
        made.out_ = out;
        made.emplace<R, Store>(std::move(running));
        return made;
    }
    ~started_handler() { clear(); }
    started_handler(started_handler&& from) noexcept { take(from); }
    started_handler& operator=(started_handler&& from) noexcept
    {
        if (this != &from) {
            clear();
            take(from);
        }
        return *this;
    }

    bool valid() const noexcept { return actions_ != nullptr; }

    /// Runs the handler, and stores its result. To be awaited once, by a task<void>, which this must outlive.
    /// Gives what is left to await before the answer is complete; invalid: it is. Throws what the handler
    /// throws.
    task<handler_end> end() noexcept { return task<handler_end>{*this}; }

private:
    friend task<handler_end>;
    using caller = task<handler_end>::caller;

    struct actions {
        void (*begin)(void* running, caller by);
        task<void> (*store)(void* running, response* out);
        void (*move)(void* from, void* to) noexcept; ///< `from` ends
        void (*destroy)(void* running) noexcept;
    };

    template <class R>
    static task<R>& as(void* running) noexcept
    {
        return *std::launder(static_cast<task<R>*>(running));
    }
    template <class R, task<void> (*Store)(task<R>&, response*)>
    static constexpr actions actions_of{
        .begin = [](void* running, caller by) { as<R>(running).await_suspend(by); },
        .store = [](void* running, response* out) { return Store(as<R>(running), out); },
        .move =
            [](void* from, void* to) noexcept {
                ::new (to) task<R>(std::move(as<R>(from)));
                as<R>(from).~task<R>();
            },
        .destroy = [](void* running) noexcept { as<R>(running).~task<R>(); }};

    static task<void> complete(task<void>& running, response*)
    {
        running.await_resume();
        return {};
    }

    template <class R, task<void> (*Store)(task<R>&, response*)>
    void emplace(task<R> running) noexcept
    {
        static_assert(sizeof(task<R>) == sizeof(running_) && alignof(task<R>) <= alignof(void*));
        ::new (static_cast<void*>(running_)) task<R>(std::move(running));
        actions_ = &actions_of<R, Store>;
    }
    void take(started_handler& from) noexcept
    {
        if (!from.valid()) return;
        actions_ = std::exchange(from.actions_, nullptr);
        out_ = from.out_;
        actions_->move(from.running_, running_);
    }
    void clear() noexcept
    {
        if (valid()) std::exchange(actions_, nullptr)->destroy(running_);
    }

    actions const* actions_ = nullptr;
    response* out_ = nullptr;
    alignas(void*) std::byte running_[sizeof(task<void>)];
};

} // namespace serval::detail

inline void boost::asio::awaitable<serval::detail::handler_end, boost::asio::any_io_executor>::await_suspend(
    caller by) const
{
    of_->actions_->begin(of_->running_, by);
}

inline serval::task<void>
boost::asio::awaitable<serval::detail::handler_end, boost::asio::any_io_executor>::await_resume() const
{
    return of_->actions_->store(of_->running_, of_->out_);
}
