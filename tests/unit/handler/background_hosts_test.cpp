// Tasks of the application, and the bound on all tasks.
#include "support/background.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::background;
using serval::test::fail;
using serval::test::note;
using serval::test::note_later;
using serval::test::sleep_and_note;
using serval::test::steps;

// The application's tasks

TEST_F(background, the_application_adds_tasks_from_any_thread)
{
    serval::test_client client{app_, settings()};
    std::jthread{[this] { app_.background().add(note, &diary_, "from a thread"); }}.join();
    app_.background().add(serval::task_options{}.name("refresh"), fail, "stale");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"from a thread"}));
    EXPECT_EQ(log_->all(), "Background task refresh of the application failed: stale\n");
}

TEST_F(background, the_application_cannot_add_tasks_when_nothing_runs)
{
    EXPECT_THROW(app_.background().add(note, &diary_, "never"), std::logic_error);
    {
        serval::test_client const client{app_};
    }
    EXPECT_THROW(app_.background().add(note, &diary_, "never"), std::logic_error);
    EXPECT_EQ(diary_.entries(), steps{});
}

TEST_F(background, a_handle_outlives_its_app)
{
    auto other = std::make_unique<serval::app>();
    auto const handle = other->background();
    other.reset();
    EXPECT_THROW(handle.add(note, &diary_, "never"), std::logic_error);
}

TEST_F(background, a_start_up_hook_adds_tasks)
{
    app_.on_startup([this] { app_.background().add(note, &diary_, "task"); });
    serval::test_client client{app_};
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"task"}));
}

TEST_F(background, tasks_of_a_start_up_hook_end_when_the_start_fails)
{
    app_.on_startup([this]() -> serval::task<void> {
        app_.background().add(sleep_and_note, &diary_, 3600s);
        co_await serval::sleep_for(1s);
        throw std::runtime_error("no");
    });
    EXPECT_THROW((serval::test_client{app_, clock_, settings()}), std::runtime_error);
    EXPECT_EQ(diary_.entries(), (steps{"cancelled"}));
    EXPECT_EQ(log_->all(),
              "Background task #1 of the application was given up: the server is shutting down\n");
}

TEST_F(background, a_task_adds_another_while_the_client_ends)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add([this]() -> serval::task<void> {
            co_await serval::sleep_for(10s);
            app_.background().add(note_later, &diary_, "second", 10s);
        });
        return "";
    });
    {
        serval::test_client client{app_, clock_};
        client.get("/");
    }
    EXPECT_EQ(diary_.entries(), (steps{"second"}));
    EXPECT_EQ(clock_.elapsed(), 20s);
}

// The bound

TEST_F(background, beyond_the_bound_the_connection_serves_its_next_request_after_the_tasks)
{
    app_.get("/add", [this](serval::background_tasks& tasks) {
        tasks.add(note_later, &diary_, "task", 300s); // longer than a connection may be idle
        return "";
    });
    app_.get("/next", [this] {
        diary_.write("next request");
        return "";
    });
    auto options = settings();
    options.limits.background_tasks = 0;
    serval::test_client client{app_, clock_, options};
    EXPECT_EQ(client.get("/add").status, 200);
    auto next = client.start("GET", "/next");
    clock_.settle();
    EXPECT_FALSE(next.ready());
    clock_.advance(300s);
    EXPECT_EQ(next.get().status, 200);
    EXPECT_EQ(diary_.entries(), (steps{"task", "next request"}));
}

TEST_F(background, beyond_the_bound_adding_is_refused_where_that_is_the_policy)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(note_later, &diary_, "task", 10s);
        return "";
    });
    auto options = settings();
    options.limits.background_tasks = 2;
    options.limits.background_overflow = serval::background_overflow::refuse;
    serval::test_client client{app_, clock_, options};
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.get("/").status, 200);
    auto const refused = client.get("/");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    client.wait_background();
    EXPECT_EQ(client.get("/").status, 200);
    client.wait_background();
    EXPECT_EQ(diary_.entries().size(), 3U);
}

TEST_F(background, a_handler_that_fails_gives_back_the_places_of_its_tasks)
{
    app_.get("/fail", [this](serval::background_tasks& tasks) -> std::string {
        tasks.add(note, &diary_, "never");
        tasks.add(note, &diary_, "never");
        throw serval::http_error(400);
    });
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(note, &diary_, "task");
        tasks.add(note, &diary_, "task");
        return "";
    });
    auto options = settings();
    options.limits.background_tasks = 2;
    options.limits.background_overflow = serval::background_overflow::refuse;
    serval::test_client client{app_, options};
    EXPECT_EQ(client.get("/fail").status, 400);
    EXPECT_EQ(client.get("/").status, 200);
    client.wait_background();
    EXPECT_EQ(diary_.entries().size(), 2U);
}

TEST_F(background, beyond_the_bound_the_application_is_refused_whatever_the_policy)
{
    auto options = settings();
    options.limits.background_tasks = 1;
    serval::test_client client{app_, clock_, options};
    app_.background().add(note_later, &diary_, "first", 1s);
    try {
        app_.background().add(note_later, &diary_, "second", 1s);
        ADD_FAILURE() << "a second task was taken";
    } catch (serval::http_error const& error) {
        EXPECT_EQ(error.status(), 503);
        EXPECT_EQ(error.headers().get("retry-after"), "1");
    }
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"first"}));
}

TEST_F(background, more_plain_tasks_than_the_pool_may_queue_all_run)
{
    constexpr int many = 300;
    std::atomic<int> ran{0};
    app_.get("/", [&](serval::background_tasks& tasks) {
        for (int i = 0; i != many; ++i)
            tasks.add([&] { ++ran; });
        return "";
    });
    auto options = settings();
    options.pool_threads = 2;
    options.pool_queue = 1;
    serval::test_client client{app_, options};
    for (int i = 0; i != many; ++i)
        app_.background().add([&] { ++ran; });
    EXPECT_EQ(client.get("/").status, 200);
    client.wait_background();
    EXPECT_EQ(ran, 2 * many);
}

} // namespace
