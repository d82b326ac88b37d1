#include "app/lifespan.hpp"

#include "app/app_state.hpp"

#include <serval/threadpool.hpp>

#include <exception>

namespace serval::app_impl {

namespace {

task<void> run_hook(detail::bound_hook const& hook)
{
    if (hook.coroutine) {
        co_await hook.coroutine();
    } else {
        co_await run_in_threadpool(hook.plain);
    }
}

} // namespace

task<void> run_startup(app& application)
{
    for (auto const& hook : application.state().startup)
        co_await run_hook(hook);
}

task<void> run_shutdown(app& application)
{
    std::exception_ptr first;
    auto const& hooks = application.state().shutdown;
    for (auto hook = hooks.rbegin(); hook != hooks.rend(); ++hook) {
        try {
            co_await run_hook(*hook);
        } catch (...) {
            if (!first) first = std::current_exception();
        }
    }
    if (first) std::rethrow_exception(first);
}

} // namespace serval::app_impl
