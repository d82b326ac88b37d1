#include "invariants.hpp"

#include "dependencies.hpp"
#include "requests.hpp"
#include "support/process_facts.hpp"

#include <algorithm>
#include <string>

namespace chaos {

namespace {

constexpr std::chrono::milliseconds graces{3500};
constexpr int slowness = serval::test::under_sanitizer() ? 3 : 1;
/// Nothing of a life blocks for longer than a few milliseconds.
constexpr std::chrono::milliseconds enough{1200 * slowness};

std::string number(std::size_t n, char const* what)
{
    return std::to_string(n) + ' ' + what;
}

std::string in_ms(steady::duration duration)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

void check_stop(life_plan const& plan, life_facts const& facts, ledger& into)
{
    auto const deadline = plan.ending == ending::destructor ? milliseconds{0} : plan.deadline;
    if (facts.stop_took > deadline + graces) {
        into.fail("stop-too-long", "the stop took " + in_ms(facts.stop_took));
    } else if (facts.stop_took > deadline + enough) {
        into.fail("stop-waited", "the stop took " + in_ms(facts.stop_took) + ", deadline " + in_ms(deadline) +
                                     ": something did not end when it was cancelled");
    }
    if (facts.stuck)
        into.fail("stuck",
                  number(facts.report ? facts.report->stuck : 1, "stuck, though nothing blocks; it took ") +
                      in_ms(facts.stop_took));
}

void check_stats(life_facts const& facts, ledger& into)
{
    if (!facts.after || facts.stuck) return;
    auto const& now = *facts.after;
    auto const zero = [&](std::size_t value, char const* what) {
        if (value != 0) into.fail("gauge-not-zero", number(value, what) + " after the stop");
    };
    zero(now.connections, "connections");
    zero(now.requests_in_flight, "requests_in_flight");
    zero(now.pool_running, "pool_running");
    zero(now.pool_queued, "pool_queued");
    zero(now.background.queued, "background.queued");
    zero(now.background.running, "background.running");
}

void check_process(life_facts const& facts, ledger& into)
{
    if (facts.stuck) return;
    if (facts.descriptors_after > facts.descriptors_before)
        into.fail("descriptors-left", number(facts.descriptors_after, "descriptors, before ") +
                                          std::to_string(facts.descriptors_before));
    if (facts.threads_after > facts.threads_before)
        into.fail("threads-left",
                  number(facts.threads_after, "threads, before ") + std::to_string(facts.threads_before));
    if (facts.socket_left) into.fail("socket-left", "the Unix socket is still there");
    auto const zero = [&](int value, char const* what) {
        if (value != 0) into.fail("object-left", std::to_string(value) + ' ' + what + " live on");
    };
    zero(into.live_handlers.load(), "handlers");
    zero(into.live_producers.load(), "streams");
    zero(into.live_tasks.load(), "tasks");
    zero(into.live_leases.load(), "dependencies");
    if (into.started.load() && into.shutdowns.load() != 2)
        into.fail("shutdown-hooks", number(into.shutdowns.load(), "of two shutdown hooks have run"));
}

/// Each dependency has ended once, after all that uses it, and on the right thread.
void check_dependencies(life_plan const& plan, request_plan const& request, request_record const& record,
                        ledger& into)
{
    auto const say = [&](char const* what, std::size_t which, std::string text) {
        into.fail(what,
                  "dependency " + std::to_string(which) + " of request " + describe(request) + ' ' + text);
    };
    for (std::size_t i = 0; i != record.dependencies.size(); ++i) {
        auto const& one = record.dependencies[i];
        if (one.begun.load() > 1)
            say("dependency-twice", i, "has begun " + number(one.begun.load(), "times"));
        if (one.begun.load() != one.ended.load()) {
            say("dependency-not-ended", i, "has ended " + number(one.ended.load(), "times"));
            continue;
        }
        if (one.begun.load() == 0) continue;
        auto const end = one.end_at.load();
        if (record.handler_end.load() > end) say("dependency-before-handler", i, "ended before the handler");
        if (record.producer_end.load() > end)
            say("dependency-before-stream", i, "ended before the stream that uses it");
        for (auto const& task : record.tasks)
            if (task.added.load() != 0 && task.end_at.load() > end && record.handler_done.load() != 0 &&
                request.kind != kind::background)
                say("dependency-before-tasks", i, "ended before the request's background tasks");
        bool const plain = i == transaction_number || i == connection_number;
        auto const on = one.end_on.load();
        if (plain && on != thread_kind::pool)
            say("plain-dependency-end", i, "has not ended on a thread of the pool");
        // Without the context's thread, it is the one that calls stop().
        bool const on_loop = on == thread_kind::loop || plan.ending == ending::context_stopped_first;
        if (!plain && !on_loop) say("coroutine-dependency-end", i, "has not ended on a loop");
    }
    auto const later = [&](std::size_t above, std::size_t below) {
        auto const& one = record.dependencies;
        if (one[above].ended.load() != 0 && one[above].end_at.load() > one[below].end_at.load())
            say("dependency-order", above, "ended after the one below it");
    };
    later(transaction_number, session_number);
    later(view_number, connection_number);
}

bool is_accepted(request_record const& record, request_plan const& request, task_record const& task)
{
    return task.added.load() != 0 && (request.kind == kind::background || record.handler_done.load() != 0);
}

struct task_sums {
    std::size_t accepted = 0;
    std::size_t completed = 0;
    std::size_t not_completed = 0;
};

void add(task_sums& to, task_record const& task)
{
    ++to.accepted;
    task.completed.load() != 0 ? ++to.completed : ++to.not_completed;
}

/// Each task that was accepted has run, or is among those that are said to have failed.
void check_tasks(life_plan const& plan, life_facts const& facts, ledger& into)
{
    task_sums sums;
    for (auto const& client : plan.clients) {
        for (auto const& request : client.requests) {
            auto const& record = into.at(request.id);
            for (auto const& task : record.tasks) {
                if (is_accepted(record, request, task)) add(sums, task);
                if (task.completed.load() > 1)
                    into.fail("task-twice", "a task of request " + describe(request) + " has run " +
                                                number(task.completed.load(), "times"));
            }
        }
    }
    for (std::uint64_t i = 0; i != ledger::app_tasks_max; ++i)
        if (into.app_task(i).added.load() != 0) add(sums, into.app_task(i));
    if (!facts.after || facts.stuck) return;
    auto const& stats = facts.after->background;
    if (sums.not_completed > stats.failed)
        into.fail("task-lost",
                  number(sums.not_completed, "tasks have not come to their end; said to have failed: ") +
                      std::to_string(stats.failed) +
                      ", given up: " + std::to_string(facts.report->tasks_given_up));
    if (sums.accepted > stats.done + stats.failed)
        into.fail("task-uncounted", number(sums.accepted, "tasks were accepted; counted: ") +
                                        std::to_string(stats.done + stats.failed));
    if (stats.done > sums.completed)
        into.fail("task-not-run", number(stats.done, "tasks are said to be done; came to their end: ") +
                                      std::to_string(sums.completed));
}

/// Where the server closes while it has not read all that was sent, TCP resets the connection, and what is on
/// its way to the client is lost. After the deadline nobody lingers to avoid that.
bool lost_by_reset(client const& one, std::size_t i)
{
    auto const& plan = one.plan();
    bool const more_was_sent =
        takes_body(plan.requests[i].kind) || (plan.pipelined && i + 1 != plan.requests.size());
    auto const& results = one.results();
    auto const behind = results.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    bool const reset = std::any_of(results.begin(), behind, [](request_result const& r) { return r.reset; });
    return reset && more_was_sent; // answers behind the one that it has met are lost, too
}

/// A clean stop has answered all that was begun, to all who waited for it.
void check_clean(life_plan const& plan, life_facts const& facts, crowd const& clients, ledger& into)
{
    if (!facts.report || !facts.report->clean || plan.has_handler_timeout()) return;
    for (auto const& client : clients.clients()) {
        if (!client.plan().stays) continue;
        for (std::size_t i = 0; i != client.results().size(); ++i) {
            auto const& request = client.plan().requests[i];
            auto const outcome = client.results()[i].outcome;
            bool const begun = into.at(request.id).begun() || outcome == outcome::broken;
            if (!begun || outcome == outcome::whole || outcome == outcome::not_sent) continue;
            if (lost_by_reset(client, i)) continue;
            if (good_status(request, plan.settings.limits.json_body) == 0) continue; // breaks off by itself
            into.fail("clean-but-cut",
                      std::string{"the stop says clean, and a client that "} + client.plan().behaviour +
                          (outcome == outcome::broken ? " got a part of " : " got nothing of ") +
                          describe(request));
        }
    }
}

void check_ends(life_plan const& plan, ledger& into)
{
    for (auto const& client : plan.clients)
        for (auto const& request : client.requests)
            check_dependencies(plan, request, into.at(request.id), into);
}

} // namespace

void check_life(life_plan const& plan, life_facts const& facts, crowd const& clients, ledger& into)
{
    check_stop(plan, facts, into);
    check_stats(facts, into);
    check_process(facts, into);
    if (!facts.stuck) check_ends(plan, into);
    check_tasks(plan, facts, into);
    check_clean(plan, facts, clients, into);
}

} // namespace chaos
