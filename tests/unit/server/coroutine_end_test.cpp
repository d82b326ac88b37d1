#include "server/coroutine_end.hpp"

#include <serval/task.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::server_impl {
namespace {

namespace asio = boost::asio;

/// An operation that keeps its handler until it is told to lose it, as one that could not allocate does.
struct losing {
    struct handler_base {
        virtual ~handler_base() = default;
    };
    template <class H>
    struct kept_handler : handler_base {
        explicit kept_handler(H h) : handler{std::move(h)} {}
        H handler;
    };

    task<void> wait()
    {
        auto keep = [this](auto handler) {
            kept = std::make_unique<kept_handler<decltype(handler)>>(std::move(handler));
        };
        co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(keep, asio::use_awaitable);
    }

    std::unique_ptr<handler_base> kept;
};

class coroutine_end_of : public testing::Test {
protected:
    template <class Work>
    void spawn(Work work)
    {
        auto told = [this](std::exception_ptr thrown) {
            ++times_;
            try {
                if (thrown) std::rethrow_exception(thrown);
                told_ = "returned";
            } catch (std::bad_alloc const&) {
                told_ = "no memory";
            } catch (std::exception const& error) {
                told_ = error.what();
            }
        };
        asio::co_spawn(*context_, std::move(work), coroutine_end{*context_, std::move(told)});
    }

    std::optional<asio::io_context> context_{std::in_place};
    losing operation_;
    int times_ = 0;
    std::string told_;
};

TEST_F(coroutine_end_of, one_that_returns_or_throws_is_told_once)
{
    spawn([]() -> task<void> { co_return; });
    context_->run();
    EXPECT_EQ(told_, "returned");
    spawn([]() -> task<void> {
        throw std::runtime_error("thrown");
        co_return;
    });
    context_->restart();
    context_->run();
    EXPECT_EQ(told_, "thrown");
    EXPECT_EQ(times_, 2);
}

TEST_F(coroutine_end_of, one_that_is_destroyed_where_it_waits_is_told_as_without_memory)
{
    spawn([this]() -> task<void> { co_await operation_.wait(); });
    asio::post(*context_, [this] { operation_.kept.reset(); });
    context_->run();
    EXPECT_EQ(told_, "no memory");
    EXPECT_EQ(times_, 1);
}

TEST_F(coroutine_end_of, one_that_ends_with_its_context_is_not_told)
{
    spawn([this]() -> task<void> { co_await operation_.wait(); });
    context_->poll();
    operation_.kept.reset(); // its destruction is posted, and never comes
    context_.reset();
    EXPECT_EQ(times_, 0);
}

} // namespace
} // namespace serval::server_impl
