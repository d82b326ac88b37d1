#include "testing/stream_exchange.hpp"

#include "testing/client_connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace serval::testing_impl {

stream_exchange::stream_exchange(std::weak_ptr<test_loop> driver, std::string request, bool is_head,
                                 std::size_t window)
    : client_exchange{std::move(driver), std::move(request), is_head},
      window_{window}
{}

test_response stream_exchange::head()
{
    std::unique_lock lock(mutex_);
    if (!head_ && !done_) ask(lock, demand::head);
    if (!head_) throw_if_failed();
    return *head_;
}

std::optional<std::string> stream_exchange::next()
{
    std::unique_lock lock(mutex_);
    if (pieces_.empty() && !done_) ask(lock, demand::piece);
    if (pieces_.empty()) {
        throw_if_failed();
        return std::nullopt;
    }
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
}

std::string stream_exchange::rest()
{
    std::unique_lock lock(mutex_);
    if (!done_) ask(lock, demand::rest);
    throw_if_failed();
    std::string all;
    for (auto const& piece : pieces_)
        all += piece;
    pieces_.clear();
    return all;
}

std::vector<std::string> stream_exchange::arrived()
{
    std::unique_lock lock(mutex_);
    if (!done_) ask(lock, demand::what_arrived);
    if (pieces_.empty()) throw_if_failed();
    std::vector<std::string> all(std::move_iterator(pieces_.begin()), std::move_iterator(pieces_.end()));
    pieces_.clear();
    return all;
}

bool stream_exchange::ended() const
{
    std::lock_guard const lock(mutex_);
    return done_ && failure_.empty() && pieces_.empty();
}

/// The pull is posted before the wait begins: the automatic clock must not jump in between.
void stream_exchange::ask(std::unique_lock<std::mutex>& lock, demand what)
{
    static_cast<void>(loop_to_wait_for());
    demand_ = what;
    answered_ = false;
    post_pull();
    auto const satisfied = [this] { return answered_ || done_; };
    auto const how = what == demand::what_arrived ? time::still : time::passing;
    if (wait(lock, how, satisfied)) return;
    demand_ = standing_demand();
    post_pull(); // narrows the window again
    throw std::runtime_error("serval: the response has not come on within 30 s");
}

void stream_exchange::post_pull()
{
    auto const driver = driver_.lock();
    if (driver == nullptr) throw std::runtime_error("serval: the test_client was destroyed");
    boost::asio::post(driver->context(), [self = shared_from_this()] {
        if (auto const carrier = self->connection.lock()) carrier->pull();
    });
}

void stream_exchange::throw_if_failed() const
{
    if (failure_.empty()) return;
    throw std::runtime_error((head_ ? "serval: the response is incomplete: " : "serval: no response: ") +
                             failure_);
}

bool stream_exchange::wants_bytes() const
{
    switch (demand_) {
    case demand::none: return false;
    case demand::head: return !head_;
    case demand::piece: return pieces_.empty();
    default: return true;
    }
}

std::size_t stream_exchange::read(std::string_view arrived, response_reader& reader)
{
    std::lock_guard const lock(mutex_);
    std::size_t used = 0;
    while (used != arrived.size() && wants_bytes() && !reader.complete() && !reader.failed()) {
        used += reader.feed_piece(arrived.substr(used));
        take_from(reader);
    }
    return used;
}

void stream_exchange::take_from(response_reader& reader)
{
    if (!head_ && reader.head_complete()) head_ = reader.response();
    if (auto piece = reader.take_piece()) pieces_.push_back(*std::move(piece));
}

void stream_exchange::has_read()
{
    std::lock_guard const lock(mutex_);
    if (demand_ != demand::what_arrived && wants_bytes()) return;
    demand_ = standing_demand();
    if (!std::exchange(answered_, true)) end_waits();
}

/// Without a window nothing would come for a call that waits: it is given the least one.
std::size_t stream_exchange::window() const
{
    std::lock_guard const lock(mutex_);
    bool const waits = demand_ != demand::none && demand_ != demand::what_arrived;
    return waits ? std::max<std::size_t>(window_, 1) : window_;
}

} // namespace serval::testing_impl
