#include "server/connection.hpp"

#include "server/hold_watch.hpp"

#include <utility>

namespace serval::server_impl {

connection::connection(std::shared_ptr<loop> owner, std::unique_ptr<transport> stream,
                       loop::protocol_maker make)
    : owner_{std::move(owner)},
      loop_{*owner_},
      stream_{std::move(stream)},
      protocol_{make(*this)}
{}

connection::~connection() = default;

void connection::end() noexcept
{
    protocol_->end();
    if (watch_) watch_->ends();
    loop_.remove(*this);
}

void connection::close() noexcept
{
    auto const self = shared_from_this(); // what ends by it may be all that keeps this
    protocol_->close();
}

bool connection::make_room()
{
    auto const self = shared_from_this();
    return protocol_->make_room();
}

} // namespace serval::server_impl
