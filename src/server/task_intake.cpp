#include "server/task_intake.hpp"

#include "server/loop.hpp"
#include "server/task_batch.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace serval::server_impl {

void task_intake::add(loop& one)
{
    destinations_.push_back({&one.context(), one.tasks().shared_from_this()});
}

bool task_intake::run(std::unique_ptr<handler::background_task>& task)
{
    if (!open_) return false;
    using admission = handler::task_account::admission;
    switch (account_->admit(*task)) {
    case admission::closed: return false;
    case admission::full: throw handler::too_many_tasks();
    case admission::accepted: break;
    }
    auto const& to = destinations_[next_++ % destinations_.size()];
    task_batch::list alone;
    alone.push_back(std::move(task));
    auto batch = std::make_shared<task_batch>(std::move(alone), "the application");
    boost::asio::post(*to.context, [registry = to.registry, batch = std::move(batch)]() mutable {
        registry->launch(std::move(batch));
    });
    return true;
}

} // namespace serval::server_impl
