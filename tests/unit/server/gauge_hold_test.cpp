#include "server/gauge_hold.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

namespace serval::server_impl {
namespace {

static_assert(!std::is_copy_constructible_v<gauge_hold> && !std::is_copy_assignable_v<gauge_hold>);

class gauge_hold_test : public testing::Test {
protected:
    counter gauge_;
};

TEST_F(gauge_hold_test, counts_for_as_long_as_it_lives)
{
    {
        gauge_hold const one{gauge_};
        EXPECT_EQ(gauge_.value(), 1);
        gauge_hold const three{gauge_, 3};
        EXPECT_EQ(gauge_.value(), 4);
    }
    EXPECT_EQ(gauge_.value(), 0);
}

TEST_F(gauge_hold_test, counts_nothing_by_default)
{
    gauge_hold none;
    none.release();
    EXPECT_EQ(gauge_.value(), 0);
}

TEST_F(gauge_hold_test, ends_early_and_once)
{
    gauge_hold one{gauge_};
    one.release();
    EXPECT_EQ(gauge_.value(), 0);
    one.release();
    EXPECT_EQ(gauge_.value(), 0);
}

TEST_F(gauge_hold_test, hands_its_share_over_when_it_is_moved)
{
    gauge_hold first{gauge_};
    {
        gauge_hold const second{std::move(first)};
        EXPECT_EQ(gauge_.value(), 1);
        first.release(); // of nothing now
        EXPECT_EQ(gauge_.value(), 1);
    }
    EXPECT_EQ(gauge_.value(), 0);
}

TEST_F(gauge_hold_test, gives_up_its_share_for_the_one_that_it_is_assigned)
{
    counter other;
    gauge_hold one{gauge_, 2};
    one = gauge_hold{other, 5};
    EXPECT_EQ(gauge_.value(), 0);
    EXPECT_EQ(other.value(), 5);
    one = gauge_hold{};
    EXPECT_EQ(other.value(), 0);
}

TEST_F(gauge_hold_test, survives_an_assignment_to_itself)
{
    gauge_hold one{gauge_};
    auto& same = one;
    one = std::move(same);
    EXPECT_EQ(gauge_.value(), 1);
}

TEST_F(gauge_hold_test, joins_the_shares_of_others)
{
    gauge_hold all;
    all.join(gauge_hold{gauge_});
    all.join(gauge_hold{gauge_, 2});
    EXPECT_EQ(gauge_.value(), 3);
    all.release();
    EXPECT_EQ(gauge_.value(), 0);
}

TEST_F(gauge_hold_test, keeps_its_share_when_it_joins_nothing)
{
    gauge_hold one{gauge_};
    one.join(gauge_hold{});
    EXPECT_EQ(gauge_.value(), 1);
    one.release();
    EXPECT_EQ(gauge_.value(), 0);
}

} // namespace
} // namespace serval::server_impl
