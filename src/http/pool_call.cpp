// Blocking calls on the thread pool, awaited by a coroutine on a loop.
#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"

#include <serval/http_error.hpp>
#include <serval/threadpool.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace serval::detail {

namespace {

namespace asio = boost::asio;

using signature = void(std::exception_ptr);
using resumption = asio::async_result<asio::use_awaitable_t<>, signature>::handler_type;

// Resumes the coroutine, on its loop. It owns the coroutine: should the context be destroyed first, the
// coroutine is destroyed with it.
class return_trip {
public:
    return_trip(resumption&& handler, std::exception_ptr&& error) noexcept
        : handler_{std::move(handler)},
          error_{std::move(error)}
    {}

    void operator()()
    {
        asio::get_associated_cancellation_slot(handler_).clear();
        std::move(handler_)(std::move(error_));
    }

private:
    resumption handler_;
    std::exception_ptr error_;
};

// One call on its way through the pool. Lives in run_on_pool's frame, hence until the coroutine resumes.
class operation final : public base::thread_pool::job {
public:
    operation(pool_call& call, base::thread_pool& pool, std::shared_ptr<http::return_gate> gate) noexcept
        : call_{&call},
          pool_{&pool},
          gate_{std::move(gate)}
    {}

    void start(resumption&& handler);
    void run() noexcept override;
    void dropped() noexcept override { complete(aborted()); }

private:
    static std::exception_ptr aborted();
    void cancel();
    void complete(std::exception_ptr error);

    pool_call* call_;
    base::thread_pool* pool_;
    std::shared_ptr<http::return_gate> gate_; // its mutex guards what follows
    asio::any_io_executor loop_;              // counted as work, so that the loop waits for the call
    std::optional<resumption> handler_;       // until the way back
};

std::exception_ptr operation::aborted()
{
    return std::make_exception_ptr(boost::system::system_error{asio::error::operation_aborted});
}

void operation::start(resumption&& handler)
{
    loop_ = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    auto slot = asio::get_associated_cancellation_slot(handler);
    handler_.emplace(std::move(handler));
    if (slot.is_connected()) {
        slot.assign([this](asio::cancellation_type type) {
            if (type != asio::cancellation_type::none) cancel();
        });
    }
    if (pool_->submit(*this)) return; // from here on the pool's thread owns it
    serval::headers fields;
    fields.set("retry-after", "1");
    complete(std::make_exception_ptr(http_error{503, {}, std::move(fields)}));
}

// On the loop. A call that has begun is waited for: its arguments live in the coroutine's frame.
void operation::cancel()
{
    {
        std::lock_guard const lock{gate_->mutex};
        if (!handler_) return; // on its way back; the pool may be gone
    }
    if (pool_->cancel(*this)) complete(aborted());
}

// On the pool's thread.
void operation::run() noexcept
{
    std::exception_ptr error;
    try {
        (*call_)();
    } catch (...) {
        error = std::current_exception();
    }
    complete(std::move(error)); // outside the handler: this thread must hold no reference to the exception
}

// From anywhere. Once the gate is left, the loop may have resumed the coroutine, and `this` may be gone.
void operation::complete(std::exception_ptr error)
{
    auto const gate = gate_;
    std::lock_guard const lock{gate->mutex};
    if (!gate->open) return; // the loop is gone and this stays behind: see loop_services
    // Declared after the lock, because destroying it touches the context, which waits at the gate to die.
    auto const loop = std::exchange(loop_, {});
    return_trip trip{std::move(*handler_), std::move(error)};
    handler_.reset();
    asio::post(loop, std::move(trip));
}

} // namespace

task<void> run_on_pool(pool_call& call)
{
    auto const executor = co_await asio::this_coro::executor;
    auto* const services = http::loop_services::find(executor);
    if (services == nullptr || services->pool == nullptr) {
        throw std::logic_error{"run_in_threadpool: this coroutine does not run on a serval server's loop"};
    }
    operation pending(call, *services->pool, services->gate());
    constexpr auto start = [](resumption&& handler, operation* op) { op->start(std::move(handler)); };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, signature>(start, asio::use_awaitable,
                                                                            &pending);
}

} // namespace serval::detail
