// Bodies that plain code makes: a range, iterated on the thread pool.
#include "base/byte_channel.hpp"
#include "base/thread_pool.hpp"
#include "handler/stream.hpp"
#include "http/loop_services.hpp"
#include "http/remote_wake_up.hpp"
#include "http/unavailable.hpp"

#include <serval/detail/stream_item.hpp>
#include <serval/response.hpp>

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace serval::detail {

namespace {

namespace asio = boost::asio;

/// A range on the pool: it fills a channel, and rests when that has enough.
///
/// The range belongs to the thread that works on it, and ends on one: after its last step, or in a visit of
/// its own when it was stopped in between. A working thread keeps this alive, for the case that the loop is
/// destroyed while a step blocks.
class range_feed final : public base::thread_pool::job, public std::enable_shared_from_this<range_feed> {
public:
    range_feed(std::unique_ptr<item_source> items, http::loop_services& services)
        : waker_{std::make_shared<http::remote_wake_up>(services)},
          channel_{*waker_},
          items_{std::move(items)}
    {}
    ~range_feed() = default;

    // On the loop.

    /// Has a thread iterate, unless one does, the range has ended, or something is to be taken. False: the
    /// pool takes no more.
    bool start(base::thread_pool& pool)
    {
        if (!channel_.start()) return true;
        self_ = shared_from_this();
        if (pool.submit(*this)) return true;
        dropped();
        return false;
    }

    base::byte_channel& channel() noexcept { return channel_; }
    http::remote_wake_up& waker() noexcept { return *waker_; }

    /// Completes when no thread uses the range any more, which a thread has destroyed then. Nothing ends this
    /// but the end of the current step: what the step uses must outlive it.
    task<void> end(base::thread_pool& pool)
    {
        channel_.stop();
        if (pool.cancel(*this)) dropped();
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await rest();
        if (items_ == nullptr) co_return;
        channel_.start_to_end();
        self_ = shared_from_this();
        if (!pool.submit_first(*this)) dropped(); // the pool has stopped: it ends here, then
        co_await rest();
        items_.reset();
    }

    // On the pool's thread.

    void run() noexcept override
    {
        auto const self = std::move(self_); // from `leave` on another thread may have it
        while (step()) {
        }
        if (ended_ || channel_.stopped()) items_.reset();
        channel_.leave();
    }
    void dropped() noexcept override
    {
        auto const self = std::move(self_);
        channel_.leave();
    }

private:
    task<void> rest()
    {
        while (channel_.wait_for_rest())
            co_await waker_->wait();
    }

    /// Takes one element. False: enough for now.
    bool step() noexcept
    {
        if (ended_ || channel_.stopped()) return false;
        std::exception_ptr error;
        try {
            // Not assigned to an optional outside: g++ 12 lets the call write its result in place, and that
            // may come before the call throws (seen with -O1 -fsanitize=thread).
            std::optional<std::string_view> const next = items_->next();
            if (next) return channel_.put(*next);
        } catch (...) {
            error = std::current_exception();
        }
        ended_ = true;
        channel_.end(std::move(error));
        return false;
    }

    std::shared_ptr<http::remote_wake_up> const waker_;
    base::byte_channel channel_;
    std::shared_ptr<range_feed> self_;   // from a start to the thread that takes it up
    std::unique_ptr<item_source> items_; // of the thread while one works
    bool ended_ = false;                 // likewise
};

class range_stream final : public single_use_producer {
public:
    explicit range_stream(std::unique_ptr<item_source> items) noexcept : items_{std::move(items)} {}

    task<void> produce(http::body_sink& out) override
    {
        begin();
        auto const executor = co_await asio::this_coro::executor;
        auto* const services = http::loop_services::find(executor);
        if (services == nullptr || services->pool == nullptr)
            throw std::logic_error("a range is streamed on a serval server's loop");
        auto const feed = std::make_shared<range_feed>(std::move(items_), *services);
        auto& pool = *services->pool;
        std::exception_ptr thrown;
        try {
            co_await pump(*feed, pool, out);
        } catch (...) {
            thrown = std::current_exception();
        }
        // Once cancelled, even awaiting what ends the range would throw, before it has begun.
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await feed->end(pool);
        if (thrown) std::rethrow_exception(thrown);
    }

private:
    static constexpr std::chrono::milliseconds pool_retry{20};

    static task<void> pump(range_feed& feed, base::thread_pool& pool, http::body_sink& out)
    {
        if (!feed.start(pool)) throw http::unavailable();
        for (;;) {
            base::byte_channel::taken const got = feed.channel().take();
            co_await http::append_all(out, got.bytes);
            co_await http::append_all(out, got.lent);
            if (got.error) std::rethrow_exception(got.error);
            if (got.ended) co_return;
            bool const started = feed.start(pool);
            if (started && !feed.channel().wait()) continue;
            if (!out.flush_now()) co_await out.flush();
            auto const until = started ? http::remote_wake_up::time_point::max()
                                       : std::chrono::steady_clock::now() + pool_retry;
            co_await feed.waker().wait(until);
        }
    }

    std::unique_ptr<item_source> items_;
};

} // namespace

void store_range_stream(response& out, std::unique_ptr<item_source> items, std::string_view media_type)
{
    set_stream_type(out, media_type);
    out.producer(std::make_shared<range_stream>(std::move(items)));
}

} // namespace serval::detail
