#include "http/body_producer.hpp"
#include "http/filtered_body.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace serval::http {
namespace {

using namespace std::chrono_literals;

/// Upper case, each whole line with its number; what is behind the last line feed waits, and ends with "!".
class shouting final : public body_filter {
public:
    bool begin(response& answer) override
    {
        answer.header("content-encoding", "shout");
        return true;
    }
    void transform(std::string_view bytes, std::string& out) override
    {
        for (char const c : bytes) {
            kept_ += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            if (c == '\n') flush(out);
        }
    }
    void flush(std::string& out) override
    {
        out += kept_;
        kept_.clear();
    }
    void finish(std::string& out) override
    {
        flush(out);
        out += "!";
    }

private:
    std::string kept_;
};

/// Each byte a hundred times: more than a sink takes at once.
class stretching final : public body_filter {
public:
    bool begin(response&) override { return true; }
    void transform(std::string_view bytes, std::string& out) override
    {
        for (char const c : bytes)
            out.append(100, c);
    }
    void flush(std::string&) override {}
    void finish(std::string&) override {}
};

class filtered_bodies : public testing::Test {
protected:
    template <class Filter>
    static void filter(app& one)
    {
        one.middleware([](request& asked, next go_on) -> task<response> {
            response made = co_await go_on(asked);
            filter_body(made, std::make_unique<Filter>());
            co_return made;
        });
    }

    app app_;
};

generator<std::string> lines()
{
    co_yield std::string("one\ntw");
    co_yield std::string("o\nthree");
}

TEST_F(filtered_bodies, of_generators_are_transformed_and_ended)
{
    filter<shouting>(app_);
    app_.get("/", &lines);
    test_client client(app_);
    auto const answer = client.get("/");
    EXPECT_EQ(answer.body, "ONE\nTWO\nTHREE!");
    EXPECT_EQ(answer.header("content-encoding"), "shout");
    EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
}

TEST_F(filtered_bodies, reach_the_client_when_their_producer_waits)
{
    filter<shouting>(app_);
    app_.get("/", []() -> generator<std::string> {
        co_yield std::string("half");
        co_await sleep_for(1h);
    });
    manual_clock clock;
    test_client client(app_, clock);
    auto stream = client.stream("GET", "/");
    EXPECT_EQ(stream.next(), "HALF");
}

TEST_F(filtered_bodies, may_be_longer_than_a_connection_takes)
{
    filter<stretching>(app_);
    app_.get("/", []() -> generator<std::string> { co_yield std::string(20'000, 'x'); });
    test_client client(app_);
    EXPECT_EQ(client.get("/").body, std::string(2'000'000, 'x'));
}

TEST_F(filtered_bodies, lose_the_length_that_was_stated)
{
    filter<shouting>(app_);
    app_.get("/", []() -> task<response> {
        response made = streaming_response(lines(), "text/plain");
        made.content_length(13);
        co_return made;
    });
    test_client client(app_);
    auto const answer = client.get("/");
    EXPECT_EQ(answer.body, "ONE\nTWO\nTHREE!");
    EXPECT_FALSE(answer.header("content-length"));
}

TEST_F(filtered_bodies, may_be_files_but_not_parts_of_them)
{
    std::string const path = testing::TempDir() + "/filtered_body_test.txt";
    std::ofstream(path) << "some text";
    filter<shouting>(app_);
    app_.get("/", [path]() -> task<response> { co_return file_response(path); });
    test_client client(app_);
    EXPECT_EQ(client.get("/").body, "SOME TEXT!");
    auto const part = client.get("/", {{"range", "bytes=0-3"}});
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "some");
    EXPECT_FALSE(part.header("content-encoding"));
}

TEST_F(filtered_bodies, are_not_made_of_text)
{
    filter<shouting>(app_);
    app_.get("/", []() -> task<std::string> { co_return "text"; });
    test_client client(app_);
    EXPECT_EQ(client.get("/").body, "text");
}

TEST_F(filtered_bodies, send_pings_through_the_filter)
{
    filter<shouting>(app_);
    app_.get("/", []() -> generator<sse_event> {
        sse_event one("first");
        co_yield std::move(one);
        co_await sleep_for(1h);
    });
    manual_clock clock;
    test_client client(app_, clock);
    auto stream = client.stream("GET", "/");
    EXPECT_EQ(stream.next(), "DATA: FIRST\n\n");
    clock.advance(16s);
    EXPECT_EQ(stream.next(), ": PING\n\n");
}

} // namespace
} // namespace serval::http
