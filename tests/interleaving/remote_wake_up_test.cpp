#include "base/sync.hpp"
#include "http/remote_wake_up.hpp"
#include "interleaving/explorer.hpp"
#include "interleaving/loop.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <set>
#include <string>

namespace serval::http {
namespace {

namespace asio = boost::asio;
using explored::check;
using explored::end_of_task;
using explored::explore;

TEST(remote_wake_up_interleaved, loses_no_wake_up_of_two_threads)
{
    explore({}, [] {
        explored::loop loop;
        auto const waker = std::make_shared<remote_wake_up>(loop.services());
        int told = 0; // by the threads, which are in turn with the loop
        auto const tell = [&told, waker] {
            ++told;
            waker->wake();
        };
        auto const listen = [&told, waker]() -> task<void> {
            while (told != 2)
                co_await waker->wait();
        };
        end_of_task end;
        loop.spawn(listen(), end);
        base::thread first{tell};
        base::thread second{tell};
        loop.turn_until([&end] { return end.times != 0; });
        first.join();
        second.join();
        check(end.times == 1 && !end.error, "it has not ended once");
    });
}

TEST(remote_wake_up_interleaved, remembers_a_wake_up_for_the_next_wait)
{
    explore({}, [] {
        explored::loop loop;
        auto const waker = std::make_shared<remote_wake_up>(loop.services());
        bool heard = false;
        auto const listen = [&heard, waker]() -> task<void> {
            co_await waker->wait();
            heard = true;
            co_await waker->wait();
        };
        end_of_task end;
        base::thread other{[&heard, waker] {
            waker->wake();
            while (!heard)
                explored::idle();
            waker->wake();
        }};
        loop.spawn(listen(), end);
        loop.turn_until([&end] { return end.times != 0; });
        other.join();
    });
}

TEST(remote_wake_up_interleaved, is_woken_or_cancelled)
{
    std::set<std::string> seen;
    explore({}, [&seen] {
        explored::loop loop;
        auto const waker = std::make_shared<remote_wake_up>(loop.services());
        asio::cancellation_signal signal;
        auto const listen = [waker]() -> task<void> { co_await waker->wait(); };
        end_of_task end;
        loop.spawn(listen(), end, signal.slot());
        base::thread canceller{[&] {
            asio::post(loop.context(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
        }};
        base::thread other{[waker] { waker->wake(); }};
        loop.turn_until([&end] { return end.times != 0; });
        canceller.join();
        other.join();
        loop.context().poll();
        check(end.times == 1, "it has ended twice");
        auto const* const e = explored::thrown_as<boost::system::system_error>(end.error);
        check(!end.error || (e != nullptr && e->code() == asio::error::operation_aborted), "another error");
        seen.insert(end.error ? "cancelled" : "woken");
    });
    EXPECT_EQ(seen.size(), 2U);
}

TEST(remote_wake_up_interleaved, goes_with_its_loop_whenever_that_is_destroyed)
{
    explore({.preemptions = 3}, [] {
        base::thread other;
        {
            asio::io_context context;
            auto const waker = std::make_shared<remote_wake_up>(asio::make_service<loop_services>(context));
            // Its own, since it ends with the context.
            auto const listen = [](std::shared_ptr<remote_wake_up> own) -> task<void> {
                for (;;)
                    co_await own->wait();
            };
            asio::co_spawn(context, listen(waker), [](std::exception_ptr) { check(false, "it has ended"); });
            other = base::thread{[waker] {
                waker->wake();
                waker->wake();
            }};
            context.poll_one();
            explored::step("the loop goes on");
            context.poll();
        }
        other.join();
    });
}

} // namespace
} // namespace serval::http
