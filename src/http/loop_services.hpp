// What a coroutine can find through the loop that it runs on.
#pragma once

#include "http/clock.hpp"

#include <boost/asio/execution_context.hpp>

namespace serval::base {
class thread_pool;
}

namespace serval::http {

/// The clock and the thread pool of an execution context: sleep_for and run_in_threadpool look here.
///
/// Registered by the loop before anything runs on it. Contexts that serval does not serve on have none: then
/// sleep_for goes by the real clock and run_in_threadpool throws std::logic_error.
class loop_services final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit loop_services(boost::asio::execution_context& context) : service{context} {}

    http::clock* clock = nullptr;
    base::thread_pool* pool = nullptr;

private:
    void shutdown() override {}
};

} // namespace serval::http
