// Background tasks as handlers add them, run in a test_client.
#include "support/running_server.hpp"

#include <serval/serval.hpp>
#include <serval/test_client.hpp>

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::recording_log;
using steps = std::vector<std::string>;

/// What the tasks of a test have done, in order.
class diary {
public:
    void write(std::string entry)
    {
        std::lock_guard const lock{mutex_};
        entries_.push_back(std::move(entry));
    }
    steps entries() const
    {
        std::lock_guard const lock{mutex_};
        return entries_;
    }

private:
    mutable std::mutex mutex_;
    steps entries_;
};

void note(diary* in, std::string const& what)
{
    in->write(what);
}

serval::task<void> note_later(diary* in, std::string what, std::chrono::milliseconds after)
{
    co_await serval::sleep_for(after);
    in->write(std::move(what));
}

void fail(std::string const& why)
{
    throw std::runtime_error(why);
}

class copies_counter {
public:
    explicit copies_counter(int* copies) : copies_{copies} {}
    copies_counter(copies_counter const& other) : copies_{other.copies_} { ++*copies_; }
    copies_counter(copies_counter&&) noexcept = default;
    copies_counter& operator=(copies_counter const&) = delete;

private:
    int* copies_;
};

class background : public testing::Test {
protected:
    serval::settings settings() const
    {
        auto made = serval::test_client::default_settings();
        made.log = log_;
        return made;
    }

    diary diary_;
    serval::app app_;
    serval::manual_clock clock_;
    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
};

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

// Retries

TEST_F(background, a_task_is_tried_again_with_growing_delays_and_its_arguments)
{
    auto const attempts = std::make_shared<std::vector<std::chrono::milliseconds>>();
    app_.get("/", [&, attempts](serval::background_tasks& tasks) -> serval::task<std::string> {
        auto attempt = [&, attempts](std::string text) -> serval::task<void> {
            attempts->push_back(std::chrono::duration_cast<std::chrono::milliseconds>(clock_.elapsed()));
            if (attempts->size() < 4) throw std::runtime_error(text);
            diary_.write(text);
            co_return;
        };
        auto options = serval::task_options{}.name("flaky").retries(5, 100ms);
        tasks.add(options, attempt, std::string{"a long text that is not kept in place"});
        co_return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(*attempts, (std::vector{0ms, 100ms, 300ms, 700ms}));
    EXPECT_EQ(diary_.entries(), (steps{"a long text that is not kept in place"}));
    EXPECT_EQ(log_->count("Background task flaky of GET / failed in attempt "), 3U);
    EXPECT_TRUE(log_->contains("failed in attempt 3 and will be tried again: a long text"));
}

TEST_F(background, a_task_that_fails_in_its_last_attempt_is_logged_as_failed)
{
    app_.get("/", [](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.retries(1, 1ms), fail, "always");
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(log_->all(), "Background task #1 of GET / failed in attempt 1 and will be tried again: always\n"
                           "Background task #1 of GET / failed in attempt 2: always\n");
}

TEST_F(background, the_delay_between_attempts_is_a_minute_at_most)
{
    auto const last = std::make_shared<std::chrono::nanoseconds>();
    app_.get("/", [&, last](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.retries(8, 30s), [&, last] {
            *last = clock_.elapsed();
            fail("again");
        });
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(*last, 30s + 7 * 60s);
}

TEST_F(background, arguments_are_copied_for_every_attempt_but_the_last)
{
    int copies = 0;
    app_.get("/", [&](serval::background_tasks& tasks) {
        tasks.add(
            serval::task_options{}.retries(2, 1ms), [](copies_counter) { fail("again"); },
            copies_counter(&copies));
        tasks.add([](copies_counter) {}, copies_counter(&copies));
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(copies, 2);
}

TEST_F(background, retries_need_arguments_that_can_be_copied)
{
    app_.get("/", [&](serval::background_tasks& tasks) {
        EXPECT_THROW(
            tasks.add(
                serval::task_options{}.retries(1), [](std::unique_ptr<int>) {}, std::make_unique<int>(1)),
            std::invalid_argument);
        return std::to_string(tasks.size());
    });
    serval::test_client client{app_};
    EXPECT_EQ(client.get("/").body, "0");
}

TEST(task_options, refuse_times_that_make_no_sense)
{
    serval::task_options options;
    EXPECT_THROW(options.retries(1, -1ms), std::invalid_argument);
    EXPECT_THROW(options.time_limit(0ms), std::invalid_argument);
}

// Time limits

serval::task<void> sleep_and_note(diary* in, std::chrono::seconds duration)
{
    try {
        co_await serval::sleep_for(duration);
        in->write("woke up");
    } catch (...) {
        in->write("cancelled");
        throw;
    }
}

TEST_F(background, a_coroutine_is_cancelled_at_its_time_limit_and_has_failed)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.name("nap").time_limit(2s), sleep_and_note, &diary_, 60s);
        tasks.add(serval::task_options{}.time_limit(2s), sleep_and_note, &diary_, 1s);
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    clock_.advance(1900ms);
    EXPECT_EQ(diary_.entries(), steps{});
    clock_.advance(700ms);
    EXPECT_EQ(diary_.entries(), (steps{"cancelled"}));
    EXPECT_EQ(log_->all(), "Background task nap of GET / failed: it took longer than 2000 ms\n");
    clock_.advance(1s);
    EXPECT_EQ(diary_.entries(), (steps{"cancelled", "woke up"}));
}

TEST_F(background, a_coroutine_that_was_cancelled_at_its_time_limit_is_tried_again)
{
    auto const attempts = std::make_shared<int>(0);
    app_.get("/", [&, attempts](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.time_limit(1s).retries(3, 1s),
                  [&, attempts]() -> serval::task<void> {
                      auto const duration = ++*attempts == 3 ? 0s : 60s;
                      co_await sleep_and_note(&diary_, duration);
                  });
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"cancelled", "cancelled", "woke up"}));
    EXPECT_LT(clock_.elapsed(), 10s);
}

TEST_F(background, a_task_that_shields_itself_from_cancellation_does_not_shield_the_next)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.time_limit(1s), []() -> serval::task<void> {
            co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
            co_await serval::sleep_for(3s);
        });
        tasks.add(serval::task_options{}.time_limit(1s), sleep_and_note, &diary_, 60s);
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"cancelled"}));
    EXPECT_EQ(log_->count("failed"), 1U);
}

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
