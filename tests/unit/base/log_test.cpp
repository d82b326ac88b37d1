#include "base/console_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace serval {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// A pipe whose reading end does not wait.
class channel {
public:
    channel()
    {
        if (pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error{"pipe2"};
        fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
    ~channel()
    {
        leave();
        close(ends_[1]);
    }
    channel(channel const&) = delete;
    channel& operator=(channel const&) = delete;

    int in() const { return ends_[1]; }
    std::string read_all() const
    {
        std::string out;
        char bytes[4096];
        ssize_t n = 0;
        while ((n = read(ends_[0], bytes, sizeof bytes)) > 0)
            out.append(bytes, static_cast<std::size_t>(n));
        return out;
    }
    // What comes, up to `mark`, for which it waits.
    std::string read_until(std::string_view mark) const
    {
        std::string out;
        auto const end = std::chrono::steady_clock::now() + 10s;
        while (out.find(mark) == out.npos && std::chrono::steady_clock::now() < end) {
            pollfd readable{ends_[0], POLLIN, 0};
            poll(&readable, 1, 100);
            out += read_all();
        }
        return out;
    }
    // The reader goes.
    void leave()
    {
        if (ends_[0] >= 0) close(ends_[0]);
        ends_[0] = -1;
    }
    // Takes all that fits.
    void fill() const
    {
        int const mode = fcntl(in(), F_GETFL);
        fcntl(in(), F_SETFL, mode | O_NONBLOCK);
        std::string const zeros(4096, '\0');
        while (write(in(), zeros.data(), zeros.size()) > 0) {
        }
        fcntl(in(), F_SETFL, mode);
    }

private:
    int ends_[2];
};

log_record make_record(log_level level, std::string_view message,
                       log_record::source from = log_record::source::server)
{
    log_record record;
    record.level = level;
    record.from = from;
    record.message = message;
    return record;
}

log_record access(std::string_view message)
{
    return make_record(log_level::info, message, log_record::source::access);
}

class console : public testing::Test {
protected:
    channel out_;
    channel err_;
    std::shared_ptr<log_sink> sink_ = base::make_console_log(out_.in(), err_.in());
};

TEST(log_level, has_names)
{
    for (auto const level :
         {log_level::debug, log_level::info, log_level::warning, log_level::error, log_level::off})
        EXPECT_EQ(parse_log_level(to_string(level)), level);
    EXPECT_EQ(to_string(log_level::warning), "warning");
    EXPECT_EQ(parse_log_level("INFO"), std::nullopt);
    EXPECT_EQ(parse_log_level(""), std::nullopt);
}

TEST_F(console, writes_the_servers_records_at_once_with_uvicorns_prefix)
{
    sink_->write(make_record(log_level::debug, "a"));
    sink_->write(make_record(log_level::info, "b"));
    sink_->write(make_record(log_level::warning, "c"));
    sink_->write(make_record(log_level::error, "d"));
    EXPECT_EQ(err_.read_until("d\n"), "DEBUG:    a\nINFO:     b\nWARNING:  c\nERROR:    d\n");
    EXPECT_EQ(out_.read_all(), "");
}

TEST_F(console, gathers_access_records_until_it_is_flushed)
{
    sink_->write(access("one"));
    sink_->write(access("two"));
    EXPECT_EQ(out_.read_all(), "");
    sink_->flush();
    EXPECT_EQ(out_.read_until("two\n"), "INFO:     one\nINFO:     two\n");
    sink_->flush();
    EXPECT_EQ(out_.read_all(), "");
    EXPECT_EQ(err_.read_all(), "");
}

TEST_F(console, writes_gathered_records_before_a_record_of_the_server)
{
    sink_->write(access("one"));
    sink_->write(make_record(log_level::error, "two"));
    EXPECT_EQ(err_.read_until("two\n"), "ERROR:    two\n");
    EXPECT_EQ(out_.read_all(), "INFO:     one\n");
}

TEST_F(console, writes_gathered_records_at_its_end)
{
    sink_->write(access("one"));
    sink_.reset();
    EXPECT_EQ(out_.read_all(), "INFO:     one\n");
}

TEST_F(console, writes_what_has_gathered_to_16_kib)
{
    std::string const message(1000, 'x');
    std::string expected;
    for (int i = 0; i != 17; ++i) {
        std::string const numbered = message + std::to_string(i);
        sink_->write(access(numbered));
        expected += "INFO:     " + numbered + "\n";
    }
    EXPECT_EQ(out_.read_until("x16\n"), expected);
}

TEST_F(console, writes_a_record_that_is_longer_than_its_pieces)
{
    std::string const message(20'000, 'x');
    sink_->write(access("before"));
    sink_->write(access(message));
    EXPECT_EQ(out_.read_until("x\n"), "INFO:     before\nINFO:     " + message + "\n");
}

TEST_F(console, writes_a_record_that_is_longer_than_a_pipe)
{
    std::string const message(300'000, 'y');
    sink_->write(make_record(log_level::info, message));
    EXPECT_EQ(err_.read_until("\n"), "INFO:     " + message + "\n");
}

TEST_F(console, has_written_everything_when_it_is_finished)
{
    sink_->finish(0ms);
    sink_->write(access("one"));
    sink_->finish(10s);
    EXPECT_EQ(out_.read_all(), "INFO:     one\n");
    sink_->finish(10s);
}

TEST_F(console, loses_records_rather_than_fail_when_nothing_can_be_written)
{
    auto const broken = base::make_console_log(-1, -1);
    broken->write(make_record(log_level::error, "lost"));
    broken->write(access("lost"));
    auto const begin = clock::now();
    broken->finish(10s);
    EXPECT_LT(clock::now() - begin, 5s);
}

// A message with a number that is as long as others.
std::string numbered(int number, std::size_t length)
{
    std::string text = std::to_string(number) + ' ';
    return text + std::string(length - text.size(), '.');
}

TEST_F(console, waits_for_nobody_and_says_what_it_dropped)
{
    constexpr int records = 3000; // of 1 KiB: three times what has room
    auto const begin = clock::now();
    for (int i = 0; i != records; ++i) {
        sink_->write(make_record(log_level::error, numbered(i, 1000)));
        sink_->flush();
    }
    EXPECT_LT(clock::now() - begin, 5s);
    std::string const text = err_.read_until("were dropped\n");
    int written = 0;
    std::size_t at = 0;
    int last = -1; // what the pipe takes meanwhile makes room for records behind dropped ones
    for (; text.compare(at, 10, "ERROR:    ") == 0; at += 1011, ++written) {
        int const number = std::stoi(text.substr(at + 10, 5));
        ASSERT_GT(number, last);
        ASSERT_EQ(text.substr(at + 10, 1001), numbered(number, 1000) + '\n');
        last = number;
    }
    EXPECT_GT(written, 900);
    EXPECT_LT(written, 1200); // with what the pipe had
    EXPECT_EQ(text.substr(at), "WARNING:  " + std::to_string(records - written) +
                                   " log record(s) found no room and were dropped\n");
    sink_->write(make_record(log_level::info, "afterwards"));
    EXPECT_EQ(err_.read_until("\n"), "INFO:     afterwards\n");
}

TEST_F(console, ends_soon_though_nobody_reads)
{
    err_.fill();
    sink_->write(make_record(log_level::error, "never read"));
    auto const begin = clock::now();
    sink_->finish(50ms);
    EXPECT_LT(clock::now() - begin, 400ms);
    sink_.reset();
    EXPECT_LT(clock::now() - begin, 2s);
}

TEST_F(console, drops_what_a_reader_that_has_gone_cannot_read)
{
    // The test has SIGPIPE's default action, and does not block it.
    ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
    out_.leave();
    err_.leave();
    sink_->write(access("lost"));
    sink_->write(make_record(log_level::error, "lost"));
    auto const begin = clock::now();
    sink_->finish(10s);
    EXPECT_LT(clock::now() - begin, 5s);
}

TEST_F(console, gives_a_slow_reader_everything)
{
    std::string expected;
    for (int i = 0; i != 300; ++i) {
        sink_->write(make_record(log_level::info, numbered(i, 2000)));
        expected += "INFO:     " + numbered(i, 2000) + '\n';
    }
    std::string text;
    while (text.size() < expected.size()) {
        auto const more = err_.read_until("\n");
        ASSERT_NE(more, "");
        text += more;
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(text, expected);
}

TEST_F(console, reports_errors_while_nobody_reads_the_access_log)
{
    out_.fill();
    for (int i = 0; i != 100; ++i)
        sink_->write(access(numbered(i, 1000)));
    for (int i = 0; i != 3; ++i) {
        sink_->write(make_record(log_level::error, numbered(i, 20)));
        EXPECT_EQ(err_.read_until("\n"), "ERROR:    " + numbered(i, 20) + '\n');
    }
}

TEST_F(console, keeps_the_order_of_all_records_in_one_pipe)
{
    sink_ = base::make_console_log(out_.in(), out_.in());
    out_.fill();
    std::string expected;
    for (int i = 0; i != 20; ++i) {
        sink_->write(access(numbered(i, 3000)));
        sink_->write(make_record(log_level::error, numbered(i, 3000)));
        expected += "INFO:     " + numbered(i, 3000) + "\nERROR:    " + numbered(i, 3000) + '\n';
    }
    std::this_thread::sleep_for(150ms); // so that the thread has found it full
    std::string text = out_.read_until(numbered(19, 3000) + "\nERROR:    " + numbered(19, 3000) + '\n');
    EXPECT_EQ(text.substr(text.find_first_not_of('\0')), expected);
}

TEST_F(console, leaves_the_mode_of_a_descriptor_alone_and_heeds_it)
{
    fcntl(err_.in(), F_SETFL, fcntl(err_.in(), F_GETFL) | O_NONBLOCK);
    int const out_mode = fcntl(out_.in(), F_GETFL);
    int const err_mode = fcntl(err_.in(), F_GETFL);
    std::string expected;
    for (int i = 0; i != 200; ++i) {
        sink_->write(access(numbered(i, 1000)));
        sink_->write(make_record(log_level::info, numbered(i, 1000)));
        expected += "INFO:     " + numbered(i, 1000) + '\n';
    }
    EXPECT_EQ(err_.read_until("199 "), expected);
    EXPECT_EQ(out_.read_until("199 "), expected);
    EXPECT_EQ(fcntl(out_.in(), F_GETFL), out_mode);
    EXPECT_EQ(fcntl(err_.in(), F_GETFL), err_mode);
}

TEST_F(console, writes_to_a_socket_that_nobody_reads_without_waiting)
{
    int ends[2] = {-1, -1};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    sink_ = base::make_console_log(out_.in(), ends[0]);
    for (int i = 0; i != 900; ++i)
        sink_->write(make_record(log_level::info, numbered(i, 1000)));
    auto const begin = clock::now();
    sink_.reset();
    EXPECT_LT(clock::now() - begin, 2s);
    close(ends[1]);
    close(ends[0]);
}

TEST_F(console, keeps_the_lines_of_several_threads_apart)
{
    auto const produce = [this](char c) {
        std::string const message(40, c);
        for (int i = 0; i != 100; ++i)
            sink_->write(access(message));
    };
    std::vector<std::thread> threads;
    for (char const c : {'a', 'b', 'c'})
        threads.emplace_back(produce, c);
    for (auto& thread : threads)
        thread.join();
    sink_->finish(10s);
    std::string const text = out_.read_all();
    ASSERT_EQ(text.size(), 300u * 51);
    for (std::size_t at = 0; at != text.size(); at += 51) {
        std::string const expected = "INFO:     " + std::string(40, text[at + 10]) + "\n";
        ASSERT_EQ(text.substr(at, 51), expected);
    }
}

} // namespace
} // namespace serval
