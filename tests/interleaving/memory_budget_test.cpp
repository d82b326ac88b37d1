#include "base/sync.hpp"
#include "http/memory_budget.hpp"
#include "interleaving/explorer.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace serval::http {
namespace {

using explored::check;
using explored::explore;

TEST(memory_budget_interleaved, is_never_overdrawn_and_has_all_back_at_the_end)
{
    std::set<int> seen;
    explore({}, [&seen] {
        auto const budget = std::make_shared<memory_budget>(100);
        int given = 0;
        auto const use = [&given, budget] {
            memory_share share{budget};
            if (share.grow(60)) ++given;
            check(budget->used() <= 100, "more than there is");
            memory_share const moved{std::move(share)};
        };
        base::thread other{use};
        use();
        other.join();
        check(budget->used() == 0, "some is missing");
        seen.insert(given);
    });
    EXPECT_EQ(seen, (std::set<int>{1, 2}));
}

} // namespace
} // namespace serval::http
