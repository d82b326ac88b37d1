#include "server/remote_task.hpp"

#include "server/coroutine_end.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

void remote_task::start()
{
    asio::post(context_, [self = shared_from_this()] { self->begin(); });
}

void remote_task::begin()
{
    coroutine_end ended{
        context_, [self = shared_from_this()](std::exception_ptr thrown) { self->end(std::move(thrown)); }};
    if (cancelled_) {
        auto const aborted = boost::system::system_error{asio::error::operation_aborted};
        return end(std::make_exception_ptr(aborted));
    }
    std::exception_ptr thrown;
    try {
        asio::co_spawn(context_, make_(), asio::bind_cancellation_slot(cancel_.slot(), std::move(ended)));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) end(std::move(thrown));
}

void remote_task::end(std::exception_ptr thrown)
{
    if (ended()) return; // it could not be begun, which both know
    error_ = thrown;
    auto const after = std::exchange(after_, nullptr); // what it has captured goes with it
    ended_.store(true, std::memory_order_release);
    if (after) after(std::move(thrown));
}

void remote_task::cancel()
{
    cancelled_ = true;
    asio::post(context_, [self = shared_from_this()] {
        if (!self->ended()) self->cancel_.emit(asio::cancellation_type::terminal);
    });
}

} // namespace serval::server_impl
