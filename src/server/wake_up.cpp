#include "server/wake_up.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace serval::server_impl {

namespace {

/// True until the end of its scope, also when a co_await throws because the coroutine is cancelled already.
class scoped_flag {
public:
    explicit scoped_flag(bool& flag) noexcept : flag_{flag} { flag_ = true; }
    ~scoped_flag() { flag_ = false; }
    scoped_flag(scoped_flag const&) = delete;
    scoped_flag& operator=(scoped_flag const&) = delete;

private:
    bool& flag_;
};

} // namespace

task<boost::system::error_code> wake_up::wait()
{
    scoped_flag const waiting(waiting_);
    notified_ = false;
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
    auto const [ec] = co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (notified_) co_return boost::system::error_code{};
    co_return ec;
}

void wake_up::notify() noexcept
{
    if (!waiting_ || notified_) return;
    // Nothing to cancel: a cancellation has come before, and the wait ends as that.
    notified_ = timer_.cancel() != 0;
}

} // namespace serval::server_impl
