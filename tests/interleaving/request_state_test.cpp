#include "base/sync.hpp"
#include "http/request_state.hpp"
#include "interleaving/explorer.hpp"

#include <gtest/gtest.h>

#include <stop_token>

namespace serval::detail {
namespace {

using explored::check;
using explored::explore;

TEST(request_state_interleaved, stops_every_token_that_it_gives)
{
    explore({.preemptions = explored::limits::unlimited}, [] {
        request_state state;
        std::stop_token first;
        std::stop_token second;
        base::thread asker{[&] { first = state.token(); }};
        base::thread other{[&] { second = state.token(); }};
        state.begin_stop().request_stop();
        asker.join();
        other.join();
        check(first.stop_requested() && second.stop_requested(), "a token is not stopped");
    });
}

TEST(request_state_interleaved, stops_twice_as_well_as_once)
{
    explore({}, [] {
        request_state state;
        std::stop_token token;
        base::thread stopper{[&] { state.begin_stop().request_stop(); }};
        base::thread asker{[&] { token = state.token(); }};
        state.begin_stop().request_stop();
        stopper.join();
        asker.join();
        check(token.stop_requested(), "a token is not stopped");
    });
}

} // namespace
} // namespace serval::detail
