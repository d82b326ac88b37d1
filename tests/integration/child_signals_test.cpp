// What a program that a handler starts has of the signals of serval's threads.
#include "support/running_server.hpp"

#include <serval/child_signals.hpp>
#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using serval::test::get;
using serval::test::running_server;

/// /proc/self/status of a program that is started here. Not through a shell, some of which unblock signals.
std::string status_of_child()
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"pipe2"};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = "cat";
    std::string file = "/proc/self/status";
    char* const arguments[] = {program.data(), file.data(), nullptr};
    pid_t id = -1;
    int const failed = ::posix_spawnp(&id, program.c_str(), &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> room{};
    for (ssize_t n = 0; failed == 0 && (n = ::read(ends[0], room.data(), room.size())) > 0;)
        text.append(room.data(), static_cast<std::size_t>(n));
    ::close(ends[0]);
    if (failed == 0) ::waitpid(id, nullptr, 0);
    return text;
}

std::string guarded_status_of_child()
{
    serval::child_signals const guard;
    return status_of_child();
}

/// "SigBlk:\t0000000000000000" of a child that the handler at `target` starts.
std::string blocked_in_child(running_server& one, std::string const& target)
{
    auto const answer = one.connect().ask(get(target, "Connection: close\r\n"));
    if (!answer) return "no answer";
    auto const at = answer->body.find("SigBlk:");
    return at == std::string::npos ? "no line" : answer->body.substr(at, 24);
}

TEST(child_signals, block_nothing_in_a_program_that_a_handler_starts)
{
    serval::app app;
    app.get("/plain", [] { return status_of_child(); });
    app.get("/plain/guarded", [] { return guarded_status_of_child(); });
    app.get("/loop", []() -> serval::task<std::string> { co_return status_of_child(); });
    app.get("/loop/guarded", []() -> serval::task<std::string> { co_return guarded_status_of_child(); });
    running_server one{app};
    constexpr auto nothing = "SigBlk:\t0000000000000000";
    EXPECT_EQ(blocked_in_child(one, "/plain/guarded"), nothing);
    EXPECT_EQ(blocked_in_child(one, "/loop/guarded"), nothing);
    // Why the guard is there.
    EXPECT_NE(blocked_in_child(one, "/plain"), nothing);
    EXPECT_NE(blocked_in_child(one, "/loop"), nothing);
}

} // namespace
