// The background tasks of a request, until they start.
#pragma once

#include "handler/task_account.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace serval::detail {

/// What serval::background_tasks writes on. Reused from request to request; costs nothing while it is empty.
struct task_sheet {
    using list = std::vector<std::unique_ptr<handler::background_task>>;

    handler::task_account* account = nullptr; ///< of the server; null: none counts
    list tasks;
    bool overflowed = false; ///< a task found no place within the server's bound

    /// Forgets the tasks: the request has failed.
    void clear() noexcept
    {
        if (!tasks.empty()) tasks.clear();
        overflowed = false;
    }
};

} // namespace serval::detail
