#include "base/console_log.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace serval {
namespace {

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
        close(ends_[0]);
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
    EXPECT_EQ(err_.read_all(), "DEBUG:    a\nINFO:     b\nWARNING:  c\nERROR:    d\n");
    EXPECT_EQ(out_.read_all(), "");
}

TEST_F(console, gathers_access_records_until_it_is_flushed)
{
    sink_->write(access("one"));
    sink_->write(access("two"));
    EXPECT_EQ(out_.read_all(), "");
    sink_->flush();
    EXPECT_EQ(out_.read_all(), "INFO:     one\nINFO:     two\n");
    sink_->flush();
    EXPECT_EQ(out_.read_all(), "");
    EXPECT_EQ(err_.read_all(), "");
}

TEST_F(console, writes_gathered_records_before_a_record_of_the_server)
{
    sink_->write(access("one"));
    sink_->write(make_record(log_level::error, "two"));
    EXPECT_EQ(out_.read_all(), "INFO:     one\n");
    EXPECT_EQ(err_.read_all(), "ERROR:    two\n");
}

TEST_F(console, writes_gathered_records_at_its_end)
{
    sink_->write(access("one"));
    sink_.reset();
    EXPECT_EQ(out_.read_all(), "INFO:     one\n");
}

TEST_F(console, writes_whole_lines_when_its_buffer_is_full)
{
    std::string const message(1000, 'x');
    std::string const line = "INFO:     " + message + "\n";
    for (int i = 0; i != 17; ++i)
        sink_->write(access(message));
    std::string first;
    for (int i = 0; i != 16; ++i)
        first += line;
    EXPECT_EQ(out_.read_all(), first); // 17 do not fit into 16 KiB
    sink_->flush();
    EXPECT_EQ(out_.read_all(), line);
}

TEST_F(console, writes_a_record_that_is_longer_than_its_buffer)
{
    std::string const message(20'000, 'x');
    sink_->write(access("before"));
    sink_->write(access(message));
    EXPECT_EQ(out_.read_all(), "INFO:     before\nINFO:     " + message + "\n");
}

TEST_F(console, goes_on_after_a_short_write)
{
    // More than a pipe holds, so that the kernel takes it in parts while the reader empties it.
    std::string const message(300'000, 'y');
    std::thread writer{[&] { sink_->write(make_record(log_level::info, message)); }};
    std::string const expected = "INFO:     " + message + "\n";
    std::string got;
    while (got.size() < expected.size()) {
        got += err_.read_all();
        std::this_thread::yield();
    }
    writer.join();
    EXPECT_EQ(got, expected);
}

TEST_F(console, loses_records_rather_than_fail_when_nothing_can_be_written)
{
    auto const broken = base::make_console_log(-1, -1);
    broken->write(make_record(log_level::error, "lost"));
    broken->write(access("lost"));
    broken->flush();
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
    sink_->flush();
    std::string const text = out_.read_all();
    ASSERT_EQ(text.size(), 300u * 51);
    for (std::size_t at = 0; at != text.size(); at += 51) {
        std::string const expected = "INFO:     " + std::string(40, text[at + 10]) + "\n";
        ASSERT_EQ(text.substr(at, 51), expected);
    }
}

} // namespace
} // namespace serval
