#include "server/address_quota.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace serval::server_impl {

namespace {

/// IPv4 as it is mapped into IPv6, which is how a socket for both sees it.
std::optional<address_quota::key> key_of(address_quota::endpoint const& peer)
{
    address_quota::key made{};
    if (peer.protocol().family() == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, peer.data(), std::min(peer.size(), sizeof v4));
        made[10] = made[11] = 0xFF;
        std::memcpy(&made[12], &v4.sin_addr, 4);
        return made;
    }
    if (peer.protocol().family() != AF_INET6) return std::nullopt;
    sockaddr_in6 v6{};
    std::memcpy(&v6, peer.data(), std::min(peer.size(), sizeof v6));
    std::memcpy(made.data(), &v6.sin6_addr, IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) != 0 ? 16 : 8);
    return made;
}

} // namespace

std::optional<address_quota::place> address_quota::take(endpoint const& peer)
{
    auto const whose = key_of(peer);
    if (!whose) return place{};
    std::lock_guard const lock{mutex_};
    auto& taken = taken_[*whose];
    if (taken >= most_) return std::nullopt;
    ++taken;
    return place{shared_from_this(), *whose};
}

void address_quota::give_back(key const& whose) noexcept
{
    std::lock_guard const lock{mutex_};
    auto const found = taken_.find(whose);
    if (found != taken_.end() && --found->second == 0) taken_.erase(found);
}

} // namespace serval::server_impl
