#include "handler/background_hosts.hpp"
#include "handler/task_sheet.hpp"

#include <serval/background_tasks.hpp>

#include <mutex>
#include <stdexcept>
#include <utility>

namespace serval {

namespace {

/// Throws std::invalid_argument for what cannot be repeated but should.
void check_repeatable(detail::background_call const& call, task_options const& options)
{
    if (options.retries() == 0 || call.is_repeatable()) return;
    throw std::invalid_argument("serval: a background task can only be retried when its arguments can be "
                                "copied");
}

} // namespace

task_options& task_options::name(std::string text)
{
    name_ = std::move(text);
    return *this;
}

task_options& task_options::retries(unsigned n, std::chrono::milliseconds first_delay)
{
    if (first_delay.count() < 0)
        throw std::invalid_argument("serval: the delay of a background task's retries cannot be negative");
    retries_ = n;
    first_delay_ = first_delay;
    return *this;
}

task_options& task_options::time_limit(std::chrono::milliseconds duration)
{
    if (duration.count() <= 0)
        throw std::invalid_argument("serval: a background task's time limit must be positive");
    time_limit_ = duration;
    return *this;
}

std::size_t background_tasks::size() const noexcept
{
    return sheet_->tasks.size();
}

void background_tasks::push(task_options options, std::unique_ptr<detail::background_call> call)
{
    check_repeatable(*call, options);
    auto made = std::make_unique<handler::background_task>(std::move(call), std::move(options),
                                                           sheet_->tasks.size() + 1);
    auto* const account = sheet_->account;
    if (account != nullptr && !account->reserve(*made)) {
        if (account->refuses()) throw handler::too_many_tasks();
        sheet_->overflowed = true;
    }
    sheet_->tasks.push_back(std::move(made));
}

void background_handle::push(task_options options, std::unique_ptr<detail::background_call> call) const
{
    check_repeatable(*call, options);
    hosts_->run(std::make_unique<handler::background_task>(std::move(call), std::move(options), 0));
}

void detail::background_hosts::run(std::unique_ptr<handler::background_task> task)
{
    std::lock_guard const lock{mutex_};
    for (auto* const host : hosts_) {
        if (host->run(task)) return;
    }
    throw std::logic_error(
        "serval: a background task of an application needs a server or a test_client of it "
        "that runs");
}

} // namespace serval
