#include "base/log_gate.hpp"

#include <gtest/gtest.h>

namespace serval::base {
namespace {

using namespace std::chrono_literals;

TEST(log_gate, lets_one_through_in_each_second_and_counts_the_others)
{
    log_gate gate;
    std::chrono::steady_clock::time_point const begin{100s};
    EXPECT_EQ(gate.pass(begin), 0U);
    EXPECT_EQ(gate.pass(begin + 1ms), std::nullopt);
    EXPECT_EQ(gate.pass(begin + 999ms), std::nullopt);
    EXPECT_EQ(gate.pass(begin + 1s), 2U);
    EXPECT_EQ(gate.pass(begin + 1500ms), std::nullopt);
    EXPECT_EQ(gate.pass(begin + 1h), 1U);
    EXPECT_EQ(gate.pass(begin + 2h), 0U);
}

TEST(log_gate, remarks_on_what_it_has_held_back)
{
    EXPECT_EQ(log_gate::remark(0), "");
    EXPECT_EQ(log_gate::remark(3), " (and 3 more)");
}

} // namespace
} // namespace serval::base
