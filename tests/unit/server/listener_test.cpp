// The listener when memory is short, and several sockets at a full house: tests/integration has the rest.
#include "app/freeze.hpp"
#include "server/listener.hpp"
#include "support/allocation_count.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/app.hpp>
#include <serval/params.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

/// A server of two loops, run by this thread, with room for two. `visitors` are those who were answered, by
/// the names that they have asked for.
class house {
public:
    explicit house(std::size_t sockets)
    {
        app_.get("/{name}", [this](params::path<"name", std::string> name) -> task<std::string> {
            visitors_ += *name;
            co_return *name;
        });
        options_.limits.connections = 2;
        options_.limits.linger_timeout = 0ms;
        options_.log = log_;
        options_.also_listen.assign(sockets - 1, listen_address{});
        shared_ = std::make_shared<environment>(options_, app_impl::freeze(app_, options_));
        for (std::size_t i = 0; i != 2; ++i) {
            loops_.push_back(std::make_shared<loop>(contexts_[i], shared_, &clocks_[i].impl()));
            loops_.back()->attach();
        }
        listener_ = std::make_unique<listener>(loops_, shared_->settings);
        places_ = listener_->open();
        for (std::size_t i = 0; i != sockets; ++i) {
            ++accepting_;
            boost::asio::co_spawn(contexts_[0], listener_->run(i), [this](std::exception_ptr thrown) {
                --accepting_;
                failed_ = failed_ || thrown != nullptr;
            });
        }
    }
    ~house()
    {
        listener_->close();
        for (int i = 0; i != 50 && accepting_ != 0; ++i)
            contexts_[0].run_one_for(10ms);
        for (auto const& one : loops_) {
            one->cancel_all();
            one->stop_ticking();
        }
        run();
        for (auto const& one : loops_)
            one->detach();
    }
    house(house const&) = delete;
    house& operator=(house const&) = delete;

    test::raw_client& knock(std::size_t socket = 0)
    {
        guests_.emplace_back(places_[socket].port);
        return guests_.back();
    }
    void visit(std::size_t socket, std::string const& name)
    {
        knock(socket).send(test::get("/" + name, "Connection: close\r\n"));
    }
    /// Nobody whom the house could send away for another.
    void come_to_stay()
    {
        knock().send("GET / HT");
        run();
    }
    void leave(std::size_t guest)
    {
        guests_[guest].close();
        run();
    }
    std::string const& visitors() const { return visitors_; }
    bool failed() const { return failed_; }

protected:
    void run()
    {
        for (std::size_t done = 1; done != 0;) {
            done = 0;
            for (auto& one : contexts_) {
                one.restart();
                done += one.poll();
            }
        }
    }

    std::shared_ptr<test::recording_log> log_ = std::make_shared<test::recording_log>();
    settings options_ = test::quiet_settings();
    app app_;
    std::array<manual_clock, 2> clocks_;
    std::array<boost::asio::io_context, 2> contexts_;
    std::shared_ptr<environment> shared_;
    std::vector<std::shared_ptr<loop>> loops_;
    std::unique_ptr<listener> listener_;
    std::vector<listen_address> places_;
    std::deque<test::raw_client> guests_;
    std::string visitors_;
    int accepting_ = 0;
    bool failed_ = false;
};

/// One begins a request on the first loop, the other is idle on the second.
class full_house : public house {
public:
    full_house() : house{1}
    {
        come_to_stay();
        knock();
        for (int i = 0; i != 20; ++i) {
            clocks_[1].advance(50ms);
            run();
        }
    }

    bool ready() const { return loops_[1]->idle_since() != idle_list::nobody; }
    /// Somebody knocks while one of so many allocations fails. False: fewer were needed.
    bool knock_in_want(int allocations)
    {
        knock();
        test::fail_one_allocation_after(allocations);
        for (bool again = true; again;) {
            try {
                contexts_[0].restart();
                contexts_[0].poll();
                again = false;
            } catch (std::bad_alloc const&) {
            }
        }
        bool const failed = !test::allocations_fail();
        test::allow_allocations();
        run();
        return failed;
    }
    bool complains() const { return log_->contains("Cannot accept a connection: Cannot allocate memory"); }
};

TEST(listener_in_want, complains_and_pauses_when_there_is_no_memory_to_ask_for_room)
{
    int complaints = 0;
    int n = 0;
    for (bool wanting = true; wanting; ++n) {
        full_house house;
        ASSERT_TRUE(house.ready());
        wanting = house.knock_in_want(n);
        EXPECT_FALSE(house.failed()) << n << ": it would begin anew at once, and fail again";
        complaints += house.complains() ? 1 : 0;
        ASSERT_LT(n, 100);
    }
    EXPECT_GT(complaints, 0);
}

/// Two who stay, and those who wait at so many sockets until one of the two leaves.
class crowded_house : public house {
public:
    explicit crowded_house(std::size_t sockets) : house{sockets}
    {
        come_to_stay();
        come_to_stay();
    }
    std::string visitors_when_one_leaves()
    {
        run();
        EXPECT_EQ(visitors(), "") << "there is no room";
        leave(0);
        return visitors();
    }
};

TEST(listener_of_several_sockets, lets_in_who_waits_at_each_of_them_in_a_full_house)
{
    crowded_house house{4};
    house.visit(0, "a");
    house.visit(1, "b");
    house.visit(3, "d");
    auto found = house.visitors_when_one_leaves();
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, "abd") << "one after the other, as there is room for one";
    house.visit(2, "c");
    house.leave(1);
    EXPECT_EQ(house.visitors().back(), 'c') << "who did not wait before";
    EXPECT_FALSE(house.failed());
}

TEST(listener_of_several_sockets, has_nobody_wait_for_the_crowd_at_another)
{
    crowded_house house{3};
    for (int i = 0; i != 24; ++i)
        house.visit(0, "a");
    house.visit(1, "b");
    house.visit(2, "c");
    auto const found = house.visitors_when_one_leaves();
    EXPECT_EQ(found.size(), 26U);
    EXPECT_LT(found.find('b'), 12U) << found;
    EXPECT_LT(found.find('c'), 12U) << found;
}

} // namespace
} // namespace serval::server_impl
