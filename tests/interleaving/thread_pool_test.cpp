#include "base/sync.hpp"
#include "base/thread_pool.hpp"
#include "interleaving/explorer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace serval::base {
namespace {

using explored::check;
using explored::explore;

constexpr std::chrono::milliseconds for_ever = std::chrono::milliseconds::max();

/// Counts what happens to it. Others look at it when its pool is done with it.
class counted_job final : public thread_pool::job {
public:
    void run() noexcept override
    {
        check(!runs_, "a job runs twice at a time");
        runs_ = true;
        explored::step("the job runs");
        runs_ = false;
        ++ran;
    }
    void dropped() noexcept override { ++was_dropped; }

    bool is_running() const noexcept { return runs_; }
    int ends() const noexcept { return ran + was_dropped + (cancelled ? 1 : 0); }

    bool accepted = false;
    bool cancelled = false;
    int ran = 0;
    int was_dropped = 0;

private:
    bool runs_ = false;
};

/// What waits for jobs without stopping the pool.
class countdown {
public:
    explicit countdown(int n) noexcept : left_{n} {}
    void down()
    {
        std::lock_guard const lock{mutex_};
        if (--left_ == 0) none_left_.notify_one();
    }
    void wait()
    {
        std::unique_lock lock{mutex_};
        none_left_.wait(lock, [this] { return left_ == 0; });
    }

private:
    base::mutex mutex_;
    base::condition_variable none_left_;
    int left_;
};

class function_job final : public thread_pool::job {
public:
    explicit function_job(std::function<void()> f) : function_{std::move(f)} {}
    void run() noexcept override { function_(); }

private:
    std::function<void()> function_;
};

/// Destroys itself, as a job may, and leaves nothing that could be mistaken for it.
class vanishing_job final : public thread_pool::job {
public:
    explicit vanishing_job(int& ends) noexcept : ends_{&ends} {}
    void run() noexcept override { end(); }
    void dropped() noexcept override { end(); }

    static void* operator new(std::size_t size) { return ::operator new(size); }
    static void operator delete(void* memory, std::size_t size) noexcept
    {
        std::memset(memory, 0xdd, size);
        ::operator delete(memory, size);
    }

private:
    void end() noexcept
    {
        ++*ends_;
        delete this;
    }

    int* ends_;
};

TEST(thread_pool_interleaved, an_accepted_job_runs_or_is_dropped_once_and_a_refused_one_never)
{
    explore({}, [] {
        thread_pool pool{1, 1};
        counted_job jobs[2];
        thread submitters[2];
        for (int i = 0; i != 2; ++i)
            submitters[i] = thread{[&pool, &job = jobs[i]] { job.accepted = pool.submit(job); }};
        check(pool.stop(for_ever) == 0, "a job is left behind");
        for (auto& submitter : submitters)
            submitter.join();
        for (auto const& job : jobs)
            check(job.ends() == (job.accepted ? 1 : 0), "a job is lost or runs twice");
    });
}

TEST(thread_pool_interleaved, every_job_runs_when_nobody_stops_the_pool)
{
    explore({.preemptions = 1, .random = 4000}, [] {
        thread_pool pool{2, 2};
        countdown ended{3};
        function_job first{[&ended] { ended.down(); }};
        function_job second{[&ended] { ended.down(); }};
        function_job third{[&ended] { ended.down(); }};
        thread other{[&] { check(pool.submit(first), "refused"); }};
        check(pool.submit(second), "refused");
        check(pool.submit(third), "refused");
        other.join();
        ended.wait();
        pool.stop(for_ever);
    });
}

TEST(thread_pool_interleaved, a_job_is_cancelled_or_runs_or_is_dropped)
{
    std::vector<int> seen(3);
    explore({}, [&seen] {
        counted_job job;
        thread_pool pool{1, 1};
        check(pool.submit(job), "refused");
        thread canceller{[&] { job.cancelled = pool.cancel(job); }};
        thread stopper{[&] { pool.stop(for_ever); }};
        stopper.join();
        check(!job.is_running(), "a job runs when the pool has stopped");
        canceller.join();
        check(job.ends() == 1, "a job has no end or two");
        seen[0] += job.ran;
        seen[1] += job.was_dropped;
        seen[2] += job.cancelled ? 1 : 0;
    });
    for (int const count : seen)
        EXPECT_GT(count, 0);
}

TEST(thread_pool_interleaved, a_cancelled_job_takes_no_wake_up_with_it)
{
    explore({.preemptions = 1, .random = 4000}, [] {
        thread_pool pool{2, 2};
        countdown ended{1};
        counted_job first;
        function_job second{[&ended] { ended.down(); }};
        thread canceller{[&] { first.cancelled = pool.cancel(first); }};
        first.accepted = pool.submit(first);
        check(pool.submit(second), "refused");
        ended.wait();
        canceller.join();
        pool.stop(for_ever);
        check(first.accepted && first.ends() == 1, "a job has no end or two");
    });
}

TEST(thread_pool_interleaved, a_job_is_not_touched_once_it_was_run_or_dropped)
{
    explore({}, [] {
        int ends = 0;
        thread_pool pool{1, 2};
        check(pool.submit(*new vanishing_job{ends}), "refused");
        check(pool.submit_secondary(*new vanishing_job{ends}), "refused");
        check(pool.submit(*new vanishing_job{ends}), "refused");
        pool.stop(for_ever);
        check(ends == 3, "a job has no end or two");
    });
}

TEST(thread_pool_interleaved, a_stop_waits_for_what_runs)
{
    explore({}, [] {
        counted_job jobs[3];
        thread_pool pool{2, 3};
        for (auto& job : jobs)
            check(pool.submit(job), "refused");
        check(pool.stop(for_ever) == 0, "a job is left behind");
        for (auto const& job : jobs)
            check(!job.is_running() && job.ends() == 1, "a job has no end or two");
    });
}

TEST(thread_pool_interleaved, two_stops_at_a_time_drop_each_job_once)
{
    explore({}, [] {
        counted_job jobs[2];
        thread_pool pool{1, 2};
        for (auto& job : jobs)
            check(pool.submit(job), "refused");
        thread other{[&pool] { check(pool.stop(for_ever) == 0, "a job is left behind"); }};
        check(pool.stop(for_ever) == 0, "a job is left behind");
        other.join();
        for (auto const& job : jobs)
            check(job.ends() == 1, "a job has no end or two");
    });
}

TEST(thread_pool_interleaved, a_stop_that_gives_up_leaves_only_what_the_threads_share)
{
    std::vector<int> seen(2);
    std::unique_ptr<counted_job> job; // whose thread goes on when the body has ended
    explore({}, [&seen, &job] {
        job = std::make_unique<counted_job>();
        std::size_t left = 0;
        {
            thread_pool pool{1, 1};
            check(pool.submit(*job), "refused");
            left = pool.stop(std::chrono::milliseconds{1});
        }
        check(left == 1 || job->ends() == 1, "a job is left behind that was not counted");
        ++seen[left];
    });
    for (int const count : seen)
        EXPECT_GT(count, 0);
}

TEST(thread_pool_interleaved, secondary_jobs_take_half_of_the_threads_and_none_is_forgotten)
{
    explore({}, [] {
        thread_pool pool{2, 2};
        countdown ended{3};
        int running = 0;
        std::function<void()> const secondary = [&] {
            check(++running == 1, "secondary jobs take more than half of the threads");
            explored::step("the secondary job runs");
            --running;
            ended.down();
        };
        function_job first{secondary};
        function_job second{secondary};
        function_job primary{[&ended] { ended.down(); }};
        check(pool.submit_secondary(first), "refused");
        check(pool.submit_secondary(second), "refused");
        check(pool.submit(primary), "refused");
        ended.wait();
        pool.stop(for_ever);
    });
}

/// Where jobs wait until all of them run.
class meeting {
public:
    explicit meeting(int n) noexcept : missing_{n} {}
    void arrive()
    {
        std::unique_lock lock{mutex_};
        --missing_;
        complete_.notify_all();
        complete_.wait(lock, [this] { return missing_ == 0; });
    }

private:
    base::mutex mutex_;
    base::condition_variable complete_;
    int missing_;
};

TEST(thread_pool_interleaved, an_idle_thread_is_counted_on_by_one_job_alone)
{
    explore({}, [] {
        thread_pool pool{2, 2};
        countdown first_ended{1};
        function_job first{[&first_ended] { first_ended.down(); }};
        check(pool.submit(first), "refused");
        first_ended.wait(); // its thread is idle now, or will be
        meeting both{2};
        countdown ended{2};
        std::function<void()> const meet = [&] {
            both.arrive();
            ended.down();
        };
        function_job second{meet};
        function_job third{meet};
        check(pool.submit(second), "refused");
        check(pool.submit(third), "refused");
        ended.wait();
        pool.stop(for_ever);
    });
}

TEST(thread_pool_interleaved, a_secondary_job_that_may_begin_wakes_an_idle_thread)
{
    explore({.preemptions = 1}, [] {
        thread_pool pool{2, 2};
        meeting warm_up{2};
        function_job first{[&warm_up] { warm_up.arrive(); }};
        function_job second{[&warm_up] { warm_up.arrive(); }};
        check(pool.submit(first), "refused");
        check(pool.submit(second), "refused");
        countdown ended{3};
        meeting both{2};
        std::function<void()> const meet = [&] {
            both.arrive();
            ended.down();
        };
        function_job alone{[&ended] { ended.down(); }};
        function_job secondary{meet};
        function_job primary{meet}; // waits for the second secondary one, which waits for the first
        check(pool.submit_secondary(alone), "refused");
        check(pool.submit_secondary(secondary), "refused");
        check(pool.submit(primary), "refused");
        ended.wait();
        pool.stop(for_ever);
    });
}

TEST(thread_pool_interleaved, a_job_may_submit_the_next_one)
{
    explore({}, [] {
        thread_pool pool{2, 2};
        countdown ended{2};
        function_job next{[&ended] { ended.down(); }};
        function_job first{[&] {
            check(pool.submit(next), "refused");
            ended.down();
        }};
        check(pool.submit(first), "refused");
        ended.wait();
        pool.stop(for_ever);
    });
}

TEST(thread_pool_interleaved, one_thread_does_it_all_when_the_system_has_no_more)
{
    explore({.threads = 3}, [] { // the body's, the submitter's and one of the pool's
        thread_pool pool{2, 2};
        countdown ended{2};
        function_job first{[&ended] { ended.down(); }};
        function_job second{[&ended] { ended.down(); }};
        thread submitter{[&] { check(pool.submit(first), "refused"); }};
        check(pool.submit(second), "refused");
        ended.wait();
        submitter.join();
        pool.stop(for_ever);
    });
}

TEST(thread_pool_interleaved, a_job_is_refused_when_there_is_no_thread_for_it)
{
    explore({.threads = 1}, [] {
        thread_pool pool{2, 2};
        counted_job job;
        check(!pool.submit(job) && !pool.submit_secondary(job), "there is no thread for it");
        check(pool.queued() == 0 && pool.running() == 0, "it stays in the books");
        pool.stop(for_ever);
        check(job.ends() == 0, "it was refused");
    });
}

} // namespace
} // namespace serval::base
