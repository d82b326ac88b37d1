#include "base/sync.hpp"
#include "handler/background_hosts.hpp"
#include "handler/task_account.hpp"
#include "interleaving/explorer.hpp"

#include <serval/background_tasks.hpp>
#include <serval/http_error.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace serval::handler {
namespace {

using explored::check;
using explored::explore;
using admission = task_account::admission;

std::unique_ptr<background_task> make_task()
{
    return std::make_unique<background_task>(detail::make_background_call([] {}), task_options{}, 0);
}

/// A task of the application, from its admission to its end.
struct booked_task {
    void live(task_account& account)
    {
        auto const task = make_task();
        admitted = account.admit(*task);
        if (admitted != admission::accepted) return;
        account.begin(*task);
        explored::step("the task runs");
        ended = true;
        account.end(*task, task_outcome::done);
    }

    admission admitted = admission::closed;
    bool ended = false;
};

TEST(task_account_interleaved, closes_only_when_every_task_that_it_admitted_has_ended)
{
    explore({}, [] {
        auto const account = std::make_shared<task_account>(2, true);
        booked_task tasks[2];
        base::thread first{[&] { tasks[0].live(*account); }};
        base::thread second{[&] { tasks[1].live(*account); }};
        while (!account->close_if_empty())
            explored::idle();
        for (auto const& task : tasks)
            check(task.admitted != admission::accepted || task.ended, "it misses a task");
        check(account->now().unfinished() == 0, "it is not empty");
        check(account->admit(*make_task()) == admission::closed, "it takes tasks after its end");
        first.join();
        second.join();
        std::size_t done = 0;
        for (auto const& task : tasks)
            done += task.admitted == admission::accepted;
        check(account->now().done == done && account->now().unfinished() == 0, "its books are wrong");
    });
}

TEST(task_account_interleaved, closes_only_when_the_arguments_of_a_task_that_is_given_up_are_gone)
{
    explore({.preemptions = 3}, [] {
        auto const account = std::make_shared<task_account>(2, true);
        bool used = false; // by the task's argument, until its destructor has run
        base::thread loop{[&] {
            auto const end_of_argument = [](bool* use) {
                explored::step("the argument ends");
                *use = false;
            };
            std::shared_ptr<bool> argument{&used, end_of_argument};
            background_task task{detail::make_background_call([](auto const&) {}, std::move(argument)),
                                 task_options{}, 0};
            if (account->admit(task) == admission::accepted) used = true;
            explored::step("the task is given up");
        }};
        while (!account->close_if_empty())
            explored::idle();
        check(!used, "it closes while an argument is used");
        loop.join();
    });
}

TEST(task_account_interleaved, never_gives_more_places_than_there_are)
{
    explore({}, [] {
        auto const account = std::make_shared<task_account>(1, true);
        int running = 0;
        int given = 0;
        auto const live = [&] {
            auto const task = make_task();
            if (!account->reserve(*task)) return;
            check(++running == 1, "a place is given twice");
            ++given;
            explored::step("the task runs");
            --running;
            account->accept(*task); // it is forgotten with the task, as one that was given up
        };
        base::thread first{live};
        base::thread second{live};
        first.join();
        second.join();
        check(given >= 1 && account->now().given_up == static_cast<unsigned>(given), "its books are wrong");
        check(account->reserve(*make_task()), "a place is lost");
    });
}

/// Takes tasks until it is closed. Nobody may be inside of it when it is gone.
class fake_host final : public task_host {
public:
    ~fake_host() { check(!inside_, "a thread is inside of a host that is gone"); }

    bool run(std::unique_ptr<background_task>& task) override
    {
        inside_ = true;
        explored::step("the host takes a task");
        bool const takes = !closed;
        if (takes) {
            task.reset();
            ++taken;
        }
        inside_ = false;
        return takes;
    }

    bool closed = false;
    int taken = 0;

private:
    bool inside_ = false;
};

TEST(background_hosts_interleaved, has_nobody_inside_of_a_host_that_was_removed)
{
    explore({.preemptions = 3}, [] {
        detail::background_hosts hosts;
        fake_host stays;
        auto goes = std::make_unique<fake_host>();
        hosts.add(*goes);
        int run = 0;
        auto const give = [&] {
            hosts.run(make_task());
            ++run;
        };
        base::thread first{give};
        hosts.add(stays);
        base::thread second{give};
        hosts.remove(*goes);
        int const taken = goes->taken;
        goes.reset();
        first.join();
        second.join();
        check(run == 2 && taken + stays.taken == 2, "a task is lost");
    });
}

TEST(background_hosts_interleaved, gives_a_task_to_one_host_or_throws)
{
    explore({.preemptions = 3}, [] {
        detail::background_hosts hosts;
        fake_host first;
        fake_host second;
        hosts.add(first);
        hosts.add(second);
        bool refused = false;
        base::thread giver{[&] {
            try {
                hosts.run(make_task());
            } catch (std::logic_error const&) {
                refused = true;
            }
        }};
        first.closed = true;
        explored::step("the second closes");
        second.closed = true;
        hosts.remove(first);
        hosts.remove(second);
        giver.join();
        check(first.taken + second.taken == (refused ? 0 : 1), "a task is lost or has two hosts");
    });
}

} // namespace
} // namespace serval::handler
