#include "base/sync.hpp"
#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"
#include "http/pool_call.hpp"
#include "interleaving/explorer.hpp"
#include "interleaving/loop.hpp"

#include <serval/http_error.hpp>
#include <serval/threadpool.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace serval {
namespace {

namespace asio = boost::asio;
using explored::check;
using explored::end_of_task;
using explored::explore;

// What a call does on the pool's thread.
void work(int* ran)
{
    explored::step("the call runs");
    ++*ran;
}

std::string how(end_of_task const& end)
{
    if (!end.error) return "returned";
    if (auto const* const e = explored::thrown_as<boost::system::system_error>(end.error))
        return e->code() == asio::error::operation_aborted ? "aborted" : "another error";
    if (auto const* const e = explored::thrown_as<http_error>(end.error))
        return e->status() == 503 ? "refused" : "another status";
    return "another exception";
}

TEST(pool_call_interleaved, returns_once_what_the_call_returned)
{
    explore({}, [] {
        explored::loop loop;
        end_of_task end;
        int result = 0;
        auto const coroutine = [&result]() -> task<void> {
            auto const number = [] {
                explored::step("the call runs");
                return 42;
            };
            result = co_await run_in_threadpool(number);
        };
        loop.spawn(coroutine(), end);
        loop.turn_until([&end] { return end.times != 0; });
        check(result == 42 && end.times == 1 && !end.error, "it has not returned once");
    });
}

TEST(pool_call_interleaved, throws_on_the_loop_what_the_call_threw)
{
    explore({}, [] {
        explored::loop loop;
        end_of_task end;
        auto const fail = [] { throw std::out_of_range{"no item"}; };
        loop.spawn(run_in_threadpool(fail), end);
        loop.turn_until([&end] { return end.times != 0; });
        loop.pool().stop(explored::for_ever);
        check(end.times == 1, "it has ended twice");
        auto const* const e = explored::thrown_as<std::out_of_range>(end.error);
        check(e != nullptr && std::string{e->what()} == "no item", "it has thrown something else");
    });
}

TEST(pool_call_interleaved, several_calls_return_each_once)
{
    explore({.preemptions = 1, .random = 5000}, [] {
        explored::loop loop{2, 2};
        end_of_task ends[3];
        int ran[3] = {};
        loop.spawn(run_in_threadpool(work, &ran[0]), ends[0]);
        loop.spawn(http::call_on_file_pool(work, &ran[1]), ends[1]);
        auto const secondary = [](int* r) -> task<void> {
            detail::pool_invocation call(work, r);
            co_await http::run_task_on_pool(call);
        };
        loop.spawn(secondary(&ran[2]), ends[2]);
        loop.turn_until([&ends] { return ends[0].times + ends[1].times + ends[2].times == 3; });
        loop.pool().stop(explored::for_ever);
        for (int i = 0; i != 3; ++i)
            check(ran[i] == 1 && ends[i].times == 1 && !ends[i].error, "a call is lost or made twice");
    });
}

// A call, cancelled by a handler that another thread posts, while `meanwhile` runs on a third one.
template <class F>
void cancel_a_call(explored::loop& loop, F meanwhile, std::set<std::string>& seen)
{
    end_of_task end;
    int ran = 0;
    asio::cancellation_signal signal;
    loop.spawn(run_in_threadpool(work, &ran), end, signal.slot());
    base::thread canceller{[&] {
        explored::name_thread("canceller");
        asio::post(loop.context(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
    }};
    base::thread other{meanwhile};
    loop.turn_until([&end] { return end.times != 0; });
    canceller.join();
    other.join();
    loop.context().poll(); // a cancellation that comes too late
    check(end.times == 1, "it has ended twice");
    auto const text = how(end);
    check(ran == (text == "returned" ? 1 : 0), "it says something else than it did");
    seen.insert(text);
}

TEST(pool_call_interleaved, is_cancelled_or_returns)
{
    std::set<std::string> seen;
    explore({}, [&seen] {
        explored::loop loop;
        cancel_a_call(loop, [] {}, seen);
    });
    EXPECT_EQ(seen, (std::set<std::string>{"aborted", "returned"}));
}

TEST(pool_call_interleaved, is_cancelled_or_returns_or_is_dropped_or_refused_while_the_pool_stops)
{
    std::set<std::string> seen;
    explore({.preemptions = 1, .random = 4000}, [&seen] {
        explored::loop loop;
        cancel_a_call(loop, [&loop] { loop.pool().stop(explored::for_ever); }, seen);
    });
    EXPECT_EQ(seen, (std::set<std::string>{"aborted", "refused", "returned"}));
}

TEST(pool_call_interleaved, waits_for_a_call_that_runs_however_often_it_is_cancelled)
{
    explore({}, [] {
        explored::loop loop;
        end_of_task end;
        bool runs = false;
        asio::cancellation_signal signal;
        auto const call = [&runs] {
            runs = true;
            explored::step("the call runs");
            explored::step("the call runs");
            runs = false;
        };
        auto const coroutine = [&]() -> task<void> {
            try {
                co_await run_in_threadpool(call);
            } catch (boost::system::system_error const&) { // taken back
            }
            check(!runs, "its arguments go while it runs");
        };
        loop.spawn(coroutine(), end, signal.slot());
        base::thread canceller{[&] {
            for (int i = 0; i != 2; ++i) {
                asio::post(loop.context(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
                explored::step("it is cancelled again");
            }
        }};
        loop.turn_until([&end] { return end.times != 0; });
        canceller.join();
        loop.context().poll();
    });
}

std::set<void const*>& kept_frames() // tells leak checks that the frames of stuck calls are meant to stay
{
    static auto& frames = *new std::set<void const*>; // they look when statics are gone
    return frames;
}

struct long_call {
    void operator()(std::shared_ptr<int> const&) const
    {
        kept_frames().insert(this);
        explored::step("the call runs");
    }
};

TEST(pool_call_interleaved, ends_with_its_loop_whenever_that_is_destroyed_after_the_pools_stop)
{
    std::set<std::size_t> seen;
    explore({}, [&seen] {
        auto held = std::make_shared<int>(1);
        std::weak_ptr<int> const watch = held;
        end_of_task end;
        int resumed = 0;
        std::size_t left = 0;
        {
            base::thread_pool pool{1, 1};
            asio::io_context context;
            asio::make_service<http::loop_services>(context).pool = &pool;
            asio::co_spawn(context, run_in_threadpool(long_call{}, std::move(held)),
                           [&end](std::exception_ptr) { ++end.times; });
            context.poll();
            resumed = end.times;
            left = pool.stop(std::chrono::milliseconds{1});
            explored::step("the loop is destroyed");
        }
        check(resumed == end.times, "it was resumed after its loop's last turn");
        check(left != 0 || watch.expired(), "its frame stays behind");
        seen.insert(left);
        // A stuck call's thread goes on now.
    });
    EXPECT_EQ(seen.size(), 2U);
}

TEST(pool_call_interleaved, comes_back_to_its_own_loop_of_two)
{
    explore({.preemptions = 1}, [] {
        base::thread_pool pool{1, 2};
        int ends = 0;
        base::mutex mutex;
        auto const serve = [&pool, &ends, &mutex] {
            asio::io_context context;
            asio::make_service<http::loop_services>(context).pool = &pool;
            bool ended = false;
            int ran = 0;
            asio::co_spawn(context, run_in_threadpool(work, &ran),
                           [&ended](std::exception_ptr error) { ended = !error; });
            while (!ended) {
                check(!context.stopped(), "the loop has run out of work");
                if (context.poll_one() == 0) explored::idle();
            }
            check(ran == 1, "the call was not made");
            std::lock_guard const lock{mutex};
            ++ends;
        };
        base::thread other{serve};
        serve();
        other.join();
        check(ends == 2, "a loop has not ended");
        pool.stop(explored::for_ever);
    });
}

} // namespace
} // namespace serval
