// What the application calls an exception may be of any type, wherever serval calls the application: it is
// logged, ends what has thrown it, and nothing else.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace serval::params;
using namespace std::chrono_literals;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;

int throws_plainly()
{
    throw 5;
}

serval::task<int> throws_on_the_loop()
{
    throw 5;
    co_return 1;
}

serval::generator<std::string> throws_at_once()
{
    throw 5;
    co_yield std::string("never");
}

serval::generator<std::string> throws_later()
{
    co_yield std::string("first\n");
    co_await serval::sleep_for(100ms); // what has not been sent would be taken back, and be a 500
    throw 5;
}

/// A range whose second element cannot be had.
struct broken_range {
    struct iterator {
        using difference_type = std::ptrdiff_t;
        using value_type = std::string;
        int at = 0;
        std::string operator*() const { return "element\n"; }
        iterator& operator++()
        {
            if (++at == 1) throw 5;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return at == 3; }
    };
    iterator begin() const { return {}; }
    std::default_sentinel_t end() const { return {}; }
};

class any_exception : public testing::Test {
protected:
    any_exception()
    {
        app_.get("/alive", [] { return "yes"; });
    }

    serval::settings options() const
    {
        auto made = quiet_settings();
        made.log = log_;
        return made;
    }
    int ask(running_server& server, std::string const& target) const
    {
        return status_of(server.connect().ask(get(target, "Connection: close\r\n")));
    }

    static constexpr char const* text = "an exception that is no std::exception";
    std::shared_ptr<recording_log> const log_ = std::make_shared<recording_log>();
    serval::app app_;
};

TEST_F(any_exception, of_what_answers_a_request_is_a_500)
{
    app_.get("/plain", throws_plainly);
    app_.get("/coroutine", throws_on_the_loop);
    app_.get("/plain-dependency", [](depends<&throws_plainly> n) { return *n; });
    app_.get("/dependency", [](depends<&throws_on_the_loop> n) { return *n; });
    app_.get("/generator", throws_at_once);
    auto& group = app_.group("/group");
    group.middleware([](serval::request& r, serval::next rest) -> serval::task<serval::response> {
        auto answer = co_await rest(r);
        if (answer.status() == 200) throw 5;
        co_return answer;
    });
    group.get("/x", [] { return 1; });
    app_.exception_handler<std::string>(
        [](serval::request&, std::string const&) -> serval::response { throw 5; });
    app_.get("/handled", []() -> int { throw std::string{"text"}; });
    running_server server{app_, options()};
    for (auto const* target :
         {"/plain", "/coroutine", "/plain-dependency", "/dependency", "/generator", "/group/x", "/handled"}) {
        EXPECT_EQ(ask(server, target), 500) << target;
        EXPECT_EQ(ask(server, "/alive"), 200) << target;
    }
    EXPECT_EQ(server->stats().handler_errors, 7U);
    EXPECT_EQ(log_->count(text), 7U) << log_->all();
}

TEST_F(any_exception, of_a_stream_breaks_it_off)
{
    app_.get("/generator", throws_later);
    app_.get("/range", [] { return serval::streaming_response(broken_range{}); });
    running_server server{app_, options()};
    for (auto const* target : {"/generator", "/range"}) {
        auto client = server.connect();
        ASSERT_TRUE(client.send(get(target, "Connection: close\r\n"))); // one that was taken back is a 500
        EXPECT_NE(client.wait_for_end(5s), serval::test::raw_client::ending::open) << target;
        EXPECT_EQ(ask(server, "/alive"), 200) << target;
    }
    EXPECT_TRUE(eventually([&] { return log_->count(text) == 2; })) << log_->all();
}

TEST_F(any_exception, of_tasks_jobs_and_what_a_handler_has_posted_is_logged)
{
    app_.get("/tasks", [](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.name("plain"), throws_plainly);
        tasks.add(serval::task_options{}.name("coroutine"), throws_on_the_loop);
        return 1;
    });
    app_.get("/posts", []() -> serval::task<int> {
        auto const executor = co_await boost::asio::this_coro::executor;
        boost::asio::post(executor, [] { throw 5; });
        co_return 1;
    });
    app_.every(5ms, [] { throw 5; }, serval::task_options{}.name("lottery"));
    running_server server{app_, options()};
    EXPECT_EQ(ask(server, "/tasks"), 200);
    EXPECT_EQ(ask(server, "/posts"), 200);
    for (std::string const part :
         {"task plain of GET /tasks failed: ", "task coroutine of GET /tasks failed: ",
          "The periodic job lottery has failed: ", "reached the event loop: "})
        EXPECT_TRUE(eventually([&] { return log_->contains(part + text); })) << part << log_->all();
    EXPECT_EQ(ask(server, "/alive"), 200);
}

TEST_F(any_exception, of_a_startup_hook_reaches_who_starts)
{
    for (bool const plain : {true, false}) {
        serval::app app;
        plain ? app.on_startup([] { throws_plainly(); })
              : app.on_startup([]() -> serval::task<> { co_await throws_on_the_loop(); });
        serval::server server{app, options()};
        EXPECT_THROW(server.start(), int);
        EXPECT_THROW(serval::test_client{app}, int);
    }
}

TEST_F(any_exception, of_each_of_several_hooks_at_the_end_is_logged)
{
    std::atomic<int> ran{0};
    auto const plain = [&ran] {
        ++ran;
        throw 5;
    };
    auto const coroutine = [&ran]() -> serval::task<> {
        ++ran;
        throw 5;
        co_return;
    };
    app_.on_drain(plain).on_drain(coroutine).on_drain(plain);
    app_.on_shutdown(coroutine).on_shutdown(plain).on_shutdown(coroutine);
    {
        running_server server{app_, options()};
        EXPECT_EQ(ask(server, "/alive"), 200);
        server->stop(5s);
    }
    EXPECT_EQ(ran, 6);
    EXPECT_EQ(log_->count(std::string{"A drain hook has failed: "} + text), 3U) << log_->all();
    EXPECT_EQ(log_->count(std::string{"A shutdown hook has failed: "} + text), 3U) << log_->all();
}

TEST_F(any_exception, that_reaches_the_loop_of_a_test_client_is_logged)
{
    app_.get("/posts", []() -> serval::task<int> {
        auto const executor = co_await boost::asio::this_coro::executor;
        boost::asio::post(executor, [] { throw 5; });
        co_return 1;
    });
    serval::test_client client{app_, options()};
    EXPECT_EQ(client.get("/posts").status, 200);
    EXPECT_TRUE(eventually([&] { return log_->contains("reached the event loop"); })) << log_->all();
    EXPECT_EQ(client.get("/alive").status, 200);
}

} // namespace
