// Section 3: work that goes on after the response.
#pragma once

#include <serval/app.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace async_operations {

/// What the background tasks have done: the notebook's list, of which it keeps what /tasks/log shows.
///
/// Thread-safe: `log_task` runs on the thread pool.
class task_log {
public:
    struct contents {
        std::uint64_t total_tasks = 0;
        std::vector<std::string> log; ///< the last 20, oldest first
    };

    /// Adds an entry, and prints it.
    void add(std::string entry);
    contents last() const;

private:
    static constexpr std::size_t kept = 20;

    mutable std::mutex mutex_;
    std::uint64_t total_ = 0;
    std::deque<std::string> entries_;
};

/// Background task: stands for the processing of an uploaded file, which takes 3 s.
serval::task<void> process_file_in_background(std::shared_ptr<task_log> log, std::string file_path,
                                              std::string filename);

/// Adds /users/register and /tasks/log.
void add_background(serval::app& app, std::shared_ptr<task_log> const& log);

} // namespace async_operations
