// Who runs the background tasks that belong to an app and to no request.
#pragma once

#include "base/sync.hpp"
#include "handler/task_account.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace serval::handler {

/// A server or a test_client that runs tasks.
class task_host {
public:
    /// Takes a task and starts it; any thread. False when it has stopped taking tasks. Throws http_error
    /// 503 when there are too many. Either way `task` is left alone then.
    virtual bool run(std::unique_ptr<background_task>& task) = 0;

protected:
    ~task_host() = default;
};

} // namespace serval::handler

namespace serval::detail {

/// The hosts of one app, in the order in which they started. Thread-safe.
class background_hosts {
public:
    void add(handler::task_host& host)
    {
        std::lock_guard const lock{mutex_};
        hosts_.push_back(&host);
    }
    /// When this returns, no thread is inside of the host. Harmless when it is gone already.
    void remove(handler::task_host& host) noexcept
    {
        std::lock_guard const lock{mutex_};
        std::erase(hosts_, &host);
    }
    /// True while one runs.
    bool any()
    {
        std::lock_guard const lock{mutex_};
        return !hosts_.empty();
    }
    /// Has the first host that still takes tasks run this one. Throws std::logic_error when there is none.
    void run(std::unique_ptr<handler::background_task> task);

private:
    base::mutex mutex_;
    std::vector<handler::task_host*> hosts_;
};

} // namespace serval::detail
