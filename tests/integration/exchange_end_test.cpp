// Every kind of answer, times every way that one ends, times every kind of dependency: what runs for a
// request ends in one order, and nothing uses what has ended.
#include "integration/exchange_answers.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"
#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using serval::test::answers;
using serval::test::eventually;
using serval::test::get;
using serval::test::how;
using serval::test::ledger;
using serval::test::raw_client;
using serval::test::running_server;
using serval::test::status_of;
using step = serval::test::ledger::step;

/// How an answer can end, and which do.
enum ways : unsigned {
    read_whole = 1,
    client_leaves = 2, // closes, or resets
    not_read = 4,      // until limits::minimum_rate ends it
    time_limit = 8,    // of the route
    drain_deadline = 16,
    throws_first = 32,
    throws_later = 64,
};

struct answer_kind {
    std::string_view name;
    std::size_t size; // of the whole body; 0: whatever
    unsigned ends;
    how broken_off; // what it does when somebody breaks it off
};

constexpr unsigned handler_ends = read_whole | client_leaves | time_limit | drain_deadline | throws_first;
constexpr unsigned stream_ends = handler_ends | not_read | throws_later;

constexpr std::array kinds{
    answer_kind{"text", 100, handler_ends, how::endless},
    answer_kind{"plain", 100, handler_ends, how::endless},
    answer_kind{"model", 0, handler_ends, how::endless},
    // Its time limit is over when it is written.
    answer_kind{"large", serval::test::large_body,
                read_whole | client_leaves | not_read | drain_deadline | throws_first, how::flood},
    answer_kind{"file", 100'000, handler_ends | not_read, how::flood},
    answer_kind{"strings", 50, stream_ends, how::endless},
    answer_kind{"events", 0, stream_ends, how::endless},
    answer_kind{"models", 0, stream_ends, how::endless},
    answer_kind{"itself", 50, stream_ends, how::endless},
    answer_kind{"range", 50, stream_ends, how::endless},
    answer_kind{"large_range", 5 * serval::test::large_element, stream_ends, how::endless},
    answer_kind{"blocking", 50, read_whole | client_leaves | time_limit | drain_deadline, how::endless},
    answer_kind{"written", 50, stream_ends, how::endless},
    // What runs after the answer has no limit but the drain's.
    answer_kind{"tasks", 100, read_whole | client_leaves | drain_deadline | throws_first, how::whole},
    answer_kind{"stream_and_tasks", 50, stream_ends, how::endless},
    answer_kind{"dependency", 0, throws_first, how::whole},
};

constexpr std::array<std::string_view, 5> dependencies{"coroutine", "plain", "plain_on_coroutine",
                                                       "coroutine_on_plain", "adding"};

/// One request, under way.
struct one_case {
    answer_kind const* kind;
    std::string name;
    int id;
    raw_client client;
};

class exchange_end : public testing::Test {
protected:
    exchange_end()
    {
        directory_.write("small", std::string(100'000, 'x'));
        directory_.write("large", {});
        std::filesystem::resize_file(directory_.path() / "large", 16 << 20);
        stage_.small_file = directory_.text() + "/small";
        stage_.large_file = directory_.text() + "/large";
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
    }

    void serve(std::chrono::milliseconds route_limit = 0ms)
    {
        answers<&serval::test::coroutine_session>::add(app_, "/coroutine", route_limit);
        answers<&serval::test::plain_session>::add(app_, "/plain", route_limit);
        answers<&serval::test::plain_on_coroutine>::add(app_, "/plain_on_coroutine", route_limit);
        answers<&serval::test::coroutine_on_plain>::add(app_, "/coroutine_on_plain", route_limit);
        answers<&serval::test::adding_session>::add(app_, "/adding", route_limit);
        auto options = serval::test::quiet_settings();
        options.limits.rate_grace = 500ms;
        options.pool_threads = 100; // elements of ranges take their time
        server_ = std::make_unique<running_server>(app_, std::move(options));
        EXPECT_TRUE(server_->alive());
        ASSERT_TRUE(eventually([&] { return (*server_)->stats().connections == 0; }));
        descriptors_ = serval::test::descriptor_count();
    }

    /// Asks for all answers that end in this way, and waits until all are under way.
    std::vector<one_case> begin(ways end, int receive_buffer = 0)
    {
        std::vector<one_case> begun;
        for (auto const& kind : kinds) {
            if ((kind.ends & end) == 0) continue;
            for (auto const dependency : dependencies) {
                auto const mode = std::to_string(mode_of(kind, end));
                auto const id = static_cast<int>(begun.size());
                auto const name = std::string{"/"}.append(dependency).append("/").append(kind.name);
                begun.push_back({&kind, name, id, server_->connect(receive_buffer)});
                begun.back().client.send(get(name + "?id=" + std::to_string(id) + "&how=" + mode));
            }
        }
        for (auto& one : begun) {
            if (end == throws_first) break;
            EXPECT_TRUE(eventually([&] { return ledger_.count(one.id, step::entered) != 0; })) << one.name;
        }
        return begun;
    }

    static how mode_of(answer_kind const& kind, ways end)
    {
        switch (end) {
        case read_whole: return how::whole;
        case not_read: return how::flood;
        case throws_first: return how::throw_first;
        case throws_later: return how::throw_later;
        case drain_deadline: return kind.name == "tasks" ? how::endless : kind.broken_off;
        default: return kind.broken_off;
        }
    }

    /// While a step of a range runs, nothing that it uses ends.
    void expect_held(std::vector<one_case> const& cases)
    {
        for (auto const& one : cases) {
            if (one.kind->name != "blocking") continue;
            EXPECT_EQ(ledger_.count(one.id, step::ended), 0U) << one.name << '\n' << ledger_.all(one.id);
        }
    }

    void expect_order(std::vector<one_case> const& cases)
    {
        for (auto const& one : cases) {
            EXPECT_TRUE(eventually([&] { return ledger_.over(one.id); }, 10s)) << one.name;
            EXPECT_EQ(ledger_.problem(one.id), "") << one.name << '\n' << ledger_.all(one.id);
        }
    }

    /// Whether the tasks ran: those of the handler, and one that a destructor has added.
    void expect_tasks(std::vector<one_case> const& cases, std::size_t handlers)
    {
        for (auto const& one : cases) {
            auto const kind = one.kind->name;
            auto const expected = kind == "tasks" || kind == "stream_and_tasks" ? 2 * handlers : 0;
            EXPECT_EQ(ledger_.count(one.id, step::ran), expected) << one.name;
            auto const late = one.name.starts_with("/adding/") ? 1U : 0U;
            EXPECT_TRUE(eventually([&] { return ledger_.count(one.id, step::late) == late; })) << one.name;
        }
    }

    void expect_nothing_left(std::vector<one_case>& cases)
    {
        cases.clear();
        auto const idle = [&] {
            auto const now = (*server_)->stats();
            return now.connections == 0 && now.requests_in_flight == 0 && now.background.queued == 0 &&
                   now.background.running == 0 && now.pool_running == 0 && now.pool_queued == 0;
        };
        EXPECT_TRUE(eventually(idle));
        EXPECT_TRUE(eventually([&] { return serval::test::descriptor_count() == descriptors_; }))
            << serval::test::descriptor_count() << " descriptors, not " << descriptors_;
        EXPECT_TRUE(server_->alive());
    }

    /// Clients that leave in the middle, in this way.
    template <class F>
    void leave(F how_to_leave)
    {
        serve();
        serval::test::opened_at_exit const opened{stage_.step};
        auto cases = begin(client_leaves, 4096);
        for (auto& one : cases) {
            if (one.kind->name == "tasks") {
                EXPECT_EQ(status_of(one.client.read_answer()), 200) << one.name;
            } else if ((one.kind->ends & throws_later) != 0) {
                one.client.read_until("\r\n\r\n");
            }
            how_to_leave(one.client);
        }
        for (auto const& one : cases) {
            if (one.kind->name == "blocking") continue;
            EXPECT_TRUE(eventually([&] { return ledger_.over(one.id); }, 10s)) << one.name;
        }
        expect_held(cases);
        stage_.step.open();
        expect_order(cases);
        expect_nothing_left(cases);
    }

    serval::test::temp_directory directory_;
    ledger ledger_;
    serval::test::stage stage_;
    serval::app app_;
    std::size_t descriptors_ = 0;
    std::unique_ptr<running_server> server_;
};

TEST_F(exchange_end, comes_in_order_when_the_answer_was_read_whole)
{
    serve();
    stage_.step.open();
    auto cases = begin(read_whole);
    for (auto& one : cases) {
        auto const answer = one.client.read_answer();
        ASSERT_TRUE(answer) << one.name << ": " << one.client.problem();
        EXPECT_EQ(answer->status, 200) << one.name;
        if (one.kind->size == 0) continue;
        EXPECT_EQ(answer->body.size(), one.kind->size) << one.name;
    }
    expect_order(cases);
    expect_tasks(cases, 1);
    for (auto& one : cases)
        EXPECT_EQ(status_of(one.client.ask(get("/alive"))), 200) << one.name << ": its connection was kept";
    expect_nothing_left(cases);
}

TEST_F(exchange_end, comes_in_order_when_the_client_closes)
{
    leave([](raw_client& client) { client.close(); });
}

TEST_F(exchange_end, comes_in_order_when_the_client_resets)
{
    leave([](raw_client& client) { client.reset(); });
}

TEST_F(exchange_end, comes_in_order_when_the_client_reads_no_more)
{
    serve();
    auto cases = begin(not_read, 4096);
    expect_order(cases);
    expect_tasks(cases, 1);
    for (auto& one : cases)
        EXPECT_LT(one.client.read_to_end().size(), 16U << 20) << one.name << ": broken off";
    expect_nothing_left(cases);
}

TEST_F(exchange_end, comes_in_order_when_the_time_is_up)
{
    serve(300ms);
    serval::test::opened_at_exit const opened{stage_.step};
    auto cases = begin(time_limit, 4096);
    for (auto const& one : cases) {
        if (one.kind->name == "blocking") continue;
        EXPECT_TRUE(eventually([&] { return ledger_.over(one.id); }, 10s)) << one.name;
    }
    expect_held(cases);
    stage_.step.open();
    expect_order(cases);
    expect_tasks(cases, 1);
    for (auto& one : cases) {
        auto const answer = one.client.read_answer();
        auto const kind = one.kind->name;
        int const expected = kind == "text" || kind == "model" ? 503 : (kind == "plain" ? 200 : 0);
        EXPECT_EQ(status_of(answer), expected) << one.name;
    }
    expect_nothing_left(cases);
}

TEST_F(exchange_end, comes_in_order_at_the_deadline_of_a_drain)
{
    serve();
    serval::test::opened_at_exit const opened{stage_.step};
    auto cases = begin(drain_deadline, 4096);
    auto report = std::async(std::launch::async, [&] { return (*server_)->stop(300ms); });
    EXPECT_EQ(report.wait_for(1000ms), std::future_status::timeout) << "a step of a range still runs";
    expect_held(cases);
    stage_.step.open();
    auto const said = report.get();
    EXPECT_FALSE(said.clean);
    EXPECT_GT(said.cancelled, cases.size() / 2);
    EXPECT_EQ(said.stuck, 0U);
    for (auto const& one : cases) {
        EXPECT_TRUE(ledger_.over(one.id)) << one.name << " goes on after the server";
        EXPECT_EQ(ledger_.problem(one.id), "") << one.name << '\n' << ledger_.all(one.id);
    }
    auto const now = (*server_)->stats();
    EXPECT_EQ(now.connections + now.requests_in_flight + now.background.queued + now.background.running +
                  now.pool_running + now.pool_queued,
              0U);
}

TEST_F(exchange_end, comes_in_order_when_there_is_an_exception_before_the_answer)
{
    serve();
    auto cases = begin(throws_first);
    for (auto& one : cases) {
        auto const status = status_of(one.client.read_answer());
        // The head of a range's answer may have left while the pool made its first step; then it is broken
        // off.
        bool const range = one.kind->name.ends_with("range");
        EXPECT_TRUE(status == 500 || (range && status == 0)) << one.name << ": " << status;
    }
    expect_order(cases);
    expect_tasks(cases, 0);
    expect_nothing_left(cases);
}

TEST_F(exchange_end, comes_in_order_when_there_is_an_exception_in_the_middle)
{
    serve();
    auto cases = begin(throws_later);
    for (auto& one : cases) {
        auto const received = one.client.read_to_end();
        EXPECT_TRUE(received.starts_with("HTTP/1.1 200 ")) << one.name;
        EXPECT_FALSE(received.ends_with("\r\n0\r\n\r\n"))
            << one.name << ": the client sees that it is not whole";
    }
    expect_order(cases);
    expect_tasks(cases, 1);
    expect_nothing_left(cases);
}

TEST_F(exchange_end, comes_in_order_when_a_drain_ends_an_event_stream)
{
    serve();
    std::vector<one_case> cases;
    for (auto const dependency : dependencies) {
        auto const id = static_cast<int>(cases.size());
        auto const name = std::string{"/"}.append(dependency).append("/events");
        cases.push_back({&kinds[6], name, id, server_->connect()});
        cases.back().client.send(get(name + "?id=" + std::to_string(id) + "&how=1"));
        cases.back().client.read_until("data: ");
    }
    auto const report = (*server_)->stop(10s);
    EXPECT_TRUE(report.clean);
    for (auto& one : cases) {
        EXPECT_TRUE(one.client.read_to_end().ends_with("\r\n0\r\n\r\n")) << one.name;
        EXPECT_TRUE(ledger_.over(one.id)) << one.name;
        EXPECT_EQ(ledger_.problem(one.id), "") << one.name << '\n' << ledger_.all(one.id);
    }
    expect_tasks(cases, 1);
}

} // namespace
