// Background tasks as handlers add them, run in a test_client.
#include "support/background.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::background;
using serval::test::fail;
using serval::test::note;
using serval::test::note_later;
using serval::test::steps;

TEST_F(background, tasks_run_after_the_response_in_the_order_of_adding)
{
    app_.get("/", [this](serval::background_tasks& tasks) -> serval::task<std::string> {
        tasks.add(note_later, &diary_, "slow coroutine", 100ms);
        tasks.add(note, &diary_, "function");
        tasks.add(note_later, &diary_, "quick coroutine", 0ms);
        diary_.write("handler");
        co_return "done";
    });
    serval::test_client client{app_, clock_};
    EXPECT_EQ(client.get("/").body, "done");
    clock_.settle();
    EXPECT_EQ(diary_.entries(), (steps{"handler"}));
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"handler", "slow coroutine", "function", "quick coroutine"}));
}

TEST_F(background, tasks_are_added_by_a_plain_handler)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(note, &diary_, "task");
        return "done";
    });
    serval::test_client client{app_};
    EXPECT_EQ(client.get("/").body, "done");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"task"}));
}

int dependency(serval::background_tasks& tasks, query<"who", std::string> who)
{
    tasks.add([](std::string const&) {}, *who);
    return static_cast<int>(tasks.size());
}

TEST_F(background, a_dependency_and_its_handler_share_their_tasks)
{
    app_.get("/", [](depends<&dependency> before, serval::background_tasks& tasks) {
        return std::to_string(*before) + " of " + std::to_string(tasks.size());
    });
    serval::test_client client{app_};
    EXPECT_EQ(client.get("/?who=me").body, "1 of 1");
}

TEST_F(background, tasks_of_different_requests_run_side_by_side)
{
    app_.get("/{ms}",
             [this](path<"ms", int> ms, serval::background_tasks& tasks) -> serval::task<std::string> {
                 tasks.add(note_later, &diary_, std::to_string(*ms), std::chrono::milliseconds(*ms));
                 co_return "";
             });
    serval::test_client client{app_, clock_};
    client.get("/300");
    client.get("/200");
    client.get("/100");
    clock_.advance(300ms);
    EXPECT_EQ(diary_.entries(), (steps{"100", "200", "300"}));
}

TEST_F(background, the_next_task_runs_though_one_throws_which_is_logged_with_its_name_and_request)
{
    app_.post("/users/register", [this](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.name("send_email"), fail, "no \"route\"");
        tasks.add(note, &diary_, "next");
        return "";
    });
    serval::test_client client{app_, settings()};
    EXPECT_EQ(client.post("/users/register?q=\"", "", "").status, 200);
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"next"}));
    EXPECT_EQ(log_->all(), "Background task send_email of POST /users/register?q=\\x22 failed: "
                           "no \\x22route\\x22\n");
}

struct archivist {
    void operator()() const { throw 1; }
};

TEST_F(background, a_task_without_a_name_is_called_by_its_number_and_class)
{
    app_.get("/", [](serval::background_tasks& tasks) {
        tasks.add(fail, "a");
        tasks.add([] { fail("b"); });
        tasks.add(archivist{});
        tasks.add(std::function<void()>([] { fail("d"); }));
        return "";
    });
    serval::test_client client{app_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(log_->all(),
              "Background task #1 of GET / failed: a\n"
              "Background task #2 of GET / failed: b\n"
              "Background task #3 archivist of GET / failed: an exception that is no std::exception\n"
              "Background task #4 of GET / failed: d\n");
}

TEST_F(background, a_handler_that_throws_adds_no_tasks)
{
    app_.get("/{status}", [this](path<"status", int> status, serval::background_tasks& tasks) -> std::string {
        tasks.add(note, &diary_, "task");
        if (*status == 500) throw std::runtime_error("handler");
        throw serval::http_error(*status);
    });
    serval::test_client client{app_};
    EXPECT_EQ(client.get("/404").status, 404);
    EXPECT_EQ(client.get("/500").status, 500);
    client.wait_background();
    EXPECT_EQ(diary_.entries(), steps{});
}

TEST_F(background, an_http_error_inside_of_a_middleware_drops_the_tasks)
{
    app_.middleware([](serval::request& r, serval::next next) -> serval::task<serval::response> {
        serval::response answer = co_await next(r);
        co_return answer;
    });
    app_.get("/{status}", [this](path<"status", int> status, serval::background_tasks& tasks) -> std::string {
        tasks.add(note, &diary_, std::to_string(*status));
        if (*status != 200) throw serval::http_error(*status);
        return "";
    });
    serval::test_client client{app_};
    EXPECT_EQ(client.get("/418").status, 418);
    EXPECT_EQ(client.get("/200").status, 200);
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"200"}));
}

int adds_a_note(serval::background_tasks& tasks)
{
    tasks.add(fail, "must not run");
    return 1;
}

TEST_F(background, a_request_that_is_invalid_drops_the_tasks_of_its_dependencies)
{
    app_.get("/", [](depends<&adds_a_note>, query<"n", int>) { return ""; });
    serval::test_client client{app_, settings()};
    EXPECT_EQ(client.get("/?n=x").status, 422);
    client.wait_background();
    EXPECT_EQ(log_->all(), "");
}

TEST_F(background, arguments_are_moved_in_and_released_when_the_task_has_ended)
{
    auto const shared = std::make_shared<int>(7);
    std::weak_ptr<int> const watched = shared;
    app_.get("/", [&, held = shared](serval::background_tasks& tasks) mutable -> serval::task<std::string> {
        auto unique = std::make_unique<std::shared_ptr<int>>(std::move(held));
        tasks.add(
            [this](std::unique_ptr<std::shared_ptr<int>> mine) -> serval::task<void> {
                co_await serval::sleep_for(10ms);
                diary_.write(std::to_string(**mine));
            },
            std::move(unique));
        tasks.add(note_later, &diary_, "later", 1s);
        co_return "";
    });
    serval::test_client client{app_, clock_};
    client.get("/");
    EXPECT_EQ(watched.use_count(), 2);
    clock_.advance(10ms);
    EXPECT_EQ(diary_.entries(), (steps{"7"}));
    EXPECT_EQ(watched.use_count(), 1);
}

TEST_F(background, an_uploaded_file_can_still_be_read)
{
    app_.post("/", [this](file<"file"> uploaded, serval::background_tasks& tasks) {
        tasks.add(
            [this](serval::upload_file file) -> serval::task<void> {
                diary_.write(co_await file.read_all());
            },
            *uploaded);
        return "";
    });
    auto options = settings();
    options.limits.file_memory = 3; // the rest goes to the disk
    serval::test_client client{app_, options};
    EXPECT_EQ(client.post("/", serval::test_form().file("file", "a.txt", "content")).status, 200);
    client.get("/"); // the first request's memory is in use again
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"content"}));
}

TEST_F(background, a_c_string_is_kept_as_text)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        char text[] = "before";
        tasks.add(note, &diary_, text);
        std::string("after!").copy(text, 6);
        return "";
    });
    serval::test_client client{app_};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"before"}));
}

TEST_F(background, the_result_of_a_task_is_dropped)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add([]() -> serval::task<std::string> { co_return "unused"; });
        tasks.add([] { return 1; });
        tasks.add(note, &diary_, "end");
        return "";
    });
    serval::test_client client{app_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"end"}));
    EXPECT_EQ(log_->all(), "");
}

TEST_F(background, tasks_run_though_the_client_leaves_before_the_response)
{
    app_.get("/", [this](serval::background_tasks& tasks) -> serval::task<std::string> {
        tasks.add(note, &diary_, "task");
        co_await serval::sleep_for(100ms);
        co_return std::string(10'000'000, 'x');
    });
    serval::test_client client{app_, clock_};
    auto pending = client.start("GET", "/");
    clock_.advance(50ms);
    pending.disconnect();
    clock_.advance(100ms);
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"task"}));
}

} // namespace
