#include "base/temp_file.hpp"
#include "server/memory_transport.hpp"
#include "support/scratch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>

namespace serval::server_impl {
namespace {

namespace asio = boost::asio;
using asio::const_buffer;
using boost::system::error_code;

/// What a read gave.
struct read_outcome {
    bool done = false;
    error_code ec;
    std::string bytes;
};

struct wait_outcome {
    bool done = false;
    error_code ec;
};

task<void> read_into(transport& from, std::size_t size, read_outcome& out)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    std::string room(size, '\0');
    auto const [ec, n] = co_await from.read_some(asio::mutable_buffer(room.data(), room.size()));
    out.ec = ec;
    out.bytes = room.substr(0, n);
    out.done = true;
}

task<void> wait_for(transport& on, bool readable, wait_outcome& out)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    if (readable) {
        out.ec = co_await on.wait_readable();
    } else {
        out.ec = co_await on.wait_writable();
    }
    out.done = true;
}

class memory_transport : public testing::Test {
protected:
    asio::io_context context;
    memory_stream stream = make_memory_stream(context.get_executor(), client_address{"testclient", 1}, 8);
    asio::cancellation_signal cancel;

    void settle()
    {
        context.restart();
        context.poll();
    }

    void start_read(read_outcome& out, std::size_t size = 100)
    {
        asio::co_spawn(context, read_into(*stream.server, size, out),
                       asio::bind_cancellation_slot(cancel.slot(), asio::detached));
        settle();
    }

    void start_wait(wait_outcome& out, bool readable)
    {
        asio::co_spawn(context, wait_for(*stream.server, readable, out),
                       asio::bind_cancellation_slot(cancel.slot(), asio::detached));
        settle();
    }

    read_outcome read(std::size_t size = 100)
    {
        read_outcome out;
        start_read(out, size);
        EXPECT_TRUE(out.done);
        return out;
    }

    error_code write(std::string_view bytes, std::size_t expected)
    {
        const_buffer const buffers[] = {const_buffer(bytes.data(), bytes.size())};
        auto const [ec, n] = stream.server->try_write(buffers);
        EXPECT_EQ(n, expected);
        settle();
        return ec;
    }
};

TEST_F(memory_transport, gives_each_write_of_the_client_as_reads_of_its_own)
{
    stream.client.write("one");
    stream.client.write("");
    stream.client.write("twelve");
    EXPECT_EQ(stream.client.unread_by_server(), 9U);
    EXPECT_EQ(read().bytes, "one");
    EXPECT_EQ(read(4).bytes, "twel");
    EXPECT_EQ(stream.client.unread_by_server(), 2U);
    EXPECT_EQ(read(4).bytes, "ve");
}

TEST_F(memory_transport, completes_a_waiting_read_when_bytes_come)
{
    read_outcome out;
    start_read(out);
    EXPECT_FALSE(out.done);
    EXPECT_TRUE(stream.client.server_waits());
    stream.client.write("hello");
    EXPECT_FALSE(stream.client.server_waits());
    EXPECT_FALSE(out.done) << "completions come through the executor";
    settle();
    EXPECT_TRUE(out.done);
    EXPECT_EQ(out.bytes, "hello");
}

TEST_F(memory_transport, waits_until_readable_without_taking_anything)
{
    wait_outcome out;
    start_wait(out, true);
    EXPECT_FALSE(out.done);
    stream.client.write("x");
    settle();
    EXPECT_TRUE(out.done);
    EXPECT_FALSE(out.ec);
    EXPECT_EQ(read().bytes, "x");
}

TEST_F(memory_transport, gives_would_block_when_the_window_is_full_and_waits_for_room)
{
    EXPECT_FALSE(write("12345", 5));
    EXPECT_FALSE(write("67890", 3));
    EXPECT_EQ(write("90", 0), asio::error::would_block);
    wait_outcome out;
    start_wait(out, false);
    EXPECT_FALSE(out.done);
    EXPECT_EQ(stream.client.read(2), "12");
    settle();
    EXPECT_TRUE(out.done);
    EXPECT_FALSE(write("90", 2));
    EXPECT_EQ(stream.client.read(), "34567890");
    EXPECT_EQ(stream.client.read(), "");
}

TEST_F(memory_transport, gathers_several_buffers_in_one_write)
{
    const_buffer const buffers[] = {const_buffer("abc", 3), const_buffer("", 0), const_buffer("defghijk", 8)};
    auto const [ec, n] = stream.server->try_write(buffers);
    EXPECT_FALSE(ec);
    EXPECT_EQ(n, 8U);
    EXPECT_EQ(stream.client.read(), "abcdefgh");
}

TEST_F(memory_transport, lets_the_client_narrow_and_widen_its_window)
{
    stream.client.set_window(0);
    EXPECT_EQ(write("a", 0), asio::error::would_block);
    wait_outcome out;
    start_wait(out, false);
    EXPECT_FALSE(out.done);
    stream.client.set_window(3);
    settle();
    EXPECT_TRUE(out.done);
    EXPECT_FALSE(write("abcd", 3));
}

TEST_F(memory_transport, makes_room_for_what_the_client_consumes_alone)
{
    write("abcdefgh", 8);
    wait_outcome out;
    start_wait(out, false);
    std::string seen;
    stream.client.consume([&seen](std::string_view arrived) {
        seen = arrived;
        return std::size_t{0};
    });
    settle();
    EXPECT_EQ(seen, "abcdefgh");
    EXPECT_FALSE(out.done);
    stream.client.consume([](std::string_view) { return std::size_t{3}; });
    settle();
    EXPECT_TRUE(out.done);
    EXPECT_FALSE(write("ijklm", 3));
    EXPECT_EQ(stream.client.read(), "defghijk");
}

TEST_F(memory_transport, ends_the_stream_after_what_was_written)
{
    stream.client.write("last");
    EXPECT_FALSE(stream.server->peer_has_left());
    stream.client.shutdown_send();
    EXPECT_TRUE(stream.server->peer_has_left());
    EXPECT_EQ(read().bytes, "last");
    EXPECT_EQ(read().ec, asio::error::eof);
    EXPECT_FALSE(write("still", 5));
    EXPECT_EQ(stream.client.read(), "still");
}

TEST_F(memory_transport, wakes_a_waiting_read_when_the_client_ends_its_side)
{
    read_outcome out;
    start_read(out);
    stream.client.shutdown_send();
    settle();
    ASSERT_TRUE(out.done);
    EXPECT_EQ(out.ec, asio::error::eof);
}

TEST_F(memory_transport, fails_writes_when_the_client_has_closed)
{
    write("12345678", 8);
    wait_outcome out;
    start_wait(out, false);
    stream.client.write("rest");
    stream.client.close();
    settle();
    EXPECT_TRUE(out.done);
    EXPECT_EQ(write("x", 0), asio::error::broken_pipe);
    EXPECT_EQ(read().bytes, "rest");
    EXPECT_EQ(read().ec, asio::error::eof);
}

TEST_F(memory_transport, fails_everything_after_a_reset)
{
    read_outcome out;
    start_read(out);
    stream.client.reset();
    settle();
    ASSERT_TRUE(out.done);
    EXPECT_EQ(out.ec, asio::error::connection_reset);
    EXPECT_EQ(write("x", 0), asio::error::connection_reset);
    EXPECT_TRUE(stream.server->peer_has_left());
}

TEST_F(memory_transport, completes_a_cancelled_read_without_moving_bytes)
{
    read_outcome out;
    start_read(out);
    cancel.emit(asio::cancellation_type::terminal);
    stream.client.write("kept");
    settle();
    ASSERT_TRUE(out.done);
    EXPECT_EQ(out.ec, asio::error::operation_aborted);
    EXPECT_EQ(read().bytes, "kept");
}

TEST_F(memory_transport, loses_nothing_when_bytes_come_just_before_the_cancellation)
{
    read_outcome out;
    start_read(out);
    stream.client.write("kept");
    context.restart();
    context.poll_one(); // the notification is on its way
    cancel.emit(asio::cancellation_type::terminal);
    settle();
    ASSERT_TRUE(out.done);
    EXPECT_EQ(out.bytes.empty() ? read().bytes : out.bytes, "kept");
}

TEST_F(memory_transport, completes_cancelled_waits_with_operation_aborted)
{
    wait_outcome readable;
    start_wait(readable, true);
    cancel.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_TRUE(readable.done);
    EXPECT_EQ(readable.ec, asio::error::operation_aborted);

    write("12345678", 8);
    wait_outcome writable;
    start_wait(writable, false);
    cancel.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_TRUE(writable.done);
    EXPECT_EQ(writable.ec, asio::error::operation_aborted);
}

TEST_F(memory_transport, aborts_what_is_outstanding_when_the_server_closes)
{
    read_outcome out;
    start_read(out);
    stream.server->close();
    settle();
    ASSERT_TRUE(out.done);
    EXPECT_EQ(out.ec, asio::error::operation_aborted);
    EXPECT_EQ(write("x", 0), asio::error::operation_aborted);
    EXPECT_TRUE(stream.client.at_end());
}

TEST_F(memory_transport, delivers_what_was_written_before_the_server_ended)
{
    write("bye", 3);
    stream.server->shutdown_send();
    EXPECT_FALSE(stream.client.at_end());
    EXPECT_EQ(write("more", 0), asio::error::broken_pipe);
    EXPECT_TRUE(stream.client.wait_readable(std::chrono::milliseconds{0}));
    EXPECT_EQ(stream.client.read(), "bye");
    EXPECT_TRUE(stream.client.at_end());
    EXPECT_FALSE(stream.client.was_reset());
    stream.client.write("unread");
    stream.server->close();
    EXPECT_TRUE(stream.client.was_reset());
}

TEST_F(memory_transport, leaves_a_client_that_outlives_the_server_harmless)
{
    write("bye", 3);
    stream.server.reset();
    stream.client.write("x");
    stream.client.set_window(100);
    stream.client.shutdown_send();
    EXPECT_EQ(stream.client.read(), "bye");
    EXPECT_TRUE(stream.client.at_end());
    stream.client.reset();
    settle();
}

TEST_F(memory_transport, calls_back_once_for_what_arrives_together)
{
    int calls = 0;
    stream.client.on_arrival([&calls] { ++calls; });
    settle();
    EXPECT_EQ(calls, 0);
    const_buffer const buffers[] = {const_buffer("ab", 2)};
    stream.server->try_write(buffers);
    stream.server->try_write(buffers);
    EXPECT_EQ(calls, 0);
    settle();
    EXPECT_EQ(calls, 1);
    stream.server->close();
    settle();
    EXPECT_EQ(calls, 2);
}

TEST_F(memory_transport, sends_bytes_of_a_file_as_far_as_its_window_goes)
{
    test::temp_directory const directory;
    base::temp_file file{directory.text()};
    file.write_at(0, "0123456789abcdef");
    EXPECT_FALSE(write("ab", 2));
    auto const [ec, n] = stream.server->try_send_file(file.descriptor(), 1, 10);
    EXPECT_FALSE(ec);
    EXPECT_EQ(n, 6U);
    EXPECT_EQ(stream.server->try_send_file(file.descriptor(), 7, 4), io_result(asio::error::would_block, 0));
    EXPECT_EQ(stream.client.read(), "ab123456");
    EXPECT_EQ(stream.server->try_send_file(file.descriptor(), 7, 4), io_result(error_code{}, 4));
    EXPECT_EQ(stream.client.read(), "789a");
}

TEST_F(memory_transport, tells_when_a_file_is_shorter_than_asked_for)
{
    test::temp_directory const directory;
    base::temp_file file{directory.text()};
    file.write_at(0, "0123");
    EXPECT_EQ(stream.server->try_send_file(file.descriptor(), 2, 5), io_result(error_code{}, 2));
    EXPECT_EQ(stream.server->try_send_file(file.descriptor(), 4, 3), io_result(asio::error::eof, 0));
    EXPECT_EQ(stream.server->try_send_file(file.descriptor(), 4, 0), io_result(error_code{}, 0));
    EXPECT_EQ(stream.client.read(), "23");
}

TEST_F(memory_transport, sends_no_file_that_it_cannot_read_or_to_a_client_that_has_left)
{
    test::temp_directory const directory;
    base::temp_file file{directory.text()};
    file.write_at(0, "0123");
    auto const [bad, none] = stream.server->try_send_file(-1, 0, 4);
    EXPECT_EQ(bad, boost::system::errc::bad_file_descriptor);
    EXPECT_EQ(none, 0U);
    stream.client.reset();
    EXPECT_EQ(stream.server->try_send_file(file.descriptor(), 0, 4),
              io_result(asio::error::connection_reset, 0));
}

TEST_F(memory_transport, knows_its_peer)
{
    EXPECT_EQ(stream.server->peer().host, "testclient");
    EXPECT_EQ(stream.server->peer().port, 1);
}

task<void> echo(std::unique_ptr<transport> server)
{
    std::array<char, 5> room;
    for (;;) {
        auto const [ec, n] = co_await server->read_some(asio::mutable_buffer(room.data(), room.size()));
        if (ec) co_return;
        std::size_t sent = 0;
        while (sent != n) {
            std::array<const_buffer, 1> const buffers{const_buffer(room.data() + sent, n - sent)};
            auto const [write_ec, written] = server->try_write(buffers);
            sent += written;
            if (write_ec == asio::error::would_block) {
                auto const wait_ec = co_await server->wait_writable();
                if (wait_ec) co_return;
            } else if (write_ec) {
                co_return;
            }
        }
    }
}

TEST(memory_transport_threads, loses_no_byte_between_two_threads)
{
    asio::io_context context(1);
    auto stream = make_memory_stream(context.get_executor(), client_address{}, 7);
    asio::co_spawn(context, echo(std::move(stream.server)), asio::detached);
    std::thread loop([&context] { context.run(); });

    std::string sent;
    std::string received;
    for (int i = 0; i != 2000; ++i) {
        auto piece = std::to_string(i);
        sent += piece;
        stream.client.write(std::move(piece));
        received += stream.client.read();
    }
    stream.client.shutdown_send();
    while (!stream.client.at_end()) {
        ASSERT_TRUE(stream.client.wait_readable(std::chrono::seconds{10}));
        received += stream.client.read(3);
    }
    loop.join();
    EXPECT_EQ(received, sent);
}

TEST(memory_transport_threads, frees_what_waits_when_its_context_ends)
{
    std::optional<memory_client> client;
    {
        asio::io_context context(1);
        auto stream = make_memory_stream(context.get_executor(), client_address{});
        asio::co_spawn(context, echo(std::move(stream.server)), asio::detached);
        context.poll();
        client.emplace(std::move(stream.client));
        client->write("never read");
    }
    EXPECT_TRUE(client->at_end());
    client->write("nobody is there");
}

} // namespace
} // namespace serval::server_impl
