#include "crowd.hpp"

#include "ledger.hpp"

#include <algorithm>
#include <numeric>
#include <poll.h>
#include <string>

namespace chaos {

namespace {

/// Without a byte: longer than the kernel needs to deliver what a closed socket had.
constexpr auto patience = std::chrono::seconds{3};

void report_open(client const& one)
{
    std::string text = std::string{"a client that "} + one.plan().behaviour + " still has its connection";
    if (!one.plan().requests.empty())
        text += "; its first request is " + describe(one.plan().requests.front());
    ledger::current().fail("connection-left-open", std::move(text));
}

} // namespace

crowd::crowd(life_plan const& plan, address where) : around_{&plan, std::move(where), steady::now()}
{
    for (auto const& one : plan.clients)
        clients_.emplace_back(one, around_);
    for (std::size_t i = 0; i != threads_max; ++i)
        threads_.emplace_back([this, i] { run(i); });
}

crowd::~crowd()
{
    finish();
}

void crowd::finish()
{
    final_ = true;
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

void crowd::run(std::size_t part)
{
    std::vector<client*> mine;
    for (std::size_t i = part; i < clients_.size(); i += threads_max)
        mine.push_back(&clients_[i]);
    std::vector<pollfd> waiting;
    steady::time_point give_up = steady::time_point::max();
    std::size_t received = 0;
    for (;;) {
        bool const final = final_;
        auto const now = steady::now();
        for (auto* const one : mine)
            one->advance(now, final);
        auto const sum =
            std::accumulate(mine.begin(), mine.end(), std::size_t{0},
                            [](std::size_t n, client const* one) { return n + one->received(); });
        if (final && (give_up == steady::time_point::max() || sum != received)) give_up = now + patience;
        received = sum;
        std::erase_if(mine, [](client const* one) { return one->done(); });
        if (mine.empty()) return;
        if (now >= give_up) break;
        waiting.clear();
        for (auto* const one : mine) {
            auto const events = one->events(now, final);
            if (one->descriptor() >= 0 && events != 0) waiting.push_back({one->descriptor(), events, 0});
        }
        timespec const step{0, 500'000}; // the finest time of the plans
        ::ppoll(waiting.data(), waiting.size(), &step, nullptr);
    }
    for (auto* const one : mine) {
        report_open(*one);
        one->abandon();
    }
}

} // namespace chaos
