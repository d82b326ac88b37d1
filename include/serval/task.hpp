// The coroutine type of asynchronous handlers.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace serval {

/// A coroutine that runs on a server's event loop and gives a `T`.
///
/// It *is* `boost::asio::awaitable<T>`: whatever completes with `boost::asio::use_awaitable` (timers,
/// sockets, Boost.Redis, Boost.MySQL) can be awaited inside. A task starts when it is awaited and belongs to
/// one loop thread. With g++ 12 mind docs/coroutines.md: name aggregates and capturing lambdas before a
/// `co_await`.
template <class T = void>
using task = boost::asio::awaitable<T>;

namespace detail {

template <class R>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

} // namespace detail

} // namespace serval
