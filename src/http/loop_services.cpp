// What a coroutine can find through the loop that it runs on.
#include "http/loop_services.hpp"

#include <mutex>

namespace serval::http {

boost::asio::execution_context::id loop_services::id;

loop_services* loop_services::find(boost::asio::any_io_executor const& executor)
{
    auto& context = boost::asio::query(executor, boost::asio::execution::context);
    if (!boost::asio::has_service<loop_services>(context)) return nullptr;
    return &boost::asio::use_service<loop_services>(context);
}

boost::asio::io_context& loop_services::io_context() noexcept
{
    return static_cast<boost::asio::io_context&>(context());
}

void loop_services::shutdown()
{
    std::lock_guard const lock{gate_->mutex};
    gate_->open = false;
}

} // namespace serval::http
