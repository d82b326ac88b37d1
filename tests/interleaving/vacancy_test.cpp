#include "base/sync.hpp"
#include "interleaving/explorer.hpp"
#include "interleaving/loop.hpp"
#include "server/vacancy.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace serval::server_impl {
namespace {

using explored::check;
using explored::end_of_task;
using explored::explore;

TEST(vacancy_interleaved, tells_of_room_that_is_made_before_it_is_waited_for_or_meanwhile)
{
    explore({}, [] {
        explored::loop loop;
        auto const waker = std::make_shared<http::remote_wake_up>(loop.services());
        vacancy room{{waker}};
        base::atomic<int> guests{2};
        auto const leave = [&] {
            --guests;
            room.arise();
        };
        auto const listen = [&]() -> task<void> {
            while (guests.load() != 0) {
                vacancy::wait const here{room, *waker};
                if (guests.load() == 0) break;
                co_await waker->wait();
            }
        };
        end_of_task end;
        loop.spawn(listen(), end);
        base::thread first{leave};
        base::thread second{leave};
        loop.turn_until([&end] { return end.times != 0; });
        first.join();
        second.join();
        check(end.times == 1 && !end.error, "it has not ended once");
    });
}

} // namespace
} // namespace serval::server_impl
