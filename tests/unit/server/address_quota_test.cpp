#include "server/address_quota.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

namespace serval::server_impl {
namespace {

namespace asio = boost::asio;

address_quota::endpoint at(char const* address)
{
    return asio::ip::tcp::endpoint{asio::ip::make_address(address), 1234};
}

class address_quota_of_two : public testing::Test {
protected:
    std::optional<address_quota::place> take(char const* address) { return quota_->take(at(address)); }

    std::shared_ptr<address_quota> quota_ = std::make_shared<address_quota>(2);
};

TEST_F(address_quota_of_two, gives_two_places_to_each_address)
{
    auto const first = take("10.0.0.1");
    auto const second = take("10.0.0.1");
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(take("10.0.0.1"));
    EXPECT_TRUE(take("10.0.0.2"));
}

TEST_F(address_quota_of_two, has_a_place_again_when_one_is_given_back)
{
    auto first = take("10.0.0.1");
    auto second = take("10.0.0.1");
    first.reset();
    first = take("10.0.0.1");
    EXPECT_TRUE(first);
    second->give_back();
    second->give_back(); // once is enough
    auto const third = take("10.0.0.1");
    EXPECT_TRUE(third);
    EXPECT_FALSE(take("10.0.0.1"));
}

TEST_F(address_quota_of_two, follows_places_that_move)
{
    auto first = take("10.0.0.1");
    address_quota::place kept{std::move(*first)};
    first.reset();
    auto const second = take("10.0.0.1");
    EXPECT_FALSE(take("10.0.0.1"));
    kept = address_quota::place{};
    EXPECT_TRUE(take("10.0.0.1"));
}

TEST_F(address_quota_of_two, takes_the_first_half_of_an_ipv6_address_for_the_peer)
{
    auto const first = take("2001:db8:0:1::1");
    auto const second = take("2001:db8:0:1:ffff::2");
    EXPECT_FALSE(take("2001:db8:0:1::3"));
    EXPECT_TRUE(take("2001:db8:0:2::1"));
}

TEST_F(address_quota_of_two, knows_an_ipv4_address_in_an_ipv6_one)
{
    auto const first = take("::ffff:10.0.0.1");
    auto const second = take("10.0.0.1");
    EXPECT_FALSE(take("::ffff:10.0.0.1"));
    EXPECT_TRUE(take("::ffff:10.0.0.2"));
}

TEST_F(address_quota_of_two, bounds_nobody_without_an_address)
{
    address_quota::endpoint const local = asio::local::stream_protocol::endpoint{"/tmp/x"};
    auto const first = quota_->take(local);
    auto const second = quota_->take(local);
    EXPECT_TRUE(quota_->take(local));
}

TEST_F(address_quota_of_two, lives_as_long_as_a_place)
{
    auto const place = take("10.0.0.1");
    std::weak_ptr<address_quota> const watched = quota_;
    quota_.reset();
    EXPECT_FALSE(watched.expired());
}

} // namespace
} // namespace serval::server_impl
