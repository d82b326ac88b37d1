// How a test_client ends, whatever is left.
#include "testing/test_loop.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace serval {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

class recorder final : public log_sink {
public:
    void write(log_record const& record) noexcept override
    {
        std::lock_guard const lock(mutex_);
        text_.append(record.message).append("\n");
    }
    std::string text() const
    {
        std::lock_guard const lock(mutex_);
        return text_;
    }

private:
    mutable std::mutex mutex_;
    std::string text_;
};

/// A handler enters and stays until the test opens it; and says when it has left.
struct gate {
    std::promise<void> entered;
    std::promise<void> opened;
    std::promise<void> left;

    void pass()
    {
        entered.set_value();
        opened.get_future().wait();
    }
    void open_and_wait()
    {
        opened.set_value();
        EXPECT_EQ(left.get_future().wait_for(10s), std::future_status::ready);
    }
};

/// A test whose patience is short.
class client_host_test : public testing::Test {
protected:
    client_host_test() { testing_impl::set_patience(300ms); }
    ~client_host_test() override { testing_impl::set_patience(usual); }

    settings recorded() const
    {
        auto options = test_client::default_settings();
        options.log = log;
        return options;
    }

    /// Destroys the client, which has to give up.
    void end_stuck()
    {
        auto const begin = steady::now();
        client.reset();
        EXPECT_LT(steady::now() - begin, 5s);
        EXPECT_NE(log->text().find("left behind"), std::string::npos) << log->text();
    }

    std::chrono::milliseconds const usual = testing_impl::patience();
    std::shared_ptr<recorder> const log = std::make_shared<recorder>();
    std::shared_ptr<gate> const door = std::make_shared<gate>();
    std::unique_ptr<app> application = std::make_unique<app>();
    std::unique_ptr<test_client> client;
};

/// A dependency's value, which says how long it lives.
struct lease {
    explicit lease(std::shared_ptr<std::atomic<bool>> a) : alive{std::move(a)} { *alive = true; }
    ~lease() { *alive = false; }
    lease(lease const&) = delete;
    lease& operator=(lease const&) = delete;

    std::shared_ptr<std::atomic<bool>> alive;
};

TEST_F(client_host_test, gives_up_on_a_coroutine_that_blocks_the_loop)
{
    std::string path;
    application->get("/block", [&, d = door](request& r) -> task<std::string> {
        d->pass();
        path = r.path();
        d->left.set_value();
        co_return "late";
    });
    client = std::make_unique<test_client>(*application, recorded());
    auto pending = client->start("GET", "/block");
    door->entered.get_future().wait();
    end_stuck();
    EXPECT_NE(log->text().find("blocks the loop"), std::string::npos) << log->text();
    application.reset();
    EXPECT_FALSE(pending.ready());
    door->open_and_wait();
    EXPECT_EQ(path, "/block");
}

TEST_F(client_host_test, keeps_what_a_plain_handler_uses_that_never_comes_back)
{
    std::string path;
    auto const alive = std::make_shared<std::atomic<bool>>(false);
    application->get("/block", [&, d = door, alive](request& r) {
        auto const held = std::make_unique<lease>(alive);
        d->pass();
        path = r.path();
        d->left.set_value();
        return "late";
    });
    client = std::make_unique<test_client>(*application, recorded());
    auto pending = client->start("GET", "/block");
    door->entered.get_future().wait();
    end_stuck();
    EXPECT_NE(log->text().find("1 call(s) on threads still run"), std::string::npos) << log->text();
    application.reset();
    EXPECT_TRUE(*alive);
    EXPECT_THROW(pending.get(), std::runtime_error);
    door->open_and_wait();
    EXPECT_EQ(path, "/block");
}

TEST_F(client_host_test, keeps_what_a_step_of_a_range_uses_that_never_comes_back)
{
    auto const alive = std::make_shared<std::atomic<bool>>(false);
    application->get("/range", [d = door, alive]() -> task<response> {
        auto held = std::make_shared<lease>(alive);
        co_return streaming_response(std::views::iota(0, 3) | std::views::transform([d, held](int i) {
                                         if (i == 1) d->pass();
                                         if (i == 1 && *held->alive) d->left.set_value();
                                         return std::to_string(i);
                                     }),
                                     "text/plain");
    });
    client = std::make_unique<test_client>(*application, recorded());
    auto pending = client->start("GET", "/range");
    door->entered.get_future().wait();
    end_stuck();
    application.reset();
    EXPECT_TRUE(*alive);
    door->open_and_wait();
}

TEST_F(client_host_test, destroys_coroutines_without_cancellation_before_what_they_use)
{
    struct witness {
        std::shared_ptr<int const> weight; // of the app's handler
        bool* saw;
        ~witness() { *saw = *weight == 7; }
    };
    bool saw = false;
    application->get("/deaf", [&saw, weight = std::make_shared<int const>(7)]() -> task<std::string> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        witness const here{weight, &saw};
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(asio::use_awaitable);
        co_return "";
    });
    client = std::make_unique<test_client>(*application, recorded());
    auto pending = client->start("GET", "/deaf");
    client->get("/none");
    client.reset();
    EXPECT_TRUE(saw) << "the coroutine's frame goes with the client";
    EXPECT_NE(log->text().find("have not come to their ends. Left: 1 connection(s), 1 request(s)"),
              std::string::npos)
        << log->text();
    EXPECT_THROW(pending.get(), std::runtime_error);
}

TEST_F(client_host_test, lets_a_startup_hook_that_never_ends_be_an_exception)
{
    application->on_startup([]() -> task<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(asio::use_awaitable);
    });
    EXPECT_THROW(test_client(*application, recorded()), std::runtime_error);
}

TEST_F(client_host_test, gives_up_on_a_plain_startup_hook_that_never_comes_back)
{
    application->on_startup([d = door] {
        d->pass();
        d->left.set_value();
    });
    EXPECT_THROW(test_client(*application, recorded()), std::runtime_error);
    application.reset();
    door->open_and_wait();
}

TEST_F(client_host_test, takes_a_clock_with_it_when_its_loop_is_stuck)
{
    application->get("/block", [d = door]() -> task<std::string> {
        d->pass();
        d->left.set_value();
        co_await sleep_for(1s); // where it stays
        co_return "late";
    });
    auto clock = std::make_unique<manual_clock>();
    client = std::make_unique<test_client>(*application, *clock, recorded());
    auto pending = client->start("GET", "/block");
    door->entered.get_future().wait();
    end_stuck();
    clock->advance(1s);
    EXPECT_EQ(clock->elapsed(), 1s);
    EXPECT_THROW(test_client(*application, *clock, recorded()), std::logic_error);
    clock.reset();
    application.reset();
    door->open_and_wait();
}

/// A client that a handler of its own destroys.
class client_in_its_handler : public client_host_test, public testing::WithParamInterface<bool> {};

TEST_P(client_in_its_handler, is_left_behind)
{
    auto const destroy = [this, d = door] {
        d->pass();
        client.reset();
    };
    if (GetParam()) {
        application->get("/end", [destroy, d = door](request& r) -> task<std::string> {
            destroy();
            std::string path{r.path()};
            d->left.set_value();
            co_return path;
        });
    } else {
        application->get("/end", [destroy, d = door](request& r) {
            destroy();
            std::string path{r.path()};
            d->left.set_value();
            return path;
        });
    }
    client = std::make_unique<test_client>(*application, recorded());
    auto pending = client->start("GET", "/end");
    door->entered.get_future().wait();
    door->open_and_wait();
    application.reset();
    EXPECT_NE(log->text().find("on one of its own threads"), std::string::npos) << log->text();
}

INSTANTIATE_TEST_SUITE_P(coroutine_or_plain, client_in_its_handler, testing::Bool());

TEST_F(client_host_test, is_draining_before_its_drain_hooks_run)
{
    std::atomic<bool> before{true};
    std::atomic<bool> ended{false};
    application->get("/until_drain", [&, d = door](request& r) {
        before = r.draining();
        d->entered.set_value();
        while (!r.draining())
            std::this_thread::yield();
        ended = true;
        return "ended";
    });
    std::string answer;
    std::unique_ptr<pending_response> pending;
    application->on_drain([&]() -> task<void> {
        while (!pending->ready())
            co_await sleep_for(1ms);
        answer = pending->get().body;
    });
    testing_impl::set_patience(usual);
    client = std::make_unique<test_client>(*application, recorded());
    pending = std::make_unique<pending_response>(client->start("GET", "/until_drain"));
    door->entered.get_future().wait();
    client.reset();
    EXPECT_FALSE(before);
    EXPECT_TRUE(ended);
    EXPECT_EQ(answer, "ended") << "the drain hook waits for it";
}

TEST_F(client_host_test, ends_periodic_jobs_and_tasks_that_a_drain_ends)
{
    int calls = 0;
    bool drained = false;
    struct note {
        bool* drained;
        ~note() { *drained = true; }
    };
    application->every(1h, [&calls]() -> task<void> {
        ++calls;
        co_return;
    });
    application->get("/task", [&drained](background_tasks& tasks) -> task<std::string> {
        tasks.add(task_options{}.cancel_on_drain(), [&drained]() -> task<void> {
            note const here{&drained};
            for (;;)
                co_await sleep_for(1min);
        });
        co_return "accepted";
    });
    testing_impl::set_patience(usual);
    auto const begin = steady::now();
    manual_clock clock;
    client = std::make_unique<test_client>(*application, clock, recorded());
    clock.advance(59min);
    EXPECT_EQ(calls, 0);
    clock.advance(1min);
    EXPECT_EQ(calls, 1);
    clock.advance(5h);
    EXPECT_EQ(calls, 6);
    client->get("/task");
    client->wait_background();
    EXPECT_EQ(clock.elapsed(), 6h) << "nothing is waited for";
    client.reset();
    EXPECT_TRUE(drained);
    EXPECT_EQ(calls, 6);
    EXPECT_EQ(clock.elapsed(), 6h) << "nothing waits for time at the end";
    EXPECT_LT(steady::now() - begin, 10s);
    EXPECT_EQ(log->text(), "");
}

} // namespace
} // namespace serval
