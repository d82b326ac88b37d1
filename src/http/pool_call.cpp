// Blocking calls on the thread pools, awaited by a coroutine on a loop.
#include "http/pool_call.hpp"

#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"
#include "http/trip_memory.hpp"
#include "http/unavailable.hpp"

#include <serval/http_error.hpp>
#include <serval/threadpool.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace serval {

namespace {

namespace asio = boost::asio;

using signature = void();
using resumption = asio::async_result<asio::use_awaitable_t<>, signature>::handler_type;
using loop_executor = asio::io_context::executor_type;

// Resumes the coroutine, on its loop. It owns the coroutine: should the context be destroyed first, the
// coroutine is destroyed with it.
class return_trip {
public:
    explicit return_trip(resumption&& handler) noexcept : handler_{std::move(handler)} {}

    void operator()()
    {
        asio::get_associated_cancellation_slot(handler_).clear();
        auto const executor = asio::get_associated_executor(handler_);
        if (executor.template target<loop_executor>() != nullptr) {
            std::move(handler_)();
        } else { // a strand of the application's
            asio::dispatch(executor, std::move(handler_));
        }
    }

private:
    resumption handler_;
};

// One call on its way through a pool. Lives in the coroutine's frame, hence until that resumes.
class operation final : public base::thread_pool::job {
public:
    using submission = bool (base::thread_pool::*)(base::thread_pool::job&);

    operation(detail::pool_call& call, base::thread_pool& pool, submission submit,
              http::loop_services& services) noexcept
        : call_{&call},
          pool_{&pool},
          submit_{submit},
          loop_{services.io_context().get_executor()},
          gate_{services.gate()}
    {}

    void start(resumption&& handler) noexcept;
    void run() noexcept override;
    void dropped() noexcept override { complete(ending::aborted); }
    // Throws what the call threw, or why it was not made.
    void rethrow();

private:
    enum class ending : unsigned char { returned, thrown, refused, aborted };

    void cancel() noexcept;
    void complete(ending how) noexcept;

    detail::pool_call* call_;
    base::thread_pool* pool_;
    submission submit_;
    loop_executor loop_;
    std::shared_ptr<http::return_gate> gate_;                      // its mutex guards what follows
    std::optional<asio::executor_work_guard<loop_executor>> work_; // so that the loop waits for the call
    std::optional<resumption> handler_;                            // until the way back
    std::exception_ptr error_;
    ending ending_ = ending::returned;
    http::trip_memory memory_;
};

// An exception must not leave this: the initiation's caller is the coroutine, which the handler owns.
void operation::start(resumption&& handler) noexcept
{
    auto slot = asio::get_associated_cancellation_slot(handler);
    work_.emplace(loop_);
    handler_.emplace(std::move(handler));
    auto how = ending::refused;
    try {
        if (slot.is_connected()) {
            slot.assign([this](asio::cancellation_type type) {
                if (type != asio::cancellation_type::none) cancel();
            });
        }
        if ((pool_->*submit_)(*this)) return; // from here on the pool's thread owns it
    } catch (...) {
        error_ = std::current_exception();
        how = ending::thrown;
    }
    complete(how);
}

// On the loop. A call that has begun is told, and waited for: its arguments live in the coroutine's frame.
void operation::cancel() noexcept
{
    {
        std::lock_guard const lock{gate_->mutex};
        if (!handler_) return; // on its way back; the pool may be gone
    }
    if (pool_->cancel(*this)) {
        complete(ending::aborted);
    } else {
        call_->cancel(); // it lives: the coroutine that has it resumes on this thread
    }
}

// On the pool's thread.
void operation::run() noexcept
{
    auto how = ending::returned;
    try {
        (*call_)();
    } catch (...) {
        error_ = std::current_exception();
        how = ending::thrown;
    }
    complete(how); // outside the handler: this thread must hold no reference to the exception
}

// From anywhere; allocates nothing. Once the gate is left, the loop may have resumed the coroutine, and
// `this` may be gone.
void operation::complete(ending how) noexcept
{
    auto const gate = gate_;
    std::lock_guard const lock{gate->mutex};
    if (!gate->open) return; // the loop is gone and this stays behind: see loop_services
    ending_ = how;
    // Declared after the lock, because destroying it touches the context, which waits at the gate to die.
    auto const work = std::exchange(work_, std::nullopt);
    return_trip trip{std::move(*handler_)};
    handler_.reset();
    asio::require(loop_, asio::execution::blocking.never,
                  asio::execution::allocator(http::trip_allocator<void>{memory_}))
        .execute(std::move(trip));
}

void operation::rethrow()
{
    switch (ending_) {
    case ending::returned: return;
    case ending::thrown: std::rethrow_exception(std::exchange(error_, nullptr));
    case ending::aborted: throw boost::system::system_error{asio::error::operation_aborted};
    case ending::refused: break;
    }
    throw http::unavailable();
}

task<void> run_on(base::thread_pool* http::loop_services::* pool, detail::pool_call& call,
                  operation::submission submit = &base::thread_pool::submit)
{
    auto const executor = co_await asio::this_coro::executor;
    auto* const services = http::loop_services::find(executor);
    if (services == nullptr || services->*pool == nullptr) {
        throw std::logic_error{"this coroutine does not run on a serval server's loop, which has the threads "
                               "for blocking calls"};
    }
    operation pending(call, *(services->*pool), submit, *services);
    constexpr auto start = [](resumption&& handler, operation* op) { op->start(std::move(handler)); };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, signature>(start, asio::use_awaitable,
                                                                            &pending);
    pending.rethrow();
}

} // namespace

task<void> detail::run_on_pool(pool_call& call)
{
    return run_on(&http::loop_services::pool, call);
}

task<void> http::run_task_on_pool(detail::pool_call& call)
{
    return run_on(&http::loop_services::pool, call, &base::thread_pool::submit_secondary);
}

task<void> http::run_first_on_pool(detail::pool_call& call)
{
    return run_on(&http::loop_services::pool, call, &base::thread_pool::submit_first);
}

task<void> http::run_on_json_pool(detail::pool_call& call)
{
    return run_on(&http::loop_services::json, call);
}

task<void> http::run_on_file_pool(detail::pool_call& call)
{
    return run_on(&http::loop_services::files, call);
}

} // namespace serval
