#include "handler/task_account.hpp"
#include "handler/task_sheet.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace serval::handler {
namespace {

using namespace std::chrono_literals;
using admission = task_account::admission;

class still_clock final : public http::clock {
public:
    time_point now() const noexcept override { return time; }
    task<void> wait_until(time_point) override { co_return; }

    time_point time{1h};
};

std::unique_ptr<background_task> make_task(task_options options = {})
{
    return std::make_unique<background_task>(detail::make_background_call([] {}), std::move(options), 1);
}

class task_account_test : public testing::Test {
protected:
    still_clock clock;
    std::shared_ptr<task_account> account = std::make_shared<task_account>(2, true, &clock);
};

TEST_F(task_account_test, gives_as_many_places_as_its_bound_says)
{
    auto const a = make_task();
    auto const b = make_task();
    auto const c = make_task();
    EXPECT_TRUE(account->reserve(*a));
    EXPECT_TRUE(account->reserve(*b));
    EXPECT_FALSE(account->reserve(*c));
    EXPECT_EQ(account->admit(*c), admission::full);
}

TEST_F(task_account_test, gets_the_place_of_a_task_back_that_never_began)
{
    auto a = make_task();
    ASSERT_TRUE(account->reserve(*a));
    a.reset();
    auto const b = make_task();
    auto const c = make_task();
    EXPECT_TRUE(account->reserve(*b));
    EXPECT_TRUE(account->reserve(*c));
    EXPECT_EQ(account->now().failed, 0u) << "it was never accepted";
}

TEST_F(task_account_test, follows_a_task_from_its_acceptance_to_its_end)
{
    auto const a = make_task();
    account->accept(*a);
    EXPECT_EQ(account->now().queued, 1u);
    account->begin(*a);
    account->begin(*a); // the next attempt
    EXPECT_EQ(account->now().queued, 0u);
    EXPECT_EQ(account->now().running, 1u);
    account->end(*a, task_outcome::done);
    EXPECT_EQ(account->now().unfinished(), 0u);
    EXPECT_EQ(account->now().done, 1u);
}

TEST_F(task_account_test, counts_an_accepted_task_that_is_destroyed_as_given_up)
{
    auto a = make_task();
    account->accept(*a);
    a.reset();
    EXPECT_EQ(account->now().unfinished(), 0u);
    EXPECT_EQ(account->now().failed, 1u);
    EXPECT_EQ(account->now().given_up, 1u);
}

TEST_F(task_account_test, knows_the_age_of_its_oldest_task_in_whatever_order_they_end)
{
    auto const a = make_task();
    auto const b = make_task();
    auto const c = make_task();
    account->accept(*a);
    clock.time += 10ms;
    account->accept(*b);
    clock.time += 10ms;
    account->accept(*c);
    EXPECT_EQ(account->now().oldest, 20ms);
    account->end(*b, task_outcome::done);
    EXPECT_EQ(account->now().oldest, 20ms);
    account->end(*a, task_outcome::done);
    EXPECT_EQ(account->now().oldest, 0ms);
    clock.time += 5ms;
    EXPECT_EQ(account->now().oldest, 5ms);
    account->end(*c, task_outcome::failed);
    EXPECT_EQ(account->now().oldest, 0ms);
}

TEST_F(task_account_test, closes_only_when_it_is_empty)
{
    auto const a = make_task();
    account->accept(*a);
    EXPECT_FALSE(account->close_if_empty());
    auto const b = make_task();
    EXPECT_EQ(account->admit(*b), admission::accepted);
    account->end(*a, task_outcome::done);
    account->end(*b, task_outcome::done);
    EXPECT_TRUE(account->close_if_empty());
    auto const c = make_task();
    EXPECT_EQ(account->admit(*c), admission::closed);
}

TEST_F(task_account_test, lives_as_long_as_a_task_that_stands_in_it)
{
    std::weak_ptr<task_account> const watched = account;
    auto a = make_task();
    account->accept(*a);
    account.reset();
    EXPECT_FALSE(watched.expired());
    a.reset();
    EXPECT_TRUE(watched.expired());
}

TEST_F(task_account_test, numbers_the_tasks_of_the_application)
{
    auto const a = make_task();
    auto const b = make_task();
    account->admit(*a);
    account->admit(*b);
    EXPECT_EQ(a->name(), "#1");
    EXPECT_EQ(b->name(), "#2");
}

TEST(background_task, is_called_by_its_name)
{
    EXPECT_EQ(make_task(task_options{}.name("send"))->name(), "send");
}

} // namespace
} // namespace serval::handler
