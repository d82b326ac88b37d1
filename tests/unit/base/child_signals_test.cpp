#include "base/signal_blocker.hpp"

#include <serval/child_signals.hpp>

#include <gtest/gtest.h>

#include <csignal>

namespace serval {
namespace {

bool is_blocked(int number)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, number) == 1;
}

TEST(child_signals, blocks_nothing_while_it_lives)
{
    base::signal_blocker const blocker;
    ASSERT_TRUE(is_blocked(SIGTERM));
    {
        child_signals const guard;
        EXPECT_FALSE(is_blocked(SIGTERM));
        EXPECT_FALSE(is_blocked(SIGPIPE));
    }
    EXPECT_TRUE(is_blocked(SIGTERM));
    EXPECT_TRUE(is_blocked(SIGPIPE));
}

TEST(child_signals, discards_a_broken_pipe_of_before)
{
    ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
    base::signal_blocker const blocker;
    pthread_kill(pthread_self(), SIGPIPE);
    child_signals const guard; // else it ends the process
}

} // namespace
} // namespace serval
