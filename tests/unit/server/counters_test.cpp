// The gauges of a loop when memory fails at any point: whatever was counted in is counted out.
#include "app/freeze.hpp"
#include "handler/task_account.hpp"
#include "server/loop.hpp"
#include "server/memory_transport.hpp"
#include "server/task_intake.hpp"
#include "server/task_registry.hpp"
#include "support/allocation_count.hpp"

#include <serval/app.hpp>
#include <serval/background_tasks.hpp>
#include <serval/generator.hpp>
#include <serval/log.hpp>
#include <serval/params.hpp>
#include <serval/sleep.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace serval::server_impl {
namespace {

using namespace params;

task<void> give_others_a_turn()
{
    co_await sleep_for(std::chrono::nanoseconds(0));
}

generator<std::string> lines()
{
    co_yield std::string("a line\n");
    co_await sleep_for(std::chrono::nanoseconds(0));
    co_yield std::string("another\n");
}

/// Needs no memory itself.
class deaf_log final : public log_sink {
public:
    void write(log_record const&) noexcept override {}
};

/// A loop that this thread runs, with connections in memory.
class gauges : public testing::Test {
protected:
    gauges()
    {
        app_.get("/", []() -> task<std::string> { co_return "yes"; });
        app_.get("/later", []() -> task<std::string> {
            co_await sleep_for(std::chrono::nanoseconds(0));
            co_return "later";
        });
        app_.get("/tasks", [](background_tasks& tasks) -> task<int> {
            tasks.add(give_others_a_turn);
            tasks.add(give_others_a_turn);
            co_return 1;
        });
        app_.get("/lines", lines);
        app_.post("/body", [](body<std::string> text) -> task<std::string> { co_return *text; });
        shared_ = std::make_shared<environment>(quiet(), app_impl::freeze(app_));
        loop_ = std::make_shared<loop>(context_, shared_);
        loop_->attach();
    }
    ~gauges() override
    {
        loop_->stop_ticking();
        run();
        loop_->detach();
    }

    static settings quiet()
    {
        settings made;
        made.log = std::make_shared<deaf_log>();
        return made;
    }

    /// True when memory was short. What is thrown reaches the thread of a loop, which goes on. For a moment
    /// only: Asio ends the process when it has no memory twice in one operation.
    bool run_in_want(int allocations)
    {
        test::fail_one_allocation_after(allocations);
        for (bool again = true; again;) {
            try {
                context_.restart();
                context_.poll();
                again = false;
            } catch (std::bad_alloc const&) {
            }
        }
        bool const failed = !test::allocations_fail();
        test::allow_allocations();
        return failed;
    }
    void run()
    {
        context_.restart();
        context_.poll();
    }

    /// One request with `n` allocations to spend. False: they were enough.
    bool serve_in_want(std::string const& request, int n)
    {
        auto stream = make_memory_stream(context_.get_executor(), client_address{"a", 1});
        loop_->serve(std::move(stream.server));
        run();
        stream.client.write(request);
        bool const wanting = run_in_want(n);
        stream.client.close();
        for (int i = 0; i != 10; ++i)
            run();
        return wanting;
    }

    boost::asio::io_context context_{1};
    app app_;
    std::shared_ptr<environment> shared_;
    std::shared_ptr<loop> loop_;
};

TEST_F(gauges, come_back_to_zero_wherever_memory_has_failed)
{
    std::string const end = " HTTP/1.1\r\nHost: a\r\n";
    std::string const requests[] = {
        "GET /" + end + "\r\n",
        "GET /later" + end + "\r\n",
        "GET /tasks" + end + "\r\n",
        "GET /lines" + end + "\r\n",
        "GET /nowhere" + end + "\r\n",
        "POST /body" + end + "Content-Length: 4\r\n\r\n\"ab\"",
        "POST /body" + end + "Content-Length: 900\r\n\r\n\"ab\"",
        "GET / HTTP/9\r\n\r\n",
    };
    for (auto const& request : requests) {
        SCOPED_TRACE(request);
        int n = 0;
        while (serve_in_want(request, n)) {
            auto const& counters = loop_->counters();
            ASSERT_EQ(counters.connections.value(), 0) << n;
            ASSERT_EQ(counters.requests_in_flight.value(), 0) << n;
            ASSERT_EQ(counters.batches.value(), 0) << n;
            ASSERT_EQ(loop_->connection_count(), 0U) << n;
            ASSERT_EQ(loop_->bodies_coming_in(), 0U) << n;
            ASSERT_EQ(shared_->tasks->now().unfinished(), 0U) << n;
            ASSERT_LT(++n, 500);
        }
        EXPECT_GT(n, 4) << "not much has failed";
    }
}

} // namespace
} // namespace serval::server_impl
