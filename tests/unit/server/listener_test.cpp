// The listener when memory is short: tests/integration has the rest of it.
#include "app/freeze.hpp"
#include "server/listener.hpp"
#include "support/allocation_count.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/app.hpp>
#include <serval/testing/manual_clock.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <vector>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

/// A server of two loops, run by this thread, with room for two: one begins a request on the first loop, the
/// other is idle on the second.
class full_house {
public:
    full_house()
    {
        options_.limits.connections = 2;
        options_.log = log_;
        shared_ = std::make_shared<environment>(options_, app_impl::freeze(app_, options_));
        for (std::size_t i = 0; i != 2; ++i) {
            loops_.push_back(std::make_shared<loop>(contexts_[i], shared_, &clocks_[i].impl()));
            loops_.back()->attach();
        }
        listener_ = std::make_unique<listener>(loops_, shared_->settings);
        listener_->open();
        boost::asio::co_spawn(contexts_[0], listener_->run(0), [this](std::exception_ptr thrown) {
            over_ = true;
            failed_ = thrown != nullptr;
        });
        guests_.emplace_back(listener_->port());
        guests_.back().send("GET / HT");
        run();
        guests_.emplace_back(listener_->port());
        for (int i = 0; i != 20; ++i) {
            clocks_[1].advance(50ms);
            run();
        }
    }
    ~full_house()
    {
        listener_->close();
        for (int i = 0; i != 50 && !over_; ++i)
            contexts_[0].run_one_for(10ms);
        for (auto const& one : loops_) {
            one->cancel_all();
            one->stop_ticking();
        }
        run();
        for (auto const& one : loops_)
            one->detach();
    }
    full_house(full_house const&) = delete;
    full_house& operator=(full_house const&) = delete;

    bool ready() const { return loops_[1]->idle_since() != idle_list::nobody; }
    /// Somebody knocks while one of so many allocations fails. False: fewer were needed.
    bool knock_in_want(int allocations)
    {
        guests_.emplace_back(listener_->port());
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
    bool failed() const { return failed_; }
    bool complains() const { return log_->contains("Cannot accept a connection: Cannot allocate memory"); }

private:
    void run()
    {
        for (auto& one : contexts_) {
            one.restart();
            one.poll();
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
    std::vector<test::raw_client> guests_;
    bool over_ = false;
    bool failed_ = false;
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

} // namespace
} // namespace serval::server_impl
