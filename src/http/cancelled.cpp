#include "http/cancelled.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/channel_error.hpp>
#include <boost/system/system_error.hpp>

namespace serval::http {

bool is_cancellation(std::exception_ptr const& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (boost::system::system_error const& error) {
        return error.code() == boost::asio::error::operation_aborted ||
               error.code() == boost::asio::experimental::error::channel_cancelled;
    } catch (...) {
        return false;
    }
}

void throw_cancelled()
{
    throw boost::system::system_error{boost::asio::error::operation_aborted};
}

} // namespace serval::http
