#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"
#include "http/pool_call.hpp"
#include "support/allocation_count.hpp"

#include <serval/http_error.hpp>
#include <serval/threadpool.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace serval {
namespace {

namespace asio = boost::asio;

// What a pool thread does until the test lets it go. Shared, because a stuck one may outlive its test.
struct door {
    std::latch entered{1};
    std::latch opened{1};

    void pass()
    {
        entered.count_down();
        opened.wait();
    }
};

void pass(std::shared_ptr<door> const& d)
{
    d->pass();
}

class pool_call : public testing::Test {
protected:
    explicit pool_call(std::size_t threads = 1, std::size_t queue = 1)
        : pool_{std::make_unique<base::thread_pool>(threads, queue)}
    {
        asio::make_service<http::loop_services>(context_).pool = pool_.get();
    }

    // Starts a coroutine that makes a call, and runs it up to there.
    struct outcome {
        bool ended = false;
        std::exception_ptr error;
        std::thread::id thread;
    };

    void start(task<void> coroutine, outcome& out, asio::cancellation_signal* signal = nullptr)
    {
        auto const finish = [&out](std::exception_ptr error) {
            out.ended = true;
            out.error = std::move(error);
            out.thread = std::this_thread::get_id();
        };
        if (signal != nullptr) {
            asio::co_spawn(context_, std::move(coroutine),
                           asio::bind_cancellation_slot(signal->slot(), finish));
        } else {
            asio::co_spawn(context_, std::move(coroutine), finish);
        }
        context_.poll();
        context_.restart();
    }

    asio::io_context context_;
    std::unique_ptr<base::thread_pool> pool_;
};

boost::system::error_code code_of(std::exception_ptr const& error)
{
    try {
        if (error) std::rethrow_exception(error);
    } catch (boost::system::system_error const& e) {
        return e.code();
    } catch (...) {
        ADD_FAILURE() << "another exception";
    }
    return {};
}

TEST_F(pool_call, gives_the_result_on_the_loop)
{
    std::thread::id worker;
    std::optional<std::string> result;
    auto const work = [](std::thread::id* id, std::unique_ptr<int> a, std::string b) {
        *id = std::this_thread::get_id();
        return b + std::to_string(*a);
    };
    auto const coroutine = [&result, &worker, &work]() -> task<void> {
        auto number = std::make_unique<int>(42);
        std::string text = "x";
        result = co_await run_in_threadpool(work, &worker, std::move(number), std::move(text));
    };
    outcome out;
    start(coroutine(), out);
    context_.run(); // must not run out of work while the pool has the call
    EXPECT_TRUE(out.ended);
    EXPECT_FALSE(out.error);
    EXPECT_EQ(result, "x42");
    EXPECT_EQ(out.thread, std::this_thread::get_id());
    EXPECT_NE(worker, std::this_thread::get_id());
}

TEST_F(pool_call, keeps_the_loop_running_and_free_meanwhile)
{
    auto const d = std::make_shared<door>();
    outcome out;
    start(run_in_threadpool(pass, d), out);
    d->entered.wait();
    bool turned = false;
    asio::post(context_, [&] {
        turned = true;
        d->opened.count_down();
    });
    context_.run();
    EXPECT_TRUE(turned);
    EXPECT_TRUE(out.ended);
    EXPECT_FALSE(out.error);
}

TEST_F(pool_call, rethrows_on_the_loop_what_the_call_threw)
{
    outcome out;
    auto const fail = [](int n) { throw std::out_of_range{"no item " + std::to_string(n)}; };
    start(run_in_threadpool(fail, 7), out);
    context_.run();
    ASSERT_TRUE(out.error);
    try {
        std::rethrow_exception(out.error);
    } catch (std::out_of_range const& e) {
        EXPECT_STREQ(e.what(), "no item 7");
    }
    EXPECT_EQ(out.thread, std::this_thread::get_id());
}

TEST_F(pool_call, answers_503_when_the_queue_is_full)
{
    auto const d = std::make_shared<door>();
    outcome running;
    outcome queued;
    outcome refused;
    start(run_in_threadpool(pass, d), running);
    start(run_in_threadpool(pass, d), queued);
    start(run_in_threadpool(pass, d), refused);
    ASSERT_TRUE(refused.ended);
    EXPECT_FALSE(queued.ended);
    try {
        std::rethrow_exception(refused.error);
    } catch (http_error const& e) {
        EXPECT_EQ(e.status(), 503);
        EXPECT_EQ(e.json_detail(), "\"Service Unavailable\"");
        EXPECT_EQ(e.headers().get("Retry-After"), "1");
    }
    d->entered.wait();
    pool_->stop(std::chrono::milliseconds{0}); // drops the queued one, which would enter the door again
    d->opened.count_down();
    context_.run();
    EXPECT_FALSE(running.error);
    EXPECT_EQ(code_of(queued.error), asio::error::operation_aborted);
}

TEST_F(pool_call, takes_a_waiting_call_back_when_it_is_cancelled)
{
    auto const d = std::make_shared<door>();
    outcome running;
    outcome queued;
    asio::cancellation_signal signal;
    std::atomic<bool> ran{false};
    start(run_in_threadpool(pass, d), running);
    start(run_in_threadpool([](std::atomic<bool>* r) { *r = true; }, &ran), queued, &signal);
    EXPECT_EQ(pool_->queued() + pool_->running(), 2u);
    d->entered.wait();
    signal.emit(asio::cancellation_type::terminal);
    context_.poll();
    EXPECT_EQ(pool_->queued(), 0u);
    EXPECT_TRUE(queued.ended);
    EXPECT_EQ(code_of(queued.error), asio::error::operation_aborted);
    d->opened.count_down();
    context_.restart();
    context_.run();
    EXPECT_TRUE(running.ended);
    EXPECT_FALSE(ran);
}

TEST_F(pool_call, waits_for_a_call_that_runs_when_it_is_cancelled)
{
    auto const d = std::make_shared<door>();
    outcome out;
    asio::cancellation_signal signal;
    start(run_in_threadpool(pass, d), out, &signal);
    d->entered.wait();
    signal.emit(asio::cancellation_type::terminal);
    context_.poll();
    EXPECT_FALSE(out.ended);
    d->opened.count_down();
    context_.restart();
    context_.run();
    EXPECT_TRUE(out.ended);
}

TEST_F(pool_call, survives_a_cancellation_on_the_way_back)
{
    outcome out;
    asio::cancellation_signal signal;
    start(run_in_threadpool([] {}), out, &signal);
    pool_->stop(std::chrono::milliseconds::max());
    pool_.reset(); // the call is on its way back and must not need the pool any more
    signal.emit(asio::cancellation_type::terminal);
    context_.run();
    EXPECT_TRUE(out.ended);
}

TEST_F(pool_call, ends_with_operation_aborted_when_the_pool_has_stopped_before_its_turn)
{
    auto const d = std::make_shared<door>();
    outcome running;
    outcome queued;
    start(run_in_threadpool(pass, d), running);
    start(run_in_threadpool(pass, d), queued);
    d->entered.wait();
    EXPECT_EQ(pool_->stop(std::chrono::milliseconds{0}), 1u);
    d->opened.count_down();
    context_.run();
    EXPECT_FALSE(running.error);
    EXPECT_EQ(code_of(queued.error), asio::error::operation_aborted);
}

TEST_F(pool_call, is_destroyed_with_a_context_that_ends_before_its_way_back)
{
    auto const d = std::make_shared<door>();
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> const watch = held;
    {
        asio::io_context context;
        asio::make_service<http::loop_services>(context).pool = pool_.get();
        auto const keep = [](std::shared_ptr<door> const& to_pass, std::shared_ptr<int> const&) {
            to_pass->pass();
        };
        asio::co_spawn(context, run_in_threadpool(keep, d, std::move(held)), [](std::exception_ptr) {});
        context.poll();
        d->entered.wait();
        d->opened.count_down();
        pool_->stop(std::chrono::milliseconds::max());
        EXPECT_FALSE(watch.expired());
    }
    EXPECT_TRUE(watch.expired());
}

void const* volatile kept_frame = nullptr; // tells the leak check that the frame that stays is meant to

struct stuck_call {
    void operator()(std::shared_ptr<door> const& d, std::shared_ptr<std::latch> const& ended) const
    {
        kept_frame = this;
        d->pass();
        ended->count_down();
    }
};

TEST_F(pool_call, leaves_a_destroyed_context_alone_when_a_stuck_call_ends)
{
    // Shared, because the thread that stays behind needs them.
    auto const d = std::make_shared<door>();
    auto const ended = std::make_shared<std::latch>(1);
    {
        asio::io_context context;
        base::thread_pool pool{1, 1};
        asio::make_service<http::loop_services>(context).pool = &pool;
        asio::co_spawn(context, run_in_threadpool(stuck_call{}, d, ended), [](std::exception_ptr) {});
        context.poll();
        d->entered.wait();
        EXPECT_EQ(pool.stop(std::chrono::milliseconds{0}), 1u);
    }
    d->opened.count_down();
    ended->wait();
}

TEST_F(pool_call, comes_back_from_a_thread_that_has_no_memory)
{
    outcome out;
    start(run_in_threadpool([] { test::fail_allocations_after(0); }), out);
    context_.run();
    EXPECT_TRUE(out.ended);
    EXPECT_FALSE(out.error);
}

TEST_F(pool_call, is_dropped_without_memory)
{
    auto const d = std::make_shared<door>();
    outcome running;
    outcome queued;
    start(run_in_threadpool(pass, d), running);
    start(run_in_threadpool([] {}), queued);
    d->entered.wait();
    test::fail_allocations_after(0);
    pool_->stop(std::chrono::milliseconds{0});
    test::allow_allocations();
    d->opened.count_down();
    context_.run();
    EXPECT_EQ(code_of(queued.error), asio::error::operation_aborted);
}

// Makes a call while there is memory for `allocations` allocations.
task<void> call_in_want(int allocations, bool* ran)
{
    auto made = run_in_threadpool([](bool* r) { *r = true; }, ran);
    struct shortage { // ends before Asio tells how the coroutine ended, for which it needs memory
        ~shortage() { test::allow_allocations(); }
    };
    shortage const now;
    test::fail_allocations_after(allocations);
    co_await std::move(made);
}

TEST_F(pool_call, fails_with_bad_alloc_or_not_at_all_when_memory_is_short)
{
    int failures = 0;
    bool ran = false;
    for (int n = 0; !ran; ++n) {
        ASSERT_LT(n, 100);
        pool_ = std::make_unique<base::thread_pool>(1, 1); // which has no thread yet
        asio::use_service<http::loop_services>(context_).pool = pool_.get();
        outcome out;
        asio::cancellation_signal signal;
        start(call_in_want(n, &ran), out, &signal);
        test::allow_allocations();
        context_.run();
        context_.restart();
        EXPECT_TRUE(out.ended);
        EXPECT_NE(ran, out.error != nullptr) << n;
        failures += !ran;
    }
    EXPECT_GT(failures, 0);
}

TEST_F(pool_call, resumes_on_the_coroutines_own_strand)
{
    auto strand = asio::make_strand(context_);
    bool on_strand = false;
    auto const coroutine = [&]() -> task<void> {
        co_await run_in_threadpool([] {});
        on_strand = strand.running_in_this_thread();
    };
    asio::co_spawn(strand, coroutine(), [](std::exception_ptr) {});
    context_.run();
    EXPECT_TRUE(on_strand);
}

TEST_F(pool_call, runs_on_the_file_pool_while_handlers_block_the_other)
{
    base::thread_pool files{1, base::thread_pool::unbounded};
    asio::use_service<http::loop_services>(context_).files = &files;
    auto const d = std::make_shared<door>();
    outcome blocked;
    outcome out;
    start(run_in_threadpool(pass, d), blocked);
    d->entered.wait();
    bool ran = false;
    auto const coroutine = [&ran]() -> task<void> {
        detail::pool_invocation call([](bool* r) { *r = true; }, &ran);
        co_await http::run_on_file_pool(call);
    };
    start(coroutine(), out);
    while (!out.ended)
        context_.run_one();
    EXPECT_TRUE(ran);
    EXPECT_FALSE(blocked.ended);
    files.stop(std::chrono::milliseconds::max());
    d->opened.count_down();
    context_.run();
}

TEST(pool_call_elsewhere, is_a_logic_error_without_a_pool)
{
    asio::io_context context;
    std::exception_ptr error;
    asio::co_spawn(context, run_in_threadpool([] {}), [&](std::exception_ptr e) { error = e; });
    context.run();
    ASSERT_TRUE(error);
    EXPECT_THROW(std::rethrow_exception(error), std::logic_error);
}

class many_pool_calls : public pool_call {
protected:
    many_pool_calls() : pool_call{4, 1000} {}
};

TEST_F(many_pool_calls, all_come_back_though_some_are_cancelled)
{
    struct one {
        outcome out;
        asio::cancellation_signal signal;
    };
    constexpr std::size_t n = 500;
    auto const calls = std::make_unique<one[]>(n);
    std::atomic<std::size_t> ran{0};
    auto const count = [](std::atomic<std::size_t>* counter) { counter->fetch_add(1); };
    for (std::size_t i = 0; i != n; ++i) {
        start(run_in_threadpool(count, &ran), calls[i].out, &calls[i].signal);
        if (i % 3 == 0) calls[i].signal.emit(asio::cancellation_type::terminal);
    }
    context_.run();
    std::size_t succeeded = 0;
    for (std::size_t i = 0; i != n; ++i) {
        EXPECT_TRUE(calls[i].out.ended);
        succeeded += !calls[i].out.error;
    }
    pool_->stop(std::chrono::milliseconds::max());
    EXPECT_GE(ran, succeeded);
    EXPECT_GE(succeeded, n - (n + 2) / 3);
}

} // namespace
} // namespace serval
