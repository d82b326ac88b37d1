#include <serval/detail/started_handler.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace serval::detail {
namespace {

using owner = std::shared_ptr<int>;

task<std::string> text(owner)
{
    co_return "text";
}

task<void> nothing(owner)
{
    co_return;
}

task<void> drop(task<std::string>&, response*)
{
    return {};
}

TEST(started_handler, is_empty_by_default_and_of_an_invalid_task)
{
    EXPECT_FALSE(started_handler{}.valid());
    EXPECT_FALSE(started_handler{task<void>{}}.valid());
    EXPECT_TRUE(started_handler{nothing(nullptr)}.valid());
}

TEST(started_handler, that_nobody_awaits_ends_its_coroutine)
{
    auto const value = std::make_shared<int>();
    {
        started_handler const one = started_handler::storing<&drop>(text(value), nullptr);
        started_handler const other{nothing(value)};
        EXPECT_EQ(value.use_count(), 3);
    }
    EXPECT_EQ(value.use_count(), 1);
}

TEST(started_handler, ends_its_coroutine_when_it_becomes_another)
{
    auto const first = std::make_shared<int>();
    auto const second = std::make_shared<int>();
    started_handler one = started_handler::storing<&drop>(text(first), nullptr);
    started_handler other{nothing(second)};
    one = std::move(other);
    EXPECT_TRUE(one.valid());
    EXPECT_FALSE(other.valid());
    EXPECT_EQ(first.use_count(), 1);
    EXPECT_EQ(second.use_count(), 2);
    one = {};
    EXPECT_EQ(second.use_count(), 1);
}

TEST(started_handler, moves_with_its_coroutine)
{
    auto const value = std::make_shared<int>();
    started_handler one = started_handler::storing<&drop>(text(value), nullptr);
    started_handler const other = std::move(one);
    EXPECT_FALSE(one.valid());
    EXPECT_TRUE(other.valid());
    EXPECT_EQ(value.use_count(), 2);
}

} // namespace
} // namespace serval::detail
