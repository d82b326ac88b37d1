// How many connections each peer may have.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace serval::server_impl {

/// Bounds the connections of each peer: an IPv4 address, or the first 64 bits of an IPv6 address, which is
/// what one subscriber has. Thread-safe. Held by shared_ptr: places keep it.
class address_quota : public std::enable_shared_from_this<address_quota> {
public:
    using endpoint = boost::asio::generic::stream_protocol::endpoint;
    using key = std::array<unsigned char, 16>;

    /// One connection's, given back at its end.
    class place {
    public:
        place() = default;
        place(std::shared_ptr<address_quota> of, key const& whose) noexcept
            : of_{std::move(of)},
              whose_{whose}
        {}
        place(place&& other) noexcept : of_{std::move(other.of_)}, whose_{other.whose_} {}
        place& operator=(place&& other) noexcept
        {
            give_back();
            of_ = std::move(other.of_);
            whose_ = other.whose_;
            return *this;
        }
        ~place() { give_back(); }

        void give_back() noexcept
        {
            if (auto const from = std::exchange(of_, nullptr)) from->give_back(whose_);
        }

    private:
        std::shared_ptr<address_quota> of_;
        key whose_{};
    };

    explicit address_quota(std::size_t most) noexcept : most_{most} {}

    /// A place for a connection from `peer`; nothing when it has as many as it may. One that has no address,
    /// as on a Unix socket, always finds one.
    std::optional<place> take(endpoint const& peer);

private:
    void give_back(key const& whose) noexcept;

    std::size_t const most_;
    std::mutex mutex_;
    std::map<key, std::size_t> taken_; // as many as there are connections, at most
};

} // namespace serval::server_impl
