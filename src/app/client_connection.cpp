#include "app/client_connection.hpp"

#include <boost/asio/post.hpp>

#include <stdexcept>
#include <utility>

namespace serval::app_impl {

client_exchange::client_exchange(std::weak_ptr<test_loop> driver, std::string request, bool is_head)
    : driver_{std::move(driver)},
      request_{std::move(request)},
      is_head_{is_head}
{}

test_response client_exchange::wait()
{
    std::unique_lock lock(mutex_);
    if (!done_) {
        ++waiting_;
        if (auto const driver = driver_.lock()) driver->waiting_begins();
        if (!changed_.wait_for(lock, patience, [this] { return done_; })) {
            --waiting_;
            if (auto const driver = driver_.lock()) driver->waiting_ended();
            throw std::runtime_error("serval: no response within 30 s");
        }
    }
    if (!failure_.empty()) throw std::runtime_error("serval: no response: " + failure_);
    return response_;
}

bool client_exchange::done() const
{
    std::lock_guard const lock(mutex_);
    return done_;
}

void client_exchange::disconnect(std::shared_ptr<client_exchange> const& exchange)
{
    if (exchange->done()) return;
    auto const driver = exchange->driver_.lock();
    if (driver == nullptr) return;
    boost::asio::post(driver->context(), [exchange] {
        if (exchange->done()) return; // and its connection serves another, perhaps
        if (auto const carrier = exchange->connection.lock()) carrier->close("the client has disconnected");
    });
}

void client_exchange::complete(test_response response)
{
    std::lock_guard const lock(mutex_);
    if (done_) return;
    response_ = std::move(response);
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
    // Here, not when the threads wake: no automatic jump may come in between.
    if (auto const driver = driver_.lock()) {
        for (; waiting_ != 0; --waiting_)
            driver->waiting_ended();
    }
    changed_.notify_all();
}

client_connection::client_connection(server_impl::memory_client stream, connection_owner& owner)
    : stream_{std::move(stream)},
      owner_{owner}
{}

void client_connection::open()
{
    stream_.on_arrival([weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->on_arrival();
    });
}

void client_connection::send(std::shared_ptr<client_exchange> exchange)
{
    exchange_ = std::move(exchange);
    exchange_->connection = weak_from_this();
    reader_ = response_reader(exchange_->is_head());
    stream_.write(exchange_->request());
}

void client_connection::close(std::string_view reason)
{
    if (std::exchange(closed_, true)) return;
    stream_.close();
    if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->fail(reason);
    owner_.remove(*this);
}

void client_connection::on_arrival()
{
    if (closed_) return;
    owner_.progressed();
    auto const bytes = stream_.read();
    if (exchange_ == nullptr) return close({}); // the server has closed, or says what nobody asked for
    auto const used = reader_.feed(bytes);
    if (stream_.at_end()) reader_.end_of_stream();
    if (reader_.complete()) {
        bool const keep = reader_.keep_alive() && used == bytes.size() && !stream_.at_end();
        end_exchange(keep);
    } else if (reader_.failed()) {
        bool const unseen = stream_.unread_by_server() >= exchange_->request().size();
        if (used_before_ && reader_.untouched() && unseen) {
            owner_.send_again(std::exchange(exchange_, nullptr));
        }
        close(reader_.reason());
    }
}

/// The connection is free, or gone, before the test's thread learns of the response: its next request finds
/// it so.
void client_connection::end_exchange(bool keep)
{
    auto const finished = std::exchange(exchange_, nullptr);
    used_before_ = true;
    if (!keep) close({});
    finished->complete(reader_.take());
}

} // namespace serval::app_impl
