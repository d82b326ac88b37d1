#include "content.hpp"
#include "endpoints.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace chaos {

namespace {

using std::chrono::milliseconds;

void short_task(task_ticket const& ticket)
{
    ticket.begin();
    ticket.complete();
}

void slow_task(task_ticket const& ticket)
{
    ticket.begin();
    std::this_thread::sleep_for(milliseconds{2});
    ticket.complete();
}

serval::task<void> napping_task(task_ticket ticket)
{
    ticket.begin();
    co_await serval::sleep_for(milliseconds(2));
    ticket.complete();
}

void second_try(task_ticket const& ticket)
{
    if (ticket.begin() == 1) ticket.fail();
    ticket.complete();
}

serval::task<void> never_well(task_ticket ticket)
{
    ticket.begin();
    co_await serval::sleep_for(milliseconds(1));
    ticket.fail();
}

serval::task<void> fails_at_once(task_ticket ticket)
{
    ticket.begin();
    ticket.fail();
    co_return;
}

/// Adds a task of one of the kinds that there are; `to` is a background_tasks or a background_handle.
template <class To>
void add_task(To& to, task_record& record, std::size_t kind)
{
    using serval::task_options;
    task_ticket ticket(record);
    switch (kind % 8) {
    case 0: to.add(short_task, std::move(ticket)); break;
    case 1: to.add(slow_task, std::move(ticket)); break;
    case 2: to.add(napping_task, std::move(ticket)); break;
    case 3: to.add(task_options{}.retries(2, milliseconds{1}), second_try, std::move(ticket)); break;
    case 4: to.add(task_options{}.retries(1, milliseconds{1}), never_well, std::move(ticket)); break;
    case 5:
        to.add(task_options{}.time_limit(std::chrono::seconds{30}), napping_task, std::move(ticket));
        break;
    case 6:
        to.add(task_options{}.retries(3, milliseconds{2}).time_limit(std::chrono::seconds{30}), second_try,
               std::move(ticket));
        break;
    default: to.add(task_options{}.retries(2, milliseconds{0}), fails_at_once, std::move(ticket)); break;
    }
    record.added.add();
}

std::string with_tasks(id_parameter id, n_parameter n, nap_parameter count, transaction t,
                       serval::background_tasks& tasks)
{
    handler_scope scope(*id);
    t->use("a handler with tasks");
    for (std::size_t i = 0; i != static_cast<std::size_t>(*count) && i != request_record::tasks_max; ++i)
        add_task(tasks, scope.record().tasks[i], *id + i);
    scope.done();
    return content(*id, 0, *n);
}

/// Without a dependency nothing of the request is kept for the tasks.
serval::task<std::string> with_free_tasks(id_parameter id, n_parameter n, nap_parameter count,
                                          serval::background_tasks& tasks)
{
    handler_scope scope(*id);
    for (std::size_t i = 0; i != static_cast<std::size_t>(*count) && i != request_record::tasks_max; ++i)
        add_task(tasks, scope.record().tasks[i], *id + i);
    scope.done();
    co_return content(*id, 0, *n);
}

/// A stream whose tasks come after its last element.
serval::response streamed_with_tasks(id_parameter id, n_parameter n, serval::request& r, view v,
                                     serval::background_tasks& tasks)
{
    handler_scope scope(*id);
    add_task(tasks, scope.record().tasks[0], *id);
    scope.done();
    struct body {
        static serval::task<void> write(serval::response_writer& out, std::uint64_t of, std::size_t count,
                                        std::stop_token token, lease* used)
        {
            std::vector<lease*> uses{used};
            producer_scope producer(of, std::move(token), std::move(uses));
            for (std::size_t k = 0; k != count; ++k) {
                producer.step();
                std::string const made = content(of, k, element_size(of, k, false));
                co_await out.write(made);
                if (k % 4 == 1) co_await serval::sleep_for(milliseconds(1));
            }
            producer.done();
        }
    };
    std::uint64_t const number = *id;
    return serval::streaming_response(
        [number, count = *n, token = r.stop_token(), used = &*v](serval::response_writer& out) {
            return body::write(out, number, count, token, used);
        },
        "text/plain");
}

/// From a hook: the server may have no room for it.
void add_app_task(serval::background_handle const& tasks, std::size_t i, std::size_t kind)
{
    try {
        add_task(tasks, ledger::current().app_task(i), kind);
    } catch (serval::http_error const&) {
    }
}

/// The run of a start-up hook.
class startup_scope {
public:
    startup_scope() noexcept : ledger_{&ledger::current()} { ledger_->live_startups.add(); }
    ~startup_scope() { ledger_->live_startups.add(-1); }
    startup_scope(startup_scope const&) = delete;
    startup_scope& operator=(startup_scope const&) = delete;

private:
    ledger* ledger_;
};

/// Called when all else has ended.
void check_that_all_has_ended()
{
    auto& all = ledger::current();
    all.shutdowns.add();
    auto const check = [&](relaxed<int> const& live, char const* what) {
        if (live.load() == 0) return;
        all.fail("alive-at-shutdown", std::to_string(live.load()) + ' ' + what + " at the shutdown hook");
    };
    check(all.live_handlers, "handlers");
    check(all.live_producers, "streams");
    check(all.live_tasks, "tasks");
    check(all.live_leases, "dependencies");
    check(all.live_startups, "start-up hooks");
}

} // namespace

void add_tasks(serval::app& app)
{
    app.get("/tasks/{id}/{n}", with_tasks);
    app.get("/free-tasks/{id}/{n}", with_free_tasks);
    app.get("/streamed-tasks/{id}/{n}", streamed_with_tasks);
    app.get(
        "/background/{id}/{n}",
        [tasks = app.background()](id_parameter id, n_parameter n, session s) -> serval::task<std::string> {
            handler_scope scope(*id);
            s->use("a handler");
            add_task(tasks, scope.record().tasks[0], *id);
            scope.done();
            co_return content(*id, 0, *n);
        });
}

void add_hooks(serval::app& app)
{
    app.on_startup([tasks = app.background()]() -> serval::task<void> {
        startup_scope scope;
        co_await serval::sleep_for(milliseconds(1));
        add_app_task(tasks, 0, 5);
    });
    app.on_startup([tasks = app.background()] {
        startup_scope scope;
        add_app_task(tasks, 1, 6);
        ledger::current().started.store(true);
    });
    app.on_shutdown([]() -> serval::task<void> {
        check_that_all_has_ended();
        co_await serval::sleep_for(milliseconds(1));
    });
    app.on_shutdown([] { check_that_all_has_ended(); });
}

} // namespace chaos
