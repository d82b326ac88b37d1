// What runs after a response: the background tasks of its request.
#include "base/log_escape.hpp"
#include "server/connection.hpp"
#include "server/task_batch.hpp"
#include "server/task_registry.hpp"
#include "server/workspace.hpp"

#include <utility>

namespace serval::server_impl {

void connection::take_tasks()
{
    auto& x = exchange();
    auto const& head = x.state.head;
    std::string origin;
    base::append_log_escaped(origin, head.method_name);
    origin += ' ';
    base::append_log_escaped(origin, head.target.substr(0, 2048));
    tasks_ = std::make_shared<task_batch>(std::exchange(x.tasks.tasks, {}), std::move(origin));
    wait_for_tasks_ = std::exchange(x.tasks.overflowed, false);
}

void connection::leave_workspace_to_tasks()
{
    auto fresh = loop_.workspaces().take();
    fresh->input.append(unread());
    fresh->output.swap(work_->output);
    auto& x = work_->exchange;
    work_->client = stream_->peer();
    x.state.client = &work_->client;
    x.body = nullptr;
    tasks_->keep(std::exchange(work_, std::move(fresh)));
    taken_ = 0;
    in_body_buffer_ = false;
    parser_.reset();
}

void connection::launch_tasks()
{
    auto const batch = std::exchange(tasks_, nullptr);
    if (wait_for_tasks_) tasks_ = batch; // beyond the server's bound: this connection runs them itself
    loop_.tasks().launch(batch);
}

task<void> connection::wait_for_tasks()
{
    wait_for_tasks_ = false;
    auto const before = std::exchange(phase_, phase::tasks);
    auto const batch = std::exchange(tasks_, nullptr);
    co_await batch->wait(executor());
    phase_ = before;
    if (!ended_) become_idle(); // the client has not been silent: nobody has listened
}

} // namespace serval::server_impl
