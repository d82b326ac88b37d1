// Bodies that plain code makes: a range, iterated on the thread pool.
#include "base/thread_pool.hpp"
#include "handler/stream.hpp"
#include "http/loop_services.hpp"
#include "http/unavailable.hpp"

#include <serval/detail/stream_item.hpp>
#include <serval/response.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::detail {

namespace {

namespace asio = boost::asio;

/// What a thread gathers before it goes, and from where on an element stands alone: less than 64 KiB wait.
constexpr std::size_t enough = 32 * 1024;

/// A range and what it has given so far: filled by a thread of the pool, emptied by the loop.
///
/// It keeps itself alive while a thread works on it, so that a stream can end before a step that blocks.
class range_feed final : public base::thread_pool::job, public std::enable_shared_from_this<range_feed> {
public:
    explicit range_feed(std::unique_ptr<item_source> items) noexcept : items_{std::move(items)} {}
    ~range_feed() = default;

    struct taken {
        std::string bytes;
        std::string_view large; ///< an element of its own, in place; valid until `resume`
        bool ended = false;
        std::exception_ptr error;
    };

    // On the loop.

    void attach(http::loop_services& services, asio::steady_timer& timer)
    {
        services_ = &services;
        gate_ = services.gate();
        timer_ = &timer;
    }
    void detach() noexcept
    {
        timer_ = nullptr;
        {
            std::lock_guard const lock{mutex_};
            stopped_ = true;
        }
        if (services_ != nullptr && services_->pool != nullptr && services_->pool->cancel(*this)) dropped();
    }
    /// Has a thread iterate, unless one does or the range has ended. False: the pool takes no more.
    bool resume()
    {
        {
            std::lock_guard const lock{mutex_};
            if (running_ || ended_) return true;
            large_ = {};
            running_ = true;
            self_ = shared_from_this();
        }
        if (services_->pool->submit(*this)) return true;
        dropped();
        return false;
    }
    taken take()
    {
        std::lock_guard const lock{mutex_};
        return {std::exchange(gathered_, {}), std::exchange(large_, {}), ended_ && !running_,
                std::exchange(error_, nullptr)};
    }
    bool has_more()
    {
        std::lock_guard const lock{mutex_};
        return !gathered_.empty() || !running_;
    }
    /// True: the timer will be cancelled when there is more. False: there is.
    bool wait()
    {
        std::lock_guard const lock{mutex_};
        waiting_ = gathered_.empty() && running_;
        return waiting_;
    }

    // On the pool's thread.

    void run() noexcept override
    {
        while (step()) {
        }
        release();
    }
    void dropped() noexcept override { release(); }

private:
    /// Takes one element. False: enough for now.
    bool step() noexcept
    {
        std::string_view item;
        bool ended = true;
        std::exception_ptr error;
        try {
            // Not assigned to an optional outside: g++ 12 lets the call write its result in place, and that
            // may come before the call throws (seen with -O1 -fsanitize=thread).
            std::optional<std::string_view> const next = items_->next();
            ended = !next.has_value();
            item = next.value_or(std::string_view{});
        } catch (...) {
            error = std::current_exception();
        }
        std::lock_guard const lock{mutex_};
        ended_ = ended;
        error_ = std::move(error);
        if (ended_) return false;
        if (item.size() >= enough) {
            large_ = item;
            return false;
        }
        try {
            gathered_ += item;
        } catch (...) {
            error_ = std::current_exception();
            ended_ = true;
            return false;
        }
        if (waiting_ && !item.empty()) notify();
        return !stopped_ && gathered_.size() < enough;
    }

    void release() noexcept
    {
        std::shared_ptr<range_feed> self; // let go when the mutex is
        std::lock_guard const lock{mutex_};
        self = std::move(self_);
        running_ = false;
        if (waiting_) notify();
    }

    void notify() noexcept
    {
        waiting_ = false;
        std::lock_guard const lock{gate_->mutex};
        if (!gate_->open) return;
        auto ready = [self = shared_from_this()] {
            if (self->timer_ != nullptr) self->timer_->cancel();
        };
        try {
            asio::post(services_->io_context(), std::move(ready));
        } catch (...) {
            waiting_ = true; // no memory: the next element, or the end of this turn, tries again
        }
    }

    std::unique_ptr<item_source> items_; // of the thread while one runs
    // Of the loop.
    http::loop_services* services_ = nullptr;
    std::shared_ptr<http::return_gate> gate_;
    asio::steady_timer* timer_ = nullptr;

    std::mutex mutex_; // guards what follows
    std::shared_ptr<range_feed> self_;
    std::string gathered_;
    std::string_view large_;
    std::exception_ptr error_;
    bool running_ = false;
    bool waiting_ = false;
    bool ended_ = false;
    bool stopped_ = false;
};

/// Ties a feed to the coroutine that empties it.
class attachment {
public:
    attachment(range_feed& feed, http::loop_services& services, asio::steady_timer& timer) : feed_{feed}
    {
        feed_.attach(services, timer);
    }
    ~attachment() { feed_.detach(); }
    attachment(attachment const&) = delete;
    attachment& operator=(attachment const&) = delete;

private:
    range_feed& feed_;
};

class range_stream final : public single_use_producer {
public:
    explicit range_stream(std::unique_ptr<item_source> items)
        : feed_{std::make_shared<range_feed>(std::move(items))}
    {}

    task<void> produce(http::body_sink& out) override
    {
        begin();
        auto const executor = co_await asio::this_coro::executor;
        auto* const services = http::loop_services::find(executor);
        if (services == nullptr || services->pool == nullptr)
            throw std::logic_error("a range is streamed on a serval server's loop");
        asio::steady_timer timer(executor);
        attachment const attached(*feed_, *services, timer);
        if (!feed_->resume()) throw http::unavailable();
        for (;;) {
            range_feed::taken const got = feed_->take();
            co_await http::append_all(out, got.bytes);
            co_await http::append_all(out, got.large);
            if (got.error) std::rethrow_exception(got.error);
            if (got.ended) co_return;
            bool const resumed = feed_->resume();
            if (resumed && feed_->has_more()) continue;
            if (!out.flush_now()) co_await out.flush();
            timer.expires_at(std::chrono::steady_clock::time_point::max());
            if (!resumed) timer.expires_after(pool_retry);
            if (resumed && !feed_->wait()) continue;
            co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

private:
    static constexpr std::chrono::milliseconds pool_retry{20};

    std::shared_ptr<range_feed> feed_;
};

} // namespace

void store_range_stream(response& out, std::unique_ptr<item_source> items, std::string_view media_type)
{
    set_stream_type(out, media_type);
    out.producer(std::make_shared<range_stream>(std::move(items)));
}

} // namespace serval::detail
