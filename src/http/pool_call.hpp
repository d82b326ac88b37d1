// Blocking calls on a server's pools, for serval's own coroutines.
#pragma once

#include <serval/threadpool.hpp>

#include <type_traits>
#include <utility>

namespace serval::http {

/// As detail::run_on_pool, but on the pool for file I/O, which handlers that block cannot stall.
///
/// `call` must live until this completes. Throws http_error 503 when the pool has stopped.
task<void> run_on_file_pool(detail::pool_call& call);

/// As detail::run_on_pool, for a background task: in the pool's second queue, which has no bound and takes
/// half of the threads at most.
///
/// `call` must live until this completes. Throws http_error 503 when the pool has stopped.
task<void> run_task_on_pool(detail::pool_call& call);

/// As detail::run_on_pool, before all calls that wait and without a bound: for the end of a request that has
/// had its handler's place, and for hooks.
///
/// `call` must live until this completes. Throws http_error 503 when the pool has stopped.
task<void> run_first_on_pool(detail::pool_call& call);

/// As detail::run_on_pool, on the pool for JSON: for what computes a while, and waits for nothing. It has
/// fewer threads than the machine has processors, no bound, and one queue: reading and writing take turns.
///
/// `call` must live until this completes. Throws http_error 503 when the pool has stopped.
task<void> run_on_json_pool(detail::pool_call& call);

/// As run_in_threadpool, on the pool for file I/O.
template <class F, class... A>
task<std::invoke_result_t<F, A...>> call_on_file_pool(F function, A... arguments)
{
    detail::pool_invocation<F, A...> call(std::move(function), std::move(arguments)...);
    co_await run_on_file_pool(call);
    if constexpr (!std::is_void_v<std::invoke_result_t<F, A...>>) co_return call.take();
}

} // namespace serval::http
