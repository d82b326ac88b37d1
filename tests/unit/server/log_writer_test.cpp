#include "server/log_writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace serval::server_impl {
namespace {

class recording_sink final : public log_sink {
public:
    void write(log_record const& record) noexcept override
    {
        levels.push_back(record.level);
        sources.push_back(record.from);
        lines.emplace_back(record.message);
    }
    void flush() noexcept override { ++flushes; }

    std::vector<log_level> levels;
    std::vector<log_record::source> sources;
    std::vector<std::string> lines;
    int flushes = 0;
};

class log_writer_test : public testing::Test {
protected:
    log_writer make(log_level level = log_level::info, bool access = true)
    {
        settings options;
        options.level = level;
        options.access_log = access;
        options.log = sink_;
        return log_writer{options};
    }

    std::string access_line(client_address const& client, std::string_view method, std::string_view target,
                            std::string_view version, int status)
    {
        auto log = make();
        log.access(client, method, target, version, status);
        return sink_->lines.back();
    }

    std::shared_ptr<recording_sink> sink_ = std::make_shared<recording_sink>();
    client_address const local_{"127.0.0.1", 51234};
};

TEST_F(log_writer_test, writes_uvicorns_access_line)
{
    EXPECT_EQ(access_line(local_, "GET", "/x?y=1", "1.1", 200),
              "127.0.0.1:51234 - \"GET /x?y=1 HTTP/1.1\" 200 OK");
    EXPECT_EQ(access_line(local_, "POST", "/", "1.0", 404),
              "127.0.0.1:51234 - \"POST / HTTP/1.0\" 404 Not Found");
    EXPECT_EQ(access_line({"::1", 80}, "GET", "/", "1.1", 200), "::1:80 - \"GET / HTTP/1.1\" 200 OK");
    EXPECT_EQ(sink_->levels.back(), log_level::info);
    EXPECT_EQ(sink_->sources.back(), log_record::source::access);
}

TEST_F(log_writer_test, names_a_client_on_a_unix_socket)
{
    EXPECT_EQ(access_line({}, "GET", "/", "1.1", 200), "unix - \"GET / HTTP/1.1\" 200 OK");
}

TEST_F(log_writer_test, writes_a_status_without_a_phrase_alone)
{
    EXPECT_EQ(access_line(local_, "GET", "/", "1.1", 599), "127.0.0.1:51234 - \"GET / HTTP/1.1\" 599");
}

TEST_F(log_writer_test, escapes_what_the_client_sent)
{
    EXPECT_EQ(access_line(local_, "G\x1b", "/\" 200 OK\r\nERROR: \xff\\", "1.1", 400),
              R"(127.0.0.1:51234 - "G\x1b /\x22 200 OK\x0d\x0aERROR: \xff\x5c HTTP/1.1" 400 Bad Request)");
}

TEST_F(log_writer_test, cuts_long_targets_and_methods)
{
    std::string const fits(2048, 'a');
    EXPECT_EQ(access_line(local_, "GET", fits, "1.1", 200),
              "127.0.0.1:51234 - \"GET " + fits + " HTTP/1.1\" 200 OK");
    EXPECT_EQ(access_line(local_, "GET", fits + "b", "1.1", 200),
              "127.0.0.1:51234 - \"GET " + fits + "... HTTP/1.1\" 200 OK");
    EXPECT_EQ(access_line(local_, std::string(33, 'M'), "/", "1.1", 501),
              "127.0.0.1:51234 - \"" + std::string(32, 'M') + "... / HTTP/1.1\" 501 Not Implemented");
}

TEST_F(log_writer_test, keeps_to_its_threshold)
{
    auto log = make(log_level::warning);
    EXPECT_FALSE(log.enabled(log_level::info));
    EXPECT_TRUE(log.enabled(log_level::warning));
    log.write(log_level::info, "a");
    log.access(local_, "GET", "/", "1.1", 200);
    EXPECT_TRUE(sink_->lines.empty());
    log.write(log_level::warning, "b");
    log.write(log_level::error, "c");
    EXPECT_EQ(sink_->lines, (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(sink_->levels, (std::vector<log_level>{log_level::warning, log_level::error}));
    EXPECT_EQ(sink_->sources.back(), log_record::source::server);
}

TEST_F(log_writer_test, is_silent_when_off)
{
    auto log = make(log_level::off);
    log.write(log_level::error, "a");
    log.write(log_level::off, "a");
    EXPECT_FALSE(log.enabled(log_level::off));
    EXPECT_TRUE(sink_->lines.empty());
}

TEST_F(log_writer_test, writes_no_access_lines_when_told_so)
{
    auto log = make(log_level::debug, false);
    EXPECT_FALSE(log.access_enabled());
    log.access(local_, "GET", "/", "1.1", 200);
    log.write(log_level::debug, "a");
    EXPECT_EQ(sink_->lines, std::vector<std::string>{"a"});
}

TEST_F(log_writer_test, lets_no_control_character_through_in_a_message)
{
    auto log = make();
    log.write(log_level::error, "\"GET /\\x1b\" failed: a\r\n\x1b[2J\xC3\xA4");
    EXPECT_EQ(sink_->lines.back(), "\"GET /\\x1b\" failed: a\\x0d\\x0a\\x1b[2J\xC3\xA4");
}

TEST_F(log_writer_test, flushes_its_sink)
{
    auto log = make();
    log.flush();
    EXPECT_EQ(sink_->flushes, 1);
}

TEST(log_writer_default, is_the_console)
{
    settings options;
    options.level = log_level::error;
    log_writer log{options};
    log.write(log_level::info, "not written");
    log.flush();
}

} // namespace
} // namespace serval::server_impl
