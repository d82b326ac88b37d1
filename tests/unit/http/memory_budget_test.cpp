#include "http/memory_budget.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace serval::http {
namespace {

TEST(memory_budget, gives_what_it_has_and_no_more)
{
    auto const budget = std::make_shared<memory_budget>(100);
    memory_share a{budget};
    memory_share b{budget};
    EXPECT_TRUE(a.grow(60));
    EXPECT_FALSE(b.grow(41));
    EXPECT_TRUE(b.grow(40));
    EXPECT_FALSE(a.grow(1));
    EXPECT_EQ(budget->used(), 100U);
    EXPECT_EQ(a.bytes(), 60U);
}

TEST(memory_budget, has_back_what_a_share_held_however_that_ends)
{
    auto const budget = std::make_shared<memory_budget>(100);
    std::optional<memory_share> one{std::in_place, budget};
    EXPECT_TRUE(one->grow(30));
    memory_share other{std::move(*one)};
    one.reset();
    EXPECT_EQ(budget->used(), 30U) << "it has moved";
    EXPECT_TRUE(other.grow(30));
    other = memory_share{budget};
    EXPECT_EQ(budget->used(), 0U) << "it was assigned to";
    EXPECT_TRUE(other.grow(50));
    other.release();
    EXPECT_EQ(budget->used(), 0U);
    EXPECT_TRUE(other.grow(100)) << "and can be used again";
}

TEST(memory_budget, counts_what_is_taken_beyond_it)
{
    auto const budget = std::make_shared<memory_budget>(100);
    memory_share large{budget};
    large.grow_anyway(1000);
    EXPECT_EQ(budget->used(), 1000U);
    memory_share small{budget};
    EXPECT_FALSE(small.grow(1));
    large.release();
    EXPECT_TRUE(small.grow(100));
}

TEST(memory_budget, lives_as_long_as_a_share)
{
    std::weak_ptr<memory_budget> watched;
    {
        memory_share last;
        {
            auto const budget = std::make_shared<memory_budget>(100);
            watched = budget;
            last = memory_share{budget};
            EXPECT_TRUE(last.grow(1));
        }
        EXPECT_FALSE(watched.expired());
    }
    EXPECT_TRUE(watched.expired());
}

TEST(memory_budget, is_never_overdrawn_by_threads)
{
    auto const budget = std::make_shared<memory_budget>(1000);
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i) {
        threads.emplace_back([budget] {
            for (int k = 0; k != 10'000; ++k) {
                memory_share share{budget};
                bool const within = !share.grow(400) || budget->used() <= 1000;
                EXPECT_TRUE(within);
            }
        });
    }
    for (auto& one : threads)
        one.join();
    EXPECT_EQ(budget->used(), 0U);
}

TEST(form_memory, bounds_all_files_of_a_form)
{
    form_memory form{100, std::make_shared<memory_budget>(1000)};
    auto a = form.begin();
    auto b = form.begin();
    EXPECT_TRUE(form.grow(a, 70));
    EXPECT_FALSE(form.grow(b, 31));
    EXPECT_TRUE(form.grow(b, 30));
    form.release(a);
    EXPECT_TRUE(form.grow(b, 70));
    form.grow_anyway(a, 500);
    EXPECT_FALSE(form.grow(b, 1));
    form.release(b);
    EXPECT_FALSE(form.grow(b, 1)) << "what was taken beyond comes first";
    form.release(a);
    EXPECT_TRUE(form.grow(b, 100));
    EXPECT_FALSE(form.grow(b, 1)) << "no more than there ever was";
}

TEST(form_memory, has_no_more_than_the_server)
{
    auto const server = std::make_shared<memory_budget>(100);
    form_memory one{80, server};
    form_memory other{80, server};
    auto a = one.begin();
    auto b = other.begin();
    EXPECT_TRUE(one.grow(a, 80));
    EXPECT_FALSE(other.grow(b, 21));
    EXPECT_TRUE(other.grow(b, 20));
    one.release(a);
    EXPECT_TRUE(other.grow(b, 60)) << "what was refused was not taken";
}

TEST(form_memory, is_bounded_by_the_form_alone_without_a_server)
{
    form_memory form{100, nullptr};
    auto share = form.begin();
    EXPECT_TRUE(form.grow(share, 100));
    EXPECT_FALSE(form.grow(share, 1));
}

} // namespace
} // namespace serval::http
