#include "handler/task_account.hpp"

#include "http/unavailable.hpp"
#include "model/spelling.hpp"

#include <mutex>
#include <utility>

namespace serval::handler {

background_task::~background_task()
{
    release_call();
    if (account_) account_->forget(*this);
}

std::string background_task::name() const
{
    if (!options_.name().empty()) return options_.name();
    std::string text = '#' + std::to_string(number_);
    if (spelled_.empty()) return text;
    // The class of a lambda or a std::function says nothing that the line does not.
    auto const type = model::spelled_type(spelled_);
    auto const shortened = model::short_name(type);
    bool const telling = !shortened.empty() && !type.starts_with("std::") &&
                         shortened.find_first_of("<>(){}* ") == std::string::npos;
    if (telling) text.append(" ").append(shortened);
    return text;
}

http_error too_many_tasks()
{
    return http::unavailable();
}

bool task_account::reserve(background_task& task) noexcept
{
    std::lock_guard const lock{mutex_};
    if (reserved_ >= limit_) return false;
    ++reserved_;
    task.reserved_ = true;
    task.account_ = shared_from_this();
    return true;
}

void task_account::accept(background_task& task) noexcept
{
    std::lock_guard const lock{mutex_};
    if (task.state_ == background_task::state::added) enter(task);
}

task_account::admission task_account::admit(background_task& task) noexcept
{
    std::lock_guard const lock{mutex_};
    if (closed_) return admission::closed;
    if (reserved_ >= limit_) return admission::full;
    ++reserved_;
    task.reserved_ = true;
    task.number_ = ++numbers_;
    enter(task);
    return admission::accepted;
}

void task_account::enter(background_task& task) noexcept
{
    task.account_ = shared_from_this();
    task.state_ = background_task::state::queued;
    task.accepted_ = time();
    task.older_ = newest_;
    (newest_ != nullptr ? newest_->newer_ : oldest_) = &task;
    newest_ = &task;
    ++totals_.queued;
    if (task.options().cancels_on_drain()) ++totals_.endless;
}

void task_account::begin(background_task& task) noexcept
{
    std::lock_guard const lock{mutex_};
    if (std::exchange(task.state_, background_task::state::running) == background_task::state::running)
        return; // a further attempt
    --totals_.queued;
    ++totals_.running;
}

void task_account::end(background_task& task, task_outcome how) noexcept
{
    std::lock_guard const lock{mutex_};
    leave(task, how);
}

void task_account::leave(background_task& task, task_outcome how) noexcept
{
    auto const before = std::exchange(task.state_, background_task::state::ended);
    if (before == background_task::state::queued || before == background_task::state::running) {
        --(before == background_task::state::queued ? totals_.queued : totals_.running);
        ++(how == task_outcome::done ? totals_.done : totals_.failed);
        if (how == task_outcome::given_up) ++totals_.given_up;
        if (task.options().cancels_on_drain()) --totals_.endless;
        (task.older_ != nullptr ? task.older_->newer_ : oldest_) = task.newer_;
        (task.newer_ != nullptr ? task.newer_->older_ : newest_) = task.older_;
    }
    if (std::exchange(task.reserved_, false)) --reserved_;
}

void task_account::forget(background_task& task) noexcept
{
    // One that never began, since its request has failed, or whose loop is destroyed.
    std::lock_guard const lock{mutex_};
    leave(task, task_outcome::given_up);
}

void task_account::close() noexcept
{
    std::lock_guard const lock{mutex_};
    closed_ = true;
}

bool task_account::close_if_empty() noexcept
{
    std::lock_guard const lock{mutex_};
    if (totals_.unfinished() != 0) return false;
    closed_ = true;
    return true;
}

http::clock::time_point task_account::time() const noexcept
{
    return clock_ != nullptr ? clock_->now() : std::chrono::steady_clock::now();
}

task_account::totals task_account::now() const noexcept
{
    std::lock_guard const lock{mutex_};
    auto sum = totals_;
    auto const* oldest = oldest_;
    while (oldest != nullptr && oldest->options().cancels_on_drain())
        oldest = oldest->newer_;
    if (oldest != nullptr)
        sum.oldest = std::chrono::duration_cast<std::chrono::milliseconds>(time() - oldest->accepted_);
    return sum;
}

} // namespace serval::handler
