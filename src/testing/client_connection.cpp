#include "testing/client_connection.hpp"

#include <cstddef>
#include <utility>

namespace serval::testing_impl {

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
    stream_.set_window(exchange_->window());
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
    if (exchange_ == nullptr) return close({}); // the server has closed, or says what nobody asked for
    read();
}

void client_connection::pull()
{
    if (exchange_ == nullptr) return;
    owner_.progressed();
    read();
}

void client_connection::read()
{
    bool all = false;
    stream_.consume([&](std::string_view arrived) {
        auto const used = exchange_->read(arrived, reader_);
        all = used == arrived.size();
        return used;
    });
    if (stream_.at_end()) reader_.end_of_stream();
    if (reader_.complete()) {
        end_exchange(reader_.keep_alive() && all && !stream_.at_end());
    } else if (reader_.failed()) {
        bool const unseen = stream_.unread_by_server() >= exchange_->request().size();
        if (used_before_ && reader_.untouched() && unseen) {
            owner_.send_again(std::exchange(exchange_, nullptr));
        }
        close(reader_.reason());
    } else {
        exchange_->has_read();
        stream_.set_window(exchange_->window());
    }
}

/// The connection is free, or gone, before the test's thread learns of the response: its next request finds
/// it so.
void client_connection::end_exchange(bool keep)
{
    auto const finished = std::exchange(exchange_, nullptr);
    used_before_ = true;
    if (!keep) close({});
    finished->complete(reader_);
}

} // namespace serval::testing_impl
