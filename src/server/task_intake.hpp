// Where a server takes tasks that belong to no request.
#pragma once

#include "handler/background_hosts.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace serval::server_impl {

class loop;
class task_registry;

/// Accepts tasks of the application, on any thread, and has the loops run them in turn.
class task_intake final : public handler::task_host {
public:
    explicit task_intake(std::shared_ptr<handler::task_account> account) : account_{std::move(account)} {}

    /// Before any task comes. The loop's context must outlive this.
    void add(loop& one);
    /// From now on tasks are taken: the loops run, or will.
    void open() noexcept { open_ = true; }

    // handler::task_host; one thread at a time, as background_hosts sees to
    bool run(std::unique_ptr<handler::background_task>& task) override;

private:
    struct destination {
        boost::asio::io_context* context;
        std::shared_ptr<task_registry> registry;
    };

    std::shared_ptr<handler::task_account> account_;
    std::vector<destination> destinations_;
    std::size_t next_ = 0;
    std::atomic<bool> open_{false};
};

} // namespace serval::server_impl
