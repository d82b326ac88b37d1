#include "base/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <csignal>
#include <deque>
#include <functional>
#include <latch>
#include <limits>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

namespace serval::base {
namespace {

class call final : public thread_pool::job {
public:
    explicit call(std::function<void()> f, std::function<void()> d = {})
        : function_{std::move(f)},
          dropped_{std::move(d)}
    {}
    void run() noexcept override { function_(); }
    void dropped() noexcept override
    {
        if (dropped_) dropped_();
    }

private:
    std::function<void()> function_;
    std::function<void()> dropped_;
};

// A job that says when it runs and then waits until it is released.
class blocker {
public:
    thread_pool::job& job() { return call_; }
    void wait_until_running() { running_.wait(); }
    void release() { released_.count_down(); }

private:
    std::latch running_{1};
    std::latch released_{1};
    call call_{[this] {
        running_.count_down();
        released_.wait();
    }};
};

constexpr std::chrono::milliseconds for_ever = std::chrono::milliseconds::max();

TEST(thread_pool, runs_a_job_on_a_thread_of_its_own)
{
    std::thread::id ran_on;
    std::string name(16, '\0');
    std::latch done{1};
    call job{[&] {
        ran_on = std::this_thread::get_id();
        pthread_getname_np(pthread_self(), name.data(), name.size());
        done.count_down();
    }};
    thread_pool pool{1, 1};
    ASSERT_TRUE(pool.submit(job));
    done.wait();
    EXPECT_NE(ran_on, std::thread::id{});
    EXPECT_NE(ran_on, std::this_thread::get_id());
    EXPECT_STREQ(name.c_str(), "serval-pool");
}

TEST(thread_pool, starts_a_thread_for_each_job_that_would_wait)
{
    std::barrier meeting{4}; // passes only if the three jobs run at the same time
    auto const meet = [&] { meeting.arrive_and_wait(); };
    call jobs[] = {call{meet}, call{meet}, call{meet}};
    thread_pool pool{3, 0};
    for (auto& job : jobs)
        ASSERT_TRUE(pool.submit(job));
    meeting.arrive_and_wait();
    EXPECT_EQ(pool.stop(for_ever), 0u);
}

TEST(thread_pool, reuses_an_idle_thread)
{
    thread_pool pool{8, 8};
    std::thread::id ids[4];
    for (auto& id : ids) {
        std::latch done{1};
        call job{[&] {
            id = std::this_thread::get_id();
            done.count_down();
        }};
        ASSERT_TRUE(pool.submit(job));
        done.wait();
        while (pool.running() != 0) // the thread is idle only once it has come back from the job
            std::this_thread::yield();
    }
    for (auto const& id : ids)
        EXPECT_EQ(id, ids[0]);
}

TEST(thread_pool, runs_jobs_in_the_order_they_came)
{
    std::vector<int> order;
    std::deque<call> jobs;
    std::latch done{100};
    blocker first;
    thread_pool pool{1, 100};
    ASSERT_TRUE(pool.submit(first.job()));
    for (int i = 0; i != 100; ++i) {
        auto& job = jobs.emplace_back([&order, &done, i] {
            order.push_back(i);
            done.count_down();
        });
        ASSERT_TRUE(pool.submit(job));
    }
    first.release();
    done.wait();
    pool.stop(for_ever);
    std::vector<int> expected;
    for (int i = 0; i != 100; ++i)
        expected.push_back(i);
    EXPECT_EQ(order, expected);
}

TEST(thread_pool, refuses_a_job_when_the_queue_is_full)
{
    blocker running;
    std::latch done{2};
    call first{[&] { done.count_down(); }};
    call second{[&] { done.count_down(); }};
    call third{[] { ADD_FAILURE() << "was refused, and ran"; }};
    std::latch ran{1};
    call fourth{[&] { ran.count_down(); }};
    thread_pool pool{1, 2};
    ASSERT_TRUE(pool.submit(running.job()));
    EXPECT_TRUE(pool.submit(first));
    EXPECT_TRUE(pool.submit(second));
    EXPECT_FALSE(pool.submit(third));
    running.release();
    done.wait();
    while (!pool.submit(fourth)) // until the thread is back from `second`
        std::this_thread::yield();
    ran.wait();
    pool.stop(for_ever);
}

TEST(thread_pool, counts_what_runs_and_what_waits)
{
    blocker a;
    blocker b;
    call waiting{[] {}};
    thread_pool pool{2, 8};
    EXPECT_EQ(pool.running(), 0u);
    ASSERT_TRUE(pool.submit(a.job()));
    ASSERT_TRUE(pool.submit(b.job()));
    a.wait_until_running();
    b.wait_until_running();
    ASSERT_TRUE(pool.submit(waiting));
    EXPECT_EQ(pool.running(), 2u);
    EXPECT_EQ(pool.queued(), 1u);
    EXPECT_TRUE(pool.cancel(waiting));
    EXPECT_EQ(pool.queued(), 0u);
    a.release();
    b.release();
    EXPECT_EQ(pool.stop(for_ever), 0u);
    EXPECT_EQ(pool.running(), 0u);
}

TEST(thread_pool, takes_the_greatest_numbers_for_no_bound)
{
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    for (std::size_t const threads : {std::size_t{1}, most}) {
        blocker first;
        blocker second;
        call third{[] {}};
        thread_pool pool{threads, most};
        EXPECT_TRUE(pool.submit(first.job()));
        first.wait_until_running();
        EXPECT_TRUE(pool.submit(second.job()));
        EXPECT_TRUE(pool.submit_secondary(third));
        first.release();
        second.release();
        while (pool.running() + pool.queued() != 0)
            std::this_thread::yield();
    }
}

TEST(thread_pool, takes_back_a_queued_job_from_any_place)
{
    for (std::size_t cancelled = 0; cancelled != 3; ++cancelled) {
        blocker running;
        bool ran[3] = {};
        std::latch done{3};
        std::deque<call> jobs;
        call last{[&] { done.count_down(); }};
        thread_pool pool{1, 8};
        ASSERT_TRUE(pool.submit(running.job()));
        for (bool& r : ran) {
            ASSERT_TRUE(pool.submit(jobs.emplace_back([&r, &done] {
                r = true;
                done.count_down();
            })));
        }
        ASSERT_TRUE(pool.submit(last));
        EXPECT_TRUE(pool.cancel(jobs[cancelled]));
        EXPECT_FALSE(pool.cancel(jobs[cancelled]));
        running.release();
        done.wait();
        pool.stop(for_ever);
        for (std::size_t i = 0; i != 3; ++i)
            EXPECT_EQ(ran[i], i != cancelled);
    }
}

TEST(thread_pool, does_not_take_back_a_job_that_runs)
{
    blocker running;
    call never{[] {}};
    thread_pool pool{1, 1};
    EXPECT_FALSE(pool.cancel(never));
    ASSERT_TRUE(pool.submit(running.job()));
    running.wait_until_running();
    EXPECT_FALSE(pool.cancel(running.job()));
    running.release();
    pool.stop(for_ever);
}

TEST(thread_pool, lets_a_job_end_its_own_life)
{
    struct one_shot final : thread_pool::job {
        explicit one_shot(std::latch& d) : done{&d} {}
        void run() noexcept override
        {
            std::unique_ptr<one_shot> const self{this};
            done->count_down();
        }
        std::latch* done;
    };
    std::latch done{1};
    auto job = std::make_unique<one_shot>(done);
    thread_pool pool{1, 1};
    ASSERT_TRUE(pool.submit(*job));
    static_cast<void>(job.release());
    done.wait();
}

TEST(thread_pool, refuses_and_drops_jobs_when_it_stops)
{
    int dropped = 0;
    auto const fail = [] { ADD_FAILURE() << "ran after the stop"; };
    auto const count = [&] { ++dropped; };
    blocker running;
    call waiting[] = {call{fail, count}, call{fail, count}};
    thread_pool pool{1, 8};
    ASSERT_TRUE(pool.submit(running.job()));
    running.wait_until_running();
    for (auto& job : waiting)
        ASSERT_TRUE(pool.submit(job));
    EXPECT_EQ(pool.stop(std::chrono::milliseconds{0}), 1u);
    EXPECT_EQ(dropped, 2);
    EXPECT_EQ(pool.queued(), 0u);
    EXPECT_FALSE(pool.cancel(waiting[0]));
    call late{fail, fail};
    EXPECT_FALSE(pool.submit(late));
    running.release();
    EXPECT_EQ(pool.stop(for_ever), 0u);
}

TEST(thread_pool, leaves_a_stuck_thread_behind)
{
    struct gates {
        std::latch running{1};
        std::latch released{1};
    };
    // Owns itself: nothing tells when its thread, which is detached, has let go of it.
    struct stuck_job final : thread_pool::job {
        explicit stuck_job(std::shared_ptr<gates> g) : shared{std::move(g)} {}
        void run() noexcept override
        {
            std::unique_ptr<stuck_job> const self{this};
            shared->running.count_down();
            shared->released.wait();
        }
        std::shared_ptr<gates> shared;
    };
    auto const shared = std::make_shared<gates>();
    {
        std::latch done{1};
        call healthy{[&] { done.count_down(); }};
        call late{[] {}};
        thread_pool pool{2, 2};
        ASSERT_TRUE(pool.submit(*std::make_unique<stuck_job>(shared).release()));
        shared->running.wait();
        ASSERT_TRUE(pool.submit(healthy));
        done.wait();
        EXPECT_EQ(pool.stop(std::chrono::milliseconds{1}), 1u);
        EXPECT_EQ(pool.running(), 1u);
        EXPECT_FALSE(pool.submit(late));
    }
    // The pool is gone: its thread goes on with the state that it shares.
    shared->released.count_down();
}

TEST(thread_pool, waits_for_running_jobs_when_destroyed)
{
    bool ended = false; // not atomic: the destructor orders it
    std::latch begun{1};
    call job{[&] {
        begun.count_down();
        for (int i = 0; i != 1000; ++i)
            std::this_thread::yield();
        ended = true;
    }};
    auto pool = std::make_unique<thread_pool>(2, 2);
    ASSERT_TRUE(pool->submit(job));
    begun.wait();
    pool.reset();
    EXPECT_TRUE(ended);
}

TEST(thread_pool, blocks_signals_in_its_threads)
{
    std::latch done{1};
    sigset_t mask;
    sigemptyset(&mask);
    call job{[&] {
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        done.count_down();
    }};
    thread_pool pool{1, 1};
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    ASSERT_TRUE(pool.submit(job));
    done.wait();
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGCHLD})
        EXPECT_EQ(sigismember(&mask, signal), 1) << signal;
    EXPECT_EQ(sigismember(&mask, SIGSEGV), 0);
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int const signal : {SIGINT, SIGTERM})
        EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal));
}

TEST(thread_pool, loses_no_job_of_many_producers)
{
    constexpr std::size_t producers = 6;
    constexpr std::size_t jobs_each = 2000;
    struct counted_call {
        explicit counted_call(std::atomic<std::size_t>& ran)
            : job{[this, &ran] {
                  ran.fetch_add(1);
                  done.count_down();
              }}
        {}
        std::latch done{1};
        call job;
    };
    std::atomic<std::size_t> ran{0};
    std::atomic<std::size_t> cancelled{0};
    std::deque<counted_call> calls[producers]; // outlive the pool: its threads may still be on their way out
    thread_pool pool{4, 16};
    auto const produce = [&](std::size_t p) {
        for (std::size_t i = 0; i != jobs_each; ++i) {
            auto& next = calls[p].emplace_back(ran);
            while (!pool.submit(next.job))
                std::this_thread::yield();
            if ((i + p) % 7 == 0 && pool.cancel(next.job)) {
                cancelled.fetch_add(1);
            } else {
                next.done.wait();
            }
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t p = 0; p != producers; ++p)
        threads.emplace_back(produce, p);
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(ran + cancelled, producers * jobs_each);
    EXPECT_EQ(pool.stop(for_ever), 0u);
}

TEST(thread_pool, ends_every_job_once_when_stopped_amid_submissions)
{
    for (int round = 0; round != 20; ++round) {
        std::atomic<std::size_t> accepted{0};
        std::atomic<std::size_t> ended{0};
        std::mutex mutex;
        std::deque<call> jobs;
        thread_pool pool{3, 8};
        std::barrier begin{4};
        std::vector<std::thread> threads;
        for (int p = 0; p != 3; ++p) {
            threads.emplace_back([&] {
                begin.arrive_and_wait();
                for (int i = 0; i != 50; ++i) {
                    auto const end = [&] { ended.fetch_add(1); };
                    call* job = nullptr;
                    {
                        std::lock_guard const lock{mutex};
                        job = &jobs.emplace_back(end, end);
                    }
                    if (pool.submit(*job)) accepted.fetch_add(1);
                }
            });
        }
        begin.arrive_and_wait();
        EXPECT_EQ(pool.stop(for_ever), 0u);
        for (auto& thread : threads)
            thread.join();
        EXPECT_EQ(ended, accepted);
    }
}

TEST(thread_pool, runs_secondary_jobs_beyond_the_bound_of_its_queue)
{
    blocker first;
    std::latch done{20};
    std::deque<call> calls;
    thread_pool pool{1, 0};
    ASSERT_TRUE(pool.submit(first.job()));
    first.wait_until_running();
    for (int i = 0; i != 20; ++i)
        EXPECT_TRUE(pool.submit_secondary(calls.emplace_back([&] { done.count_down(); })));
    EXPECT_EQ(pool.queued(), 20u);
    first.release();
    done.wait();
    EXPECT_EQ(pool.stop(for_ever), 0u);
}

TEST(thread_pool, gives_secondary_jobs_half_of_its_threads)
{
    std::deque<blocker> blockers(3);
    std::latch done{1};
    call primary{[&] { done.count_down(); }};
    thread_pool pool{4, 0};
    for (auto& one : blockers)
        ASSERT_TRUE(pool.submit_secondary(one.job()));
    blockers[0].wait_until_running();
    blockers[1].wait_until_running();
    EXPECT_EQ(pool.queued(), 1u);
    ASSERT_TRUE(pool.submit(primary)); // a third thread, which does not take the third blocker
    done.wait();
    EXPECT_EQ(pool.queued(), 1u);
    blockers[1].release();
    blockers[2].wait_until_running();
    blockers[0].release();
    blockers[2].release();
    EXPECT_EQ(pool.stop(for_ever), 0u);
}

TEST(thread_pool, takes_from_both_queues_in_turn)
{
    blocker first;
    std::string order;
    std::latch done{6};
    std::deque<call> calls;
    auto const writes = [&](char c) {
        return [&, c] {
            order += c; // one thread
            done.count_down();
        };
    };
    thread_pool pool{1, 3};
    ASSERT_TRUE(pool.submit(first.job()));
    first.wait_until_running();
    for (int i = 0; i != 3; ++i)
        ASSERT_TRUE(pool.submit_secondary(calls.emplace_back(writes('s'))));
    for (int i = 0; i != 3; ++i)
        ASSERT_TRUE(pool.submit(calls.emplace_back(writes('p'))));
    first.release();
    done.wait();
    EXPECT_EQ(order, "spspsp");
    EXPECT_EQ(pool.stop(for_ever), 0u);
}

TEST(thread_pool, takes_a_secondary_job_back)
{
    blocker first;
    bool ran = false;
    call second{[&] { ran = true; }};
    thread_pool pool{1, 0};
    ASSERT_TRUE(pool.submit(first.job()));
    first.wait_until_running();
    ASSERT_TRUE(pool.submit_secondary(second));
    EXPECT_TRUE(pool.cancel(second));
    EXPECT_FALSE(pool.cancel(second));
    first.release();
    EXPECT_EQ(pool.stop(for_ever), 0u);
    EXPECT_FALSE(ran);
}

TEST(thread_pool, drops_secondary_jobs_when_it_stops)
{
    blocker first;
    std::latch dropped{1};
    call second{[] { FAIL(); }, [&] { dropped.count_down(); }};
    thread_pool pool{1, 0};
    ASSERT_TRUE(pool.submit(first.job()));
    first.wait_until_running();
    ASSERT_TRUE(pool.submit_secondary(second));
    std::jthread const releases{[&] {
        dropped.wait();
        first.release();
    }};
    EXPECT_EQ(pool.stop(for_ever), 0u);
    EXPECT_FALSE(pool.submit_secondary(second));
}

} // namespace
} // namespace serval::base
