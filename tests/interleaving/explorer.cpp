// Runs a piece of code under every order of its threads' steps.
#include "interleaving/explorer.hpp"

#include "interleaving/explored_sync.hpp"
#include "interleaving/scheduler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <pthread.h>
#include <sched.h>
#include <stdexcept>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace serval::explored {

void chooser::begin()
{
    made_.clear();
    state_ = seed;
    change_ = 1 + (draw() % 4) * (draw() % 4);
}

std::uint64_t chooser::draw() noexcept // splitmix64
{
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

std::size_t chooser::choose(std::size_t count)
{
    std::size_t const at = made_.size();
    std::size_t chosen = 0;
    if (at < prepared.size()) {
        if (prepared[at].count != count) return count;
        chosen = prepared[at].chosen;
    } else if (auto const found = replayed.find(at); found != replayed.end()) {
        chosen = found->second;
    } else if (random && count > 1 && draw() % change_ == 0) {
        chosen = draw() % count;
    }
    made_.push_back({chosen, count});
    return chosen;
}

bool chooser::advance()
{
    prepared = made_;
    while (!prepared.empty() && prepared.back().chosen + 1 == prepared.back().count)
        prepared.pop_back();
    if (prepared.empty()) return false;
    ++prepared.back().chosen;
    return true;
}

std::string chooser::schedule() const
{
    std::string text;
    for (std::size_t i = 0; i != made_.size(); ++i) {
        if (made_[i].chosen == 0) continue;
        text += (text.empty() ? "" : ",") + std::to_string(i) + '=' + std::to_string(made_[i].chosen);
    }
    return text.empty() ? "0=0" : text;
}

namespace {

scheduler* exploring = nullptr; // what a process that dies says the schedule of

void tell_schedule()
{
    if (exploring == nullptr) return;
    auto const text =
        "while exploring SERVAL_SCHEDULE=" + exploring->choices().schedule() + '\n' + exploring->steps();
    exploring = nullptr;
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, text.data(), text.size());
}

// Where the sanitizers have handlers of their own they call back instead.
void tell_schedule_at_death()
{
    static bool const once = [] {
        if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(tell_schedule);
        auto const handler = [](int signal) {
            std::signal(signal, SIG_DFL);
            tell_schedule();
            if (signal != SIGABRT) std::raise(signal);
        };
        std::signal(SIGABRT, handler);
        if (__sanitizer_set_death_callback == nullptr) std::signal(SIGSEGV, handler);
        return true;
    }();
    static_cast<void>(once);
}

// While it lives, this thread and those that it starts stay on one processor: only one of them runs at a
// time, and passing the baton to another processor takes three times as long.
class one_processor {
public:
    one_processor() noexcept
    {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<std::size_t>(std::max(sched_getcpu(), 0)), &one);
        kept_ = pthread_getaffinity_np(pthread_self(), sizeof before_, &before_) == 0 &&
                pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0;
    }
    ~one_processor()
    {
        if (kept_) pthread_setaffinity_np(pthread_self(), sizeof before_, &before_);
    }
    one_processor(one_processor const&) = delete;
    one_processor& operator=(one_processor const&) = delete;

private:
    cpu_set_t before_{};
    bool kept_ = false;
};

struct session {
    limits bounds;
    std::function<void()> const& body;
    one_processor here{};
    // Left to the threads that are stuck in it when a run fails.
    scheduler* runs = new scheduler{bounds};
    chooser choices{};
    outcome result{};

    bool run()
    {
        ++result.schedules;
        exploring = runs;
        bool failed = !runs->run(body, choices);
        exploring = nullptr;
        if (failed) {
            result.failure = runs->failure();
        } else if (testing::Test::HasFailure()) {
            result.failure = "an expectation has failed";
            failed = true;
        }
        if (failed) {
            result.schedule = choices.schedule();
            result.steps = runs->steps();
        }
        return !failed;
    }
    outcome finish()
    {
        static std::vector<scheduler*> left; // where leak checkers find them
        if (runs->failure().empty()) {
            delete runs;
        } else {
            left.push_back(runs);
        }
        return std::move(result);
    }
};

std::map<std::size_t, std::size_t> choices_of(std::string_view schedule)
{
    std::map<std::size_t, std::size_t> choices;
    auto const* at = schedule.data();
    auto const* const end = at + schedule.size();
    while (at != end) {
        std::size_t place = 0;
        std::size_t chosen = 0;
        at = std::from_chars(at, end, place).ptr;
        if (at == end || *at != '=') throw std::invalid_argument{"a schedule is place=choice,…"};
        at = std::from_chars(at + 1, end, chosen).ptr;
        if (at != end) ++at;
        choices[place] = chosen;
    }
    return choices;
}

void override_by_environment(std::size_t& value, char const* name)
{
    char const* const text = std::getenv(name);
    if (text == nullptr) return;
    std::from_chars(text, text + std::strlen(text), value);
}

scheduler& the_scheduler(char const* what)
{
    auto* const found = scheduler::current();
    if (found == nullptr) throw std::logic_error{std::string{what} + " outside of what is explored"};
    return *found;
}

} // namespace

outcome search(limits const& bounds, std::function<void()> const& body)
{
    tell_schedule_at_death();
    session s{bounds, body};
    bool more = true;
    while (more && s.result.schedules < bounds.schedules) {
        if (!s.run()) return s.finish();
        more = s.choices.advance();
    }
    s.result.complete = !more;
    s.choices = {};
    s.choices.random = true;
    std::size_t first = 0;
    override_by_environment(first, "SERVAL_EXPLORE_SEED");
    for (std::size_t i = 0; i != bounds.random; ++i) {
        s.choices.seed = first + i;
        if (!s.run()) break;
    }
    return s.finish();
}

outcome replay(limits const& bounds, std::function<void()> const& body, std::string_view schedule)
{
    auto choices = choices_of(schedule);
    auto unbounded = bounds;
    unbounded.preemptions = limits::unlimited;
    session s{unbounded, body};
    s.choices.replayed = std::move(choices);
    if (s.run()) s.result.steps = s.runs->steps();
    return s.finish();
}

outcome explore(limits const& bounds, std::function<void()> const& body)
{
    auto chosen = bounds;
    override_by_environment(chosen.preemptions, "SERVAL_EXPLORE_PREEMPTIONS");
    override_by_environment(chosen.schedules, "SERVAL_EXPLORE_SCHEDULES");
    override_by_environment(chosen.random, "SERVAL_EXPLORE_RANDOM");
    char const* const schedule = std::getenv("SERVAL_SCHEDULE");
    auto const found = schedule != nullptr ? replay(chosen, body, schedule) : search(chosen, body);
    if (!found.failure.empty()) {
        ADD_FAILURE() << found.failure << "\nin schedule " << found.schedules
                      << ", which SERVAL_SCHEDULE=" << found.schedule << " repeats:\n"
                      << found.steps;
    } else if (schedule != nullptr) {
        std::cout << "SERVAL_SCHEDULE: this run has not failed\n" << found.steps;
    } else {
        testing::Test::RecordProperty("schedules", static_cast<int>(found.schedules));
        std::cout << "             " << found.schedules << " schedules, "
                  << (found.complete ? "all within the bound\n" : "not all within the bound\n");
    }
    return found;
}

void check(bool holds, char const* what)
{
    if (!holds) the_scheduler("check").fail(what);
}

void step(char const* what)
{
    the_scheduler("step").step(nullptr, what);
}

void idle()
{
    the_scheduler("idle").idle();
}

void name_thread(std::string name)
{
    the_scheduler("name_thread").name(std::move(name));
}

} // namespace serval::explored
