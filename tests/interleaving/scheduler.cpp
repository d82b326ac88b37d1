// Of the explorer: one run, whose threads go one at a time.
#include "interleaving/scheduler.hpp"

#include "interleaving/explored_sync.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

namespace serval::explored {

// A thread of the system, used by one run after the other.
struct scheduler::worker {
    baton turn;
    std::function<void()> body;
    logical* thread = nullptr;
    bool quits = false;
    std::thread system_thread;
};

namespace {

struct place {
    scheduler* of = nullptr;
    std::size_t number = 0;
};

thread_local place here;

} // namespace

scheduler* scheduler::current() noexcept
{
    return here.of;
}

scheduler::logical& scheduler::self() noexcept
{
    return *threads_[here.number - 1];
}

scheduler::scheduler(limits const& bounds) : bounds_{bounds} {}

scheduler::~scheduler()
{
    for (auto& w : workers_) {
        w->quits = true;
        w->turn.pass();
        w->system_thread.join();
    }
}

bool scheduler::run(std::function<void()> const& body, chooser& choices)
{
    choices_ = &choices;
    choices.begin();
    threads_.clear();
    trace_.clear();
    progress_ = 0;
    preemptions_ = 0;
    start(body);
    threads_.front()->name = "main";
    threads_.front()->runs_on->turn.pass();
    if (!done_.take_within(std::chrono::seconds{30})) {
        std::fputs("explorer: a thread waits for something that is not explored\n", stderr);
        std::abort(); // which says the schedule
    }
    return failure_.empty();
}

// The threads of a failed run cannot be unwound: they wait in the midst of code that lets nothing through.
void scheduler::fail(std::string why)
{
    failure_ = std::move(why);
    done_.pass();
    for (;;)
        baton{}.take();
}

std::size_t scheduler::start(std::function<void()> body)
{
    if (threads_.size() >= bounds_.threads) return 0;
    auto& w = free_worker();
    threads_.push_back(std::make_unique<logical>());
    auto& started = *threads_.back();
    started.number = threads_.size();
    started.name = "thread " + std::to_string(started.number);
    started.runs_on = &w;
    w.thread = &started;
    w.body = std::move(body);
    if (current() != nullptr) step(nullptr, "start a thread");
    return started.number;
}

scheduler::worker& scheduler::free_worker()
{
    for (auto& w : workers_) {
        if (w->thread == nullptr) return *w;
    }
    workers_.push_back(std::make_unique<worker>());
    auto& made = *workers_.back();
    made.system_thread = std::thread{[this, &made] { work(made); }};
    return made;
}

void scheduler::work(worker& w)
{
    for (;;) {
        w.turn.take();
        if (w.quits) return;
        here = {this, w.thread->number};
        try {
            auto const body = std::exchange(w.body, nullptr);
            body();
        } catch (std::exception const& e) {
            fail(std::string{"an exception has left a thread: "} + e.what());
        } catch (...) {
            fail("an exception has left a thread");
        }
        end(*w.thread);
    }
}

void scheduler::end(logical& me)
{
    me.now = state::ended;
    record(me, "ends", nullptr);
    me.runs_on->thread = nullptr;
    here = {};
    logical* const next = next_after(me);
    if (next != nullptr) {
        next->runs_on->turn.pass();
    } else {
        done_.pass(); // from here on another run may use the worker
    }
}

void scheduler::record(logical& me, char const* what, void const* object)
{
    trace_.push_back({me.number, what, object});
    if (trace_.size() > bounds_.steps) fail("it does not end: " + what_all_wait_for());
    if (me.now == state::idle) return;
    ++progress_;
    ++me.own_steps;
}

// The thread that runs says what it is about to do, and goes on when that can be done and is its turn.
void scheduler::pause(logical& me, state now, void const* on, char const* what)
{
    me.now = now;
    me.on = on;
    record(me, what, on);
    logical* const next = next_after(me);
    if (next != &me) {
        next->runs_on->turn.pass();
        me.runs_on->turn.take();
    }
    me.now = state::ready;
    me.on = nullptr;
}

bool scheduler::is_enabled(logical const& t) const
{
    switch (t.now) {
    case state::ready: return true;
    case state::locking: return t.relock->owner_ == 0;
    case state::joining: return threads_[t.joined - 1]->now == state::ended;
    case state::idle: return progress_ - t.own_steps != t.seen;
    case state::waiting:
    case state::ended: break;
    }
    return false;
}

// What costs a preemption stands last, so that a choice has the same number whatever the bound is.
void scheduler::offer(logical& me)
{
    alternatives_.clear();
    bool const goes_on = is_enabled(me);
    if (goes_on) alternatives_.push_back({&me, false, false});
    for (std::size_t i = 0; i != threads_.size() - 1; ++i) {
        auto& other = *threads_[(me.number + i) % threads_.size()];
        if (is_enabled(other)) alternatives_.push_back({&other, false, goes_on});
    }
    bool const some = !alternatives_.empty();
    for (auto& t : threads_) {
        bool const may_time_out = t->now == state::waiting && t->limited && t->relock->owner_ == 0;
        if (may_time_out) alternatives_.push_back({t.get(), true, some});
    }
}

std::size_t scheduler::choose(std::size_t count)
{
    auto const chosen = choices_->choose(count);
    if (chosen >= count)
        fail("this run does not do what the one before did: something but the schedule differs");
    return chosen;
}

// nullptr: all have ended.
scheduler::logical* scheduler::next_after(logical& me)
{
    offer(me);
    if (alternatives_.empty()) {
        for (auto const& t : threads_) {
            if (t->now != state::ended) fail("all wait: " + what_all_wait_for());
        }
        return nullptr;
    }
    std::size_t count = alternatives_.size();
    if (preemptions_ >= bounds_.preemptions && !choices_->random) {
        while (alternatives_[count - 1].costs)
            --count;
    }
    auto const& chosen = alternatives_[choose(count)];
    if (chosen.costs) ++preemptions_;
    if (chosen.times_out) {
        record(*chosen.thread, "times out", chosen.thread->on);
        chosen.thread->timed_out = true;
    }
    return chosen.thread;
}

void scheduler::step(void const* object, char const* what)
{
    pause(self(), state::ready, object, what);
}

void scheduler::idle()
{
    auto& me = self();
    pause(me, state::idle, nullptr, "idle");
    me.seen = progress_ - me.own_steps;
}

void scheduler::name(std::string name)
{
    self().name = std::move(name);
}

void scheduler::lock(mutex& m)
{
    auto& me = self();
    if (m.owner_ == me.number) fail("a mutex is locked twice by " + me.name);
    me.relock = &m;
    pause(me, state::locking, &m, "lock");
    m.lifetime_.expect_alive();
    m.owner_ = me.number;
}

bool scheduler::try_lock(mutex& m)
{
    step(&m, "try to lock");
    m.lifetime_.expect_alive();
    if (m.owner_ != 0) return false;
    m.owner_ = self().number;
    return true;
}

void scheduler::unlock(mutex& m)
{
    if (m.owner_ != self().number) fail("a mutex is unlocked that " + self().name + " has not locked");
    m.owner_ = 0;
    step(&m, "unlock");
}

bool scheduler::wait(condition_variable& c, mutex& m, bool limited)
{
    auto& me = self();
    step(&c, "is about to wait");
    if (m.owner_ != me.number) fail("a condition is waited for without its lock");
    m.owner_ = 0;
    me.relock = &m;
    me.limited = limited;
    me.timed_out = false;
    pause(me, state::waiting, &c, limited ? "wait with a limit" : "wait");
    me.limited = false;
    m.lifetime_.expect_alive();
    m.owner_ = me.number;
    return !me.timed_out;
}

void scheduler::notify(condition_variable& c, bool all)
{
    step(&c, all ? "notify all" : "notify one");
    std::vector<logical*> waiting;
    for (auto& t : threads_) {
        if (t->now == state::waiting && t->on == &c) waiting.push_back(t.get());
    }
    if (!all && !waiting.empty()) waiting = {waiting[choose(waiting.size())]};
    for (auto* const t : waiting) {
        t->now = state::locking;
        t->on = t->relock;
    }
}

void scheduler::expect_unused(void const* object)
{
    for (auto const& t : threads_) {
        bool const relocks = t->now == state::locking || t->now == state::waiting;
        if (t->on == object || (relocks && t->relock == object))
            fail("what " + t->name + " waits for is destroyed by " + self().name);
    }
}

void scheduler::join(std::size_t number)
{
    auto& me = self();
    me.joined = number;
    pause(me, state::joining, nullptr, "join");
}

std::string scheduler::what_all_wait_for() const
{
    static constexpr char const* states[] = {"can go on", "waits for a mutex", "waits for a condition",
                                             "joins",     "is idle",           "has ended"};
    std::string text;
    for (auto const& t : threads_) {
        if (t->now == state::ended) continue;
        text += (text.empty() ? "" : ", ") + t->name + ' ' + states[static_cast<std::size_t>(t->now)];
        if (t->now == state::joining) text += ' ' + threads_[t->joined - 1]->name;
    }
    return text;
}

std::string scheduler::steps() const
{
    std::map<void const*, std::size_t> objects;
    std::string text;
    for (auto const& [number, what, object] : trace_) {
        text += "  " + threads_[number - 1]->name + ": " + what;
        if (object != nullptr)
            text += " #" + std::to_string(objects.try_emplace(object, objects.size() + 1).first->second);
        text += '\n';
    }
    return text;
}

} // namespace serval::explored
