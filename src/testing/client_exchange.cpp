#include "testing/client_exchange.hpp"

#include "testing/client_connection.hpp"

#include <boost/asio/post.hpp>

#include <stdexcept>
#include <utility>

namespace serval::testing_impl {

client_exchange::client_exchange(std::weak_ptr<test_loop> driver, std::string request, bool is_head)
    : driver_{std::move(driver)},
      request_{std::move(request)},
      is_head_{is_head}
{}

bool client_exchange::done() const
{
    std::lock_guard const lock(mutex_);
    return done_;
}

void client_exchange::disconnect()
{
    leave(false);
}

void client_exchange::reset()
{
    leave(true);
}

void client_exchange::leave(bool abruptly)
{
    if (done()) return;
    auto const driver = driver_.lock();
    if (driver == nullptr) return;
    boost::asio::post(driver->context(), [self = shared_from_this(), abruptly] {
        if (self->done()) return; // and its connection serves another, perhaps
        auto const carrier = self->connection.lock();
        if (carrier == nullptr) return;
        if (abruptly) carrier->reset();
        carrier->close("the client has disconnected");
    });
}

void client_exchange::complete(response_reader& reader)
{
    std::lock_guard const lock(mutex_);
    if (done_) return;
    take_rest_of(reader);
    finish();
}

void client_exchange::fail(std::string_view reason)
{
    std::lock_guard const lock(mutex_);
    if (done_) return;
    failure_ = reason;
    finish();
}

void client_exchange::finish()
{
    done_ = true;
    end_waits();
}

std::shared_ptr<test_loop> client_exchange::loop_to_wait_for() const
{
    auto driver = driver_.lock();
    if (driver == nullptr) throw std::runtime_error("serval: the test_client was destroyed");
    driver->must_not_run_here();
    return driver;
}

/// True on a thread of the client's pools.
bool client_exchange::begin_wait(time how)
{
    auto const driver = loop_to_wait_for();
    bool const pooled = driver->is_pooled();
    if (how == time::passing) {
        ++waiting_;
        driver->waiting_begins();
    }
    if (pooled) {
        ++blocked_;
        driver->blocking_begins();
    }
    return pooled;
}

void client_exchange::give_up_wait(time how, bool pooled)
{
    if (how == time::passing) --waiting_;
    if (pooled) --blocked_;
    auto const driver = driver_.lock();
    if (driver == nullptr) return;
    if (how == time::passing) driver->waiting_ended();
    if (pooled) driver->blocking_ended();
}

/// Here, not when the threads wake: no automatic jump may come in between.
void client_exchange::end_waits()
{
    if (auto const driver = driver_.lock()) {
        for (; waiting_ != 0; --waiting_)
            driver->waiting_ended();
        for (; blocked_ != 0; --blocked_)
            driver->blocking_ended();
    }
    changed_.notify_all();
}

test_response whole_exchange::wait_for_response()
{
    std::unique_lock lock(mutex_);
    if (!done_ && !wait(lock, time::passing, [this] { return done_; }))
        throw std::runtime_error("serval: no response within 30 s");
    if (!failure_.empty()) throw std::runtime_error("serval: no response: " + failure_);
    return response_;
}

} // namespace serval::testing_impl
