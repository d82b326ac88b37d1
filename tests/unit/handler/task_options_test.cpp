// Background tasks that are tried again, and those that take too long.
#include "support/background.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::background;
using serval::test::fail;
using serval::test::sleep_and_note;
using serval::test::steps;

class copies_counter {
public:
    explicit copies_counter(int* copies) : copies_{copies} {}
    copies_counter(copies_counter const& other) : copies_{other.copies_} { ++*copies_; }
    copies_counter(copies_counter&&) noexcept = default;
    copies_counter& operator=(copies_counter const&) = delete;

private:
    int* copies_;
};

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

TEST_F(background, a_time_limit_may_be_as_long_as_durations_are)
{
    app_.get("/", [this](serval::background_tasks& tasks) {
        tasks.add(serval::task_options{}.time_limit(std::chrono::milliseconds::max()), sleep_and_note,
                  &diary_, 1s);
        return "";
    });
    serval::test_client client{app_, clock_, settings()};
    client.get("/");
    client.wait_background();
    EXPECT_EQ(diary_.entries(), (steps{"woke up"}));
    EXPECT_EQ(log_->all(), "");
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

} // namespace
