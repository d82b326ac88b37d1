// An Upgrade: a connection that another protocol takes over.
#include "app/freeze.hpp"
#include "http/upgrade.hpp"
#include "server/loop.hpp"
#include "server/memory_transport.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view asking =
    "GET /echo?name=n HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

struct seen {
    int begun = 0;
    int ended = 0;
    int drained = 0;
    std::string name;
};

/// Sends back what comes; "quit" ends it, "fail" fails, "big" sends a lot.
class echo_upgrade final : public http::upgrade {
public:
    echo_upgrade(std::string_view name, seen& by) : name_{name}, seen_{by} { ++seen_.begun; }
    ~echo_upgrade() override { ++seen_.ended; }

    std::string_view protocol() const noexcept override { return "echo"; }
    task<void> run(http::upgraded_stream& over) override
    {
        for (;;) {
            auto const bytes = co_await over.read();
            if (bytes.empty() || bytes == "quit") break;
            if (bytes == "fail") throw std::runtime_error("failed");
            std::string const answer = bytes == "big" ? std::string(1 << 20, 'x') : std::string(bytes);
            co_await over.write(answer);
        }
        seen_.name = name_; // a view of the request, which lives as long
        std::string_view const bye = "bye";
        co_await over.write(bye);
    }
    void drain() noexcept override { ++seen_.drained; }

private:
    std::string_view name_;
    seen& seen_;
};

class takeovers : public testing::Test {
protected:
    takeovers()
    {
        options_.log = log_;
        auto const answer = [this](params::query<"name", std::string>, request& asked) -> task<response> {
            response made;
            made.header("x-kind", "test");
            http::switch_protocols(made, std::make_shared<echo_upgrade>(asked.path(), seen_));
            co_return made;
        };
        app_.get("/echo", answer);
        app_.post("/echo", answer);
    }
    ~takeovers() override
    {
        if (!on_) return;
        on_loop([this] { on_->cancel_all(); });
        on_loop([this] { on_->close_all(); });
        on_loop([this] { on_->stop_ticking(); });
    }

    memory_client connect(std::string bytes)
    {
        if (!on_) {
            shared_ = std::make_shared<environment>(options_, app_impl::freeze(app_, options_));
            on_ = std::make_shared<loop>(context_, shared_, &clock_.impl());
            on_->attach();
        }
        auto made = make_memory_stream(context_.get_executor(), client_address{"a", 1});
        on_->serve(std::move(made.server));
        made.client.write(std::move(bytes));
        run();
        return std::move(made.client);
    }
    std::string ask(memory_client& client, std::string bytes)
    {
        client.write(std::move(bytes));
        run();
        return client.read();
    }
    void on_loop(std::function<void()> const& call)
    {
        boost::asio::post(context_, call);
        run();
    }
    void run()
    {
        context_.restart();
        context_.poll();
    }
    void pass(std::chrono::milliseconds duration)
    {
        for (auto left = duration; left > 0ms; left -= 50ms) {
            clock_.advance(50ms);
            run();
        }
    }
    std::int64_t in_flight() const { return on_->counters().requests_in_flight.value(); }

    std::shared_ptr<test::recording_log> log_ = std::make_shared<test::recording_log>();
    settings options_;
    app app_;
    seen seen_;
    manual_clock clock_;
    boost::asio::io_context context_{1};
    std::shared_ptr<environment> shared_;
    std::shared_ptr<loop> on_;
};

TEST_F(takeovers, begin_with_101_and_the_bytes_that_came_with_the_request)
{
    auto client = connect(std::string(asking) + "first");
    auto const begun = client.read();
    EXPECT_TRUE(begun.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << begun;
    EXPECT_NE(begun.find("\r\nconnection: upgrade\r\nupgrade: echo\r\n"), std::string::npos) << begun;
    EXPECT_NE(begun.find("\r\nx-kind: test\r\n"), std::string::npos) << begun;
    EXPECT_EQ(begun.find("content-"), std::string::npos) << begun;
    EXPECT_TRUE(begun.ends_with("\r\n\r\nfirst")) << begun;
    EXPECT_EQ(ask(client, "second"), "second");
    EXPECT_TRUE(log_->contains("\"GET /echo?name=n HTTP/1.1\" 101")) << log_->all();
    EXPECT_EQ(in_flight(), 1);
}

TEST_F(takeovers, begin_with_bytes_that_come_in_one_piece_with_the_head_or_byte_by_byte)
{
    auto const all = std::string(asking) + "abc";
    auto client = connect("");
    std::string received;
    for (char const c : all)
        received += ask(client, std::string(1, c));
    EXPECT_TRUE(received.ends_with("\r\n\r\nabc")) << received;
}

TEST_F(takeovers, end_with_what_was_written_last_and_close_the_connection)
{
    auto client = connect(std::string(asking));
    client.read();
    EXPECT_EQ(ask(client, "quit"), "bye");
    client.write("too late");
    client.shutdown_send();
    pass(1s);
    EXPECT_TRUE(client.at_end());
    EXPECT_FALSE(client.was_reset());
    EXPECT_EQ(seen_.ended, 1);
    EXPECT_EQ(seen_.name, "/echo");
    EXPECT_EQ(in_flight(), 0);
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(takeovers, see_the_end_of_the_peers_bytes_and_may_answer_it)
{
    auto client = connect(std::string(asking));
    client.read();
    client.shutdown_send();
    run();
    EXPECT_EQ(client.read(), "bye");
    EXPECT_EQ(seen_.ended, 1);
}

TEST_F(takeovers, last_as_long_as_they_like)
{
    options_.limits.handler_timeout = 1s;
    options_.limits.keep_alive_timeout = 1s;
    auto client = connect(std::string(asking));
    client.read();
    pass(1min);
    EXPECT_EQ(ask(client, "still"), "still");
}

TEST_F(takeovers, reset_a_peer_that_does_not_read)
{
    auto client = connect(std::string(asking));
    client.read();
    client.write("big");
    run();
    pass(6s);
    EXPECT_TRUE(client.was_reset());
    EXPECT_EQ(seen_.ended, 1);
    EXPECT_EQ(in_flight(), 0);
}

TEST_F(takeovers, that_fail_reset_the_connection)
{
    auto client = connect(std::string(asking));
    client.read();
    client.write("fail");
    run();
    EXPECT_TRUE(client.was_reset());
    EXPECT_EQ(seen_.ended, 1);
    EXPECT_TRUE(log_->contains("Exception in the stream of GET /echo?name=n: failed")) << log_->all();
}

TEST_F(takeovers, hear_of_a_drain_and_are_cancelled_at_its_deadline)
{
    auto client = connect(std::string(asking));
    on_loop([this] { on_->drain(1s); });
    EXPECT_GE(seen_.drained, 1);
    EXPECT_EQ(seen_.ended, 0);
    on_loop([this] { on_->cancel_all(); });
    EXPECT_EQ(seen_.ended, 1);
    pass(3s);
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(takeovers, end_with_a_peer_that_resets)
{
    auto client = connect(std::string(asking));
    client.reset();
    run();
    EXPECT_EQ(seen_.ended, 1);
    EXPECT_EQ(on_->connection_count(), 0U);
}

TEST_F(takeovers, are_refused_to_a_client_of_http_1_0)
{
    auto client = connect("GET /echo?name=n HTTP/1.0\r\nHost: a\r\nUpgrade: echo\r\n\r\n");
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 400 "));
    EXPECT_EQ(seen_.ended, 1);
}

TEST_F(takeovers, are_refused_to_a_request_whose_body_was_not_read)
{
    auto client = connect("POST /echo?name=n HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 400 "));
    EXPECT_EQ(ask(client, "abcGET /echo HTTP/1.1\r\nHost: a\r\n\r\n").substr(0, 12), "HTTP/1.1 422");
}

} // namespace
} // namespace serval::server_impl
