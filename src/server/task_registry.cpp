#include "server/task_registry.hpp"

#include "server/loop.hpp"
#include "server/task_batch.hpp"

#include <algorithm>
#include <utility>

namespace serval::server_impl {

task_registry::task_registry(loop& owner, std::shared_ptr<handler::task_account> account) noexcept
    : loop_{&owner},
      account_{std::move(account)}
{}

task_registry::~task_registry() = default;

void task_registry::launch(std::shared_ptr<task_batch> batch)
{
    for (auto const& task : batch->tasks_)
        account_->accept(*task);
    batch->registry_ = shared_from_this();
    if (given_up_ && batch->give_up_all()) return;
    if (loop_ == nullptr) return batch->finish(); // its request's values end with it
    batch->index_ = batches_.size();
    batches_.push_back(batch);
    loop_->counters().batches.add();
    batch->spawn(loop_->context());
}

void task_registry::remove(task_batch& ended) noexcept
{
    auto const at = ended.index_;
    if (at >= batches_.size() || batches_[at].get() != &ended) return;
    batches_.back()->index_ = at;
    std::swap(batches_[at], batches_.back());
    auto const last = std::move(batches_.back());
    batches_.pop_back();
    if (loop_ != nullptr) loop_->counters().batches.add(-1);
}

task<void> task_registry::sweep(turn_budget& turn)
{
    if (limited_ == 0) co_return;
    // As loop::sweep: a batch may end inside of this, and then the last takes its index.
    for (auto i = batches_.size(); i-- > 0;) {
        if (turn.spent()) co_await turn.next_turn();
        if (i >= batches_.size()) continue;
        auto const one = batches_[i];
        if (one->sweep()) turn.spend(turn_budget::ending);
    }
}

std::optional<std::int64_t> task_registry::next_limit() const noexcept
{
    std::optional<std::int64_t> first;
    if (limited_ == 0) return first;
    for (auto const& one : batches_) {
        if (one->limited_ && one->deadline_ != 0)
            first = std::min(one->deadline_, first.value_or(one->deadline_));
    }
    return first;
}

void task_registry::give_up()
{
    given_up_ = true;
    for (auto i = batches_.size(); i-- > 0;) {
        if (i >= batches_.size()) continue;
        auto const one = batches_[i];
        one->give_up();
    }
}

void task_registry::drain()
{
    draining_ = true;
    for (auto i = batches_.size(); i-- > 0;) {
        if (i >= batches_.size()) continue;
        auto const one = batches_[i];
        one->drain();
    }
}

void task_registry::log_stuck() const
{
    for (auto const& one : batches_)
        one->log_stuck();
}

void task_registry::detach() noexcept
{
    given_up_ = true;
    loop_ = nullptr;
    // They refer to this, and this to them.
    auto const left = std::exchange(batches_, {});
    for (auto const& one : left)
        one->abandon();
}

} // namespace serval::server_impl
