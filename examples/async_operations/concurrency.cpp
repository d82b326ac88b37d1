#include "async_operations/concurrency.hpp"

#include "async_operations/rounding.hpp"

#include <serval/serval.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace async_operations {

namespace {

using namespace serval::params;

struct slow_result {
    std::string request_id;
    int delay = 0;
    double elapsed = 0;
    int concurrent_requests_during_processing = 0;
};

struct concurrency_stats {
    int current_active = 0;
    std::uint64_t total_processed = 0;
    std::vector<slow_result> recent_requests;
};

/// What the handlers share: the notebook's two globals.
///
/// With one loop, the default, coroutine handlers never run at the same time and nothing would need a lock;
/// the mutex is for `--threads` above 1. It is never held across a `co_await`.
class request_log {
public:
    /// Counts a request in; returns how many there are now.
    int enter()
    {
        std::lock_guard const lock{mutex_};
        return ++active_;
    }

    void leave()
    {
        std::lock_guard const lock{mutex_};
        --active_;
    }

    void add(slow_result const& result)
    {
        std::lock_guard const lock{mutex_};
        ++processed_;
        recent_.push_back(result);
        if (recent_.size() > kept) recent_.pop_front(); // the notebook keeps all, for ever
    }

    concurrency_stats stats() const
    {
        std::lock_guard const lock{mutex_};
        return {active_, processed_, {recent_.begin(), recent_.end()}};
    }

private:
    static constexpr std::size_t kept = 10;

    mutable std::mutex mutex_;
    int active_ = 0;
    std::uint64_t processed_ = 0;
    std::deque<slow_result> recent_;
};

/// Counts a request in, and out again however it ends: also when its client leaves and it is cancelled.
class active_request {
public:
    explicit active_request(request_log& log) : log_{log}, concurrent_{log.enter()} {}
    ~active_request() { log_.leave(); }
    active_request(active_request const&) = delete;
    active_request& operator=(active_request const&) = delete;

    int concurrent() const noexcept { return concurrent_; }

private:
    request_log& log_;
    int concurrent_;
};

} // namespace

void add_concurrency(serval::app& app)
{
    auto const log = std::make_shared<request_log>();

    // The app keeps a handler for its life, so captures outlast every call of it.
    app.get("/concurrent/slow",
            [log](query<"delay", int, def(2)> delay,
                  query<"request_id", std::string, def("unknown")> request_id) -> serval::task<slow_result> {
                active_request const active{*log};
                auto const start = std::chrono::steady_clock::now();
                co_await serval::sleep_for(std::chrono::seconds(*delay));
                std::chrono::duration<double> const elapsed = std::chrono::steady_clock::now() - start;

                slow_result result{*request_id, *delay, rounded(elapsed.count(), 2), active.concurrent()};
                log->add(result);
                co_return result;
            })
        .name("slow_endpoint")
        .description("Slow endpoint for testing concurrency");

    app.get("/concurrent/stats", [log]() -> serval::task<concurrency_stats> { co_return log->stats(); })
        .name("concurrent_stats")
        .description("Get concurrency statistics");
}

} // namespace async_operations
