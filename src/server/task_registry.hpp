// The background tasks that run on one loop.
#pragma once

#include "handler/task_account.hpp"
#include "server/turn_budget.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace serval::server_impl {

class loop;
class task_batch;

/// Every batch that runs on a loop, so that none is detached: their ends are observed, and a drain reaches
/// them. Used on the loop's thread. Outlives its loop for as long as a batch needs it.
class task_registry : public std::enable_shared_from_this<task_registry> {
public:
    task_registry(loop& owner, std::shared_ptr<handler::task_account> account) noexcept;
    ~task_registry();

    /// Accepts and starts a batch; gives it up instead when the others were.
    void launch(std::shared_ptr<task_batch> batch);

    /// Looks at the time limits; called by the loop's tick, which `needs_tick` keeps going.
    task<void> sweep(turn_budget& turn);
    bool needs_tick() const noexcept { return limited_ != 0; }
    /// When the first of them will have passed, in ticks of the loop.
    std::optional<std::int64_t> next_limit() const noexcept;

    /// Cancels the coroutines, starts no more tasks, from now on, and logs all that are lost by that.
    void give_up();
    /// Logs the tasks that run in spite of that.
    void log_stuck() const;
    /// Ends the tasks that a drain cancels, now and from now on.
    void drain();
    bool draining() const noexcept { return draining_; }

    /// The loop is going away.
    void detach() noexcept;

private:
    friend class task_batch;

    void remove(task_batch& ended) noexcept;

    loop* loop_; // null once it has gone
    std::shared_ptr<handler::task_account> account_;
    std::vector<std::shared_ptr<task_batch>> batches_;
    std::size_t limited_ = 0; // batches whose current attempt has a time limit
    bool given_up_ = false;
    bool draining_ = false;
};

} // namespace serval::server_impl
