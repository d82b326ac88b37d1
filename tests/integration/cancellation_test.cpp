// Cancellation: a handler's own concerns nobody else, and serval's belongs to the request that it was meant
// for.
#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

namespace {

namespace asio = boost::asio;
using namespace serval::params;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;

std::string post(std::string_view target, std::string_view body_begin, std::size_t length)
{
    return "POST " + std::string{target} +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" +
           std::string{body_begin};
}

/// Gives each wait for a piece up after a moment, as often as it takes, and answers what has come.
serval::task<std::string> read_impatiently(serval::body_stream& body)
{
    std::string all;
    for (;;) {
        auto const got = co_await (body.read_some() || serval::sleep_for(2ms));
        if (got.index() == 1) continue;
        auto const piece = std::get<0>(got);
        if (piece.empty()) co_return all;
        all += piece;
    }
}

serval::task<std::string> give_up_reading(serval::body_stream& body)
{
    auto const got = co_await (body.read_some() || serval::sleep_for(50ms));
    if (got.index() == 1) throw serval::http_error(418, "too slow for me");
    co_return "got something";
}

/// What `cancel_after` is by hand: a signal, and a timer that emits it.
serval::task<std::string> cancel_by_hand(serval::body_stream& body)
{
    auto const executor = co_await asio::this_coro::executor;
    asio::cancellation_signal signal;
    asio::steady_timer timer(executor, 30ms);
    timer.async_wait([&](boost::system::error_code ec) {
        if (!ec) signal.emit(asio::cancellation_type::terminal);
    });
    std::string got;
    try {
        auto const piece = co_await asio::co_spawn(
            executor, body.read_some(), asio::bind_cancellation_slot(signal.slot(), asio::use_awaitable));
        got = piece;
    } catch (boost::system::system_error const& error) {
        got = error.code() == asio::error::operation_aborted ? "cancelled" : "failed";
    }
    timer.cancel();
    co_return got;
}

serval::task<std::string> group_of_three(serval::body_stream& body)
{
    auto const executor = co_await asio::this_coro::executor;
    auto const [order, read_error, piece, first_error, second_error] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, body.read_some(), asio::deferred),
            asio::co_spawn(executor, serval::sleep_for(20ms), asio::deferred),
            asio::co_spawn(executor, serval::sleep_for(1h), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    co_return "first " + std::to_string(order[0]) + (read_error ? ", read cancelled" : "") +
        (second_error ? ", sleep cancelled" : "");
}

serval::task<std::string> parts_impatiently(serval::multipart_reader& parts)
{
    std::string all;
    serval::multipart_part* part = nullptr;
    for (;;) {
        if (part == nullptr) {
            auto const next = co_await (parts.next_part() || serval::sleep_for(2ms));
            if (next.index() == 1) continue;
            part = std::get<0>(next);
            if (part == nullptr) co_return all;
            all += part->name() + "=";
        }
        auto const got = co_await (part->read_some() || serval::sleep_for(2ms));
        if (got.index() == 1) continue;
        all += std::get<0>(got);
        if (!std::get<0>(got).empty()) continue;
        all += ";";
        part = nullptr;
    }
}

serval::task<void> write_impatiently(serval::response_writer& out)
{
    std::string const big(16'000'000, 'x'); // more than the system takes
    auto const done = co_await (out.write(big) || serval::sleep_for(100ms));
    std::string const last = done.index() == 1 ? "|given up" : "|written";
    co_await out.write(last);
}

int work(std::chrono::milliseconds duration)
{
    std::this_thread::sleep_for(duration);
    return 7;
}

class cancellation : public testing::Test {
protected:
    cancellation()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.post("/impatient", read_impatiently);
        app_.post("/give-up", give_up_reading).timeout(400ms);
        app_.post("/by-hand", cancel_by_hand);
        app_.post("/group", group_of_three);
        app_.post("/parts", parts_impatiently);
        app_.get("/write", [] { return serval::streaming_response(write_impatiently, "text/plain"); });
    }

    serval::settings options()
    {
        auto made = quiet_settings();
        made.log = log_;
        return made;
    }

    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
    serval::app app_;
};

TEST_F(cancellation, of_a_read_by_its_handler_is_answered_as_the_handler_says)
{
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(post("/give-up", "", 5)));
    auto const answer = client.read_answer();
    ASSERT_EQ(status_of(answer), 418);
    EXPECT_EQ(answer->body, R"({"detail":"too slow for me"})");
    EXPECT_TRUE(eventually([&] { return log_->contains("POST /give-up HTTP/1.1\" 418"); })) << log_->all();
}

TEST_F(cancellation, of_reads_loses_no_byte)
{
    running_server server{app_, options()};
    for (int round = 0; round != 20; ++round) {
        auto client = server.connect();
        std::string expected;
        ASSERT_TRUE(client.send(post("/impatient", "", 600)));
        for (int i = 0; i != 60; ++i) { // about as far apart as the handler waits
            auto const piece = std::string(9, static_cast<char>('a' + i % 26)) + "\n";
            expected += piece;
            ASSERT_TRUE(client.send(piece));
            if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(1700 + 20 * i));
        }
        auto const answer = client.read_answer();
        ASSERT_EQ(status_of(answer), 200);
        ASSERT_EQ(answer->body, expected);
    }
}

TEST_F(cancellation, of_reads_of_parts_loses_no_byte)
{
    running_server server{app_, options()};
    std::string const body =
        "--b\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\nfirst value\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"two\"; filename=\"f\"\r\n\r\nsecond\r\n"
        "--b--\r\n";
    auto client = server.connect();
    ASSERT_TRUE(
        client.send("POST /parts HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                    "Content-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n"));
    for (std::size_t i = 0; i < body.size(); i += 7) {
        ASSERT_TRUE(client.send(std::string_view{body}.substr(i, 7)));
        std::this_thread::sleep_for(1ms);
    }
    auto const answer = client.read_answer();
    ASSERT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer->body, "one=first value;two=second;");
}

TEST_F(cancellation, of_a_read_by_hand_leaves_the_next_read_its_bytes)
{
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(post("/by-hand", "", 3)));
    auto const cancelled = client.read_answer();
    ASSERT_EQ(status_of(cancelled), 200) << client.problem();
    EXPECT_EQ(cancelled->body, "cancelled");
    ASSERT_TRUE(client.send("abc")); // what the answered request still owes
    auto const read = client.ask(post("/by-hand", "xyz", 3));
    ASSERT_EQ(status_of(read), 200) << client.problem();
    EXPECT_EQ(read->body, "xyz");
}

TEST_F(cancellation, reaches_all_of_a_parallel_group)
{
    running_server server{app_, options()};
    auto client = server.connect();
    auto const answer = client.ask(post("/group", "", 3));
    ASSERT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer->body, "first 1, read cancelled, sleep cancelled");
}

TEST_F(cancellation, of_a_write_by_its_handler_lets_the_response_go_on)
{
    running_server server{app_, options()};
    auto client = server.connect(32 * 1024);
    ASSERT_TRUE(client.send(get("/write")));
    std::this_thread::sleep_for(300ms); // nothing is read: the write is given up
    auto const answer = client.read_answer();
    ASSERT_EQ(status_of(answer), 200) << client.problem();
    EXPECT_TRUE(answer->body.ends_with("|given up")) << answer->body.size();
    EXPECT_EQ(answer->body.find_first_not_of('x'), answer->body.size() - 9);
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
}

TEST_F(cancellation, of_a_call_on_the_pool_waits_for_one_that_has_begun)
{
    std::atomic<int> results{0};
    app_.get("/call", [&]() -> serval::task<std::string> {
        auto const got = co_await (serval::run_in_threadpool(work, 80ms) || serval::sleep_for(10ms));
        results += got.index() == 1 ? 1 : 0;
        int const after = co_await serval::run_in_threadpool(work, 1ms);
        co_return std::to_string(got.index()) + std::to_string(after);
    });
    running_server server{app_, options()};
    auto const answer = server.connect().ask(get("/call", "Connection: close\r\n"));
    ASSERT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer->body, "17");
}

TEST_F(cancellation, of_a_wait_by_its_handler_leaves_the_time_limit_and_the_look_for_clients_on)
{
    std::atomic<bool> first_left{false};
    std::atomic<bool> second_left{false};
    app_.post("/then-long",
              [&](serval::body_stream& body) -> serval::task<std::string> {
                  serval::test::on_exit_flag const gone(first_left);
                  static_cast<void>(co_await (body.read_some() || serval::sleep_for(20ms)));
                  co_await serval::sleep_for(1h);
                  co_return "";
              })
        .timeout(400ms);
    app_.post("/unlimited", [&](serval::body_stream& body) -> serval::task<std::string> {
        serval::test::on_exit_flag const gone(second_left);
        static_cast<void>(co_await (body.read_some() || serval::sleep_for(20ms)));
        co_await serval::sleep_for(1h);
        co_return "";
    });
    running_server server{app_, options()};
    EXPECT_EQ(status_of(server.connect().ask(post("/then-long", "", 1))), 503);
    EXPECT_TRUE(first_left);
    {
        auto client = server.connect();
        ASSERT_TRUE(client.send(post("/unlimited", "", 1)));
        std::this_thread::sleep_for(100ms);
    } // leaves
    EXPECT_TRUE(eventually([&] { return second_left.load(); }));
}

/// Reads a spooled file with a patience that often runs out; each piece that comes must be that of its
/// position.
serval::task<std::string> read_file_impatiently(file<"f"> upload)
{
    std::size_t pieces = 0;
    std::size_t given_up = 0;
    while (upload->tell() < upload->size()) {
        auto const from = upload->tell();
        auto const patience = std::chrono::microseconds(pieces % 2 == 0 ? 20 : 5000);
        auto const got = co_await (upload->read(10'000) || serval::sleep_for(patience));
        if (got.index() == 1) {
            ++given_up;
            upload->seek(from); // a read that failed has moved the position
            static_cast<void>(co_await upload->read(10'000));
        } else if (std::get<0>(got) != std::string(10'000, static_cast<char>('a' + from / 10'000 % 26))) {
            co_return "wrong bytes at " + std::to_string(from);
        }
        ++pieces;
    }
    co_return std::to_string(pieces) + (given_up <= pieces ? " pieces" : "");
}

TEST_F(cancellation, of_reads_of_a_file_leaves_the_others_right)
{
    app_.post("/file", read_file_impatiently);
    auto with = options();
    with.limits.file_memory = 1000;
    running_server server{app_, with};
    std::string content;
    for (int i = 0; i != 100; ++i)
        content += std::string(10'000, static_cast<char>('a' + i % 26));
    std::string const body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" +
                             content + "\r\n--b--\r\n";
    auto const answer = server.connect().ask(
        "POST /file HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    ASSERT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer->body, "100 pieces");
}

serval::task<void> write_and_read(serval::body_stream& body, serval::response_writer& out)
{
    std::string const big(16'000'000, 'x');
    auto const first = co_await (body.read_some() || out.write(big));
    std::string const text = "|" + std::to_string(first.index());
    co_await out.write(text);
    co_await serval::sleep_for(1h); // until its time is over, which a wait for the body would have stopped
}

TEST_F(cancellation, of_a_read_and_a_write_at_once_leaves_neither_behind)
{
    app_.post("/both",
              [](serval::body_stream& body) -> serval::task<serval::response> {
                  co_return serval::streaming_response(
                      [&body](serval::response_writer& out) { return write_and_read(body, out); },
                      "text/plain");
              })
        .timeout(1s);
    auto with = options();
    with.limits.rate_grace = 60s;
    running_server server{app_, with};
    auto client = server.connect(32 * 1024);
    ASSERT_TRUE(client.send(post("/both", "abc", 6))); // the read ends first; nobody reads what is written
    std::this_thread::sleep_for(200ms);
    auto const begin = std::chrono::steady_clock::now();
    EXPECT_NE(client.wait_for_end(), raw_client::ending::open);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_TRUE(log_->contains("the stream took too long")) << log_->all();
}

serval::task<void> write_much(serval::response_writer& out)
{
    std::string const piece(100'000, 'w');
    for (int i = 0; i != 100; ++i)
        co_await out.write(piece);
}

serval::task<void> read_all(serval::body_stream& body, std::size_t* size)
{
    for (;;) {
        auto const piece = co_await body.read_some();
        if (piece.empty()) co_return;
        *size += piece.size();
    }
}

TEST_F(cancellation, is_not_needed_where_a_handler_reads_and_writes_at_once)
{
    std::atomic<bool> done{false};
    std::size_t size = 0;
    app_.post("/duplex",
              [&](serval::body_stream& body) -> serval::task<serval::response> {
                  auto write = [&](serval::response_writer& out) -> serval::task<void> {
                      co_await (write_much(out) && read_all(body, &size));
                      done = true;
                  };
                  co_return serval::streaming_response(write, "text/plain");
              })
        .max_body(100'000'000);
    running_server server{app_, options()};
    auto client = server.connect(32 * 1024);
    std::string const megabyte(1'000'000, 'r');
    ASSERT_TRUE(client.send(post("/duplex", "", 20'000'000)));
    for (int i = 0; i != 20; ++i) // all of it, before anything is read
        ASSERT_TRUE(client.send(megabyte));
    auto const answer = client.read_answer();
    ASSERT_EQ(status_of(answer), 200) << client.problem();
    EXPECT_EQ(answer->body.size(), 10'000'000U);
    EXPECT_TRUE(done);
    EXPECT_EQ(size, 20'000'000U);
}

/// An application's own operation, whose cancellation completes it in place.
serval::task<void> wait_in_place()
{
    auto const initiate = [](auto handler) {
        auto const shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto slot = asio::get_associated_cancellation_slot(*shared);
        slot.assign([shared](asio::cancellation_type) mutable {
            auto const kept = shared;
            std::move (*kept)(boost::system::error_code{asio::error::operation_aborted});
        });
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void(boost::system::error_code)>(
        initiate, asio::use_awaitable);
}

TEST_F(cancellation, that_completes_in_place_does_not_reach_the_next_request)
{
    std::atomic<bool> stopped{false};
    app_.get("/in-place",
             []() -> serval::task<std::string> {
                 co_await wait_in_place();
                 co_return "";
             })
        .timeout(100ms);
    app_.get("/next", [&](serval::request& request) {
        auto const token = request.stop_token();
        std::this_thread::sleep_for(50ms);
        stopped = token.stop_requested();
        return std::string{"next"};
    });
    running_server server{app_, options()};
    auto client = server.connect();
    ASSERT_TRUE(client.send(get("/in-place") + get("/next")));
    EXPECT_EQ(status_of(client.read_answer()), 503);
    EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_FALSE(stopped);
}

/// A stream that writes more than its client reads, with a thread that goes by the request's token.
class watched_stream : public cancellation {
protected:
    watched_stream()
    {
        app_.get("/watched", [this](serval::request& request) {
            watcher_ = std::thread{[this, token = request.stop_token()] {
                while (!token.stop_requested() && !end_)
                    std::this_thread::sleep_for(1ms);
                stopped_ = token.stop_requested();
            }};
            return endless();
        });
    }
    ~watched_stream() override
    {
        end_ = true;
        if (watcher_.joinable()) watcher_.join();
    }

    static serval::generator<std::string> endless()
    {
        for (;;)
            co_yield std::string(50'000, 'y');
    }

    /// A client that has asked, and reads nothing; the stream is in its write.
    raw_client begin(running_server& server) const
    {
        auto client = server.connect(16 * 1024);
        client.send(get("/watched"));
        client.read_until("\r\n\r\n");
        std::this_thread::sleep_for(100ms);
        return client;
    }

    std::atomic<bool> end_{false};
    std::atomic<bool> stopped_{false};
    std::thread watcher_;
};

TEST_F(watched_stream, stops_its_token_when_the_client_leaves)
{
    running_server server{app_, options()};
    begin(server).reset();
    EXPECT_TRUE(eventually([&] { return stopped_.load(); }));
}

TEST_F(watched_stream, stops_its_token_when_the_client_reads_too_slowly)
{
    auto with = options();
    with.limits.rate_grace = 200ms;
    with.limits.minimum_rate = 1'000'000;
    running_server server{app_, with};
    auto client = begin(server);
    EXPECT_TRUE(eventually([&] { return stopped_.load(); }));
}

TEST_F(watched_stream, stops_its_token_at_the_deadline_of_a_drain)
{
    running_server server{app_, options()};
    auto client = begin(server);
    EXPECT_EQ(server->stop(50ms).cancelled, 1U);
    EXPECT_TRUE(eventually([&] { return stopped_.load(); }));
}

class limited_stream : public watched_stream {
protected:
    limited_stream()
    {
        app_.get("/limited",
                 [this](serval::request& request) {
                     watcher_ = std::thread{[this, token = request.stop_token()] {
                         while (!token.stop_requested() && !end_)
                             std::this_thread::sleep_for(1ms);
                         stopped_ = token.stop_requested();
                     }};
                     return endless();
                 })
            .timeout(300ms);
    }
};

TEST_F(limited_stream, stops_its_token_when_its_time_is_over)
{
    running_server server{app_, options()};
    auto client = server.connect(16 * 1024);
    ASSERT_TRUE(client.send(get("/limited")));
    EXPECT_TRUE(eventually([&] { return stopped_.load(); }));
    EXPECT_NE(client.wait_for_end(), raw_client::ending::open);
}

} // namespace
