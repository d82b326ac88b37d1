#include "http/loop_services.hpp"
#include "server/vacancy.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace serval::server_impl {
namespace {

class vacancy_test : public testing::Test {
protected:
    void run()
    {
        context_.restart();
        context_.poll();
    }
    /// Whether a wait that begins now, and counts no room, is over at once.
    bool is_woken_at_once(http::remote_wake_up& by)
    {
        bool over = false;
        auto const waiting = [&]() -> task<void> {
            vacancy::wait const here{room_, by};
            co_await by.wait();
            over = true;
        };
        boost::asio::co_spawn(context_, waiting(), boost::asio::detached);
        run();
        bool const at_once = over;
        room_.arise();
        run();
        EXPECT_TRUE(over);
        return at_once;
    }
    std::shared_ptr<http::remote_wake_up> make_waker()
    {
        return std::make_shared<http::remote_wake_up>(
            boost::asio::use_service<http::loop_services>(context_));
    }

    boost::asio::io_context context_{1};
    std::shared_ptr<http::remote_wake_up> waker_ = make_waker();
    std::shared_ptr<http::remote_wake_up> other_ = make_waker();
    vacancy room_{{waker_, other_}};
};

TEST_F(vacancy_test, wakes_who_waits)
{
    EXPECT_FALSE(is_woken_at_once(*waker_));
}

TEST_F(vacancy_test, wakes_nobody_for_a_wait_that_is_over)
{
    {
        vacancy::wait const found_room{room_, *waker_};
    }
    room_.arise();
    run();
    EXPECT_FALSE(is_woken_at_once(*waker_));
}

TEST_F(vacancy_test, wakes_nobody_for_what_an_earlier_wait_has_not_taken)
{
    {
        vacancy::wait const found_room{room_, *waker_};
        room_.arise(); // though it was there already
    }
    run();
    EXPECT_FALSE(is_woken_at_once(*waker_));
}

TEST_F(vacancy_test, is_still_wanted_by_the_other_when_one_has_found_room)
{
    vacancy::wait const there{room_, *other_};
    {
        vacancy::wait const here{room_, *waker_};
    }
    room_.arise();
    bool woken = false;
    auto const waiting = [&]() -> task<void> {
        co_await other_->wait();
        woken = true;
    };
    boost::asio::co_spawn(context_, waiting(), boost::asio::detached);
    run();
    EXPECT_TRUE(woken);
}

} // namespace
} // namespace serval::server_impl
