// Answers as data: what is written, and that it is sent whole in whatever pieces the peer takes it.
#include "http/body_producer.hpp"
#include "server/http1_output.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::server_impl {
namespace {

constexpr std::string_view a_date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::size_t gathered_at_most = 64 * 1024;
constexpr std::size_t copied_at_most = 16 * 1024;

/// A stream that is never made.
class silent_producer final : public detail::body_producer {
public:
    explicit silent_producer(std::optional<std::uint64_t> length) : length_{length} {}
    std::optional<std::uint64_t> length() const noexcept override { return length_; }
    task<void> produce(http::body_sink&) override { return {}; }

private:
    std::optional<std::uint64_t> length_;
};

response stream_of(std::optional<std::uint64_t> length, int status = 200)
{
    response made(status);
    made.producer(std::make_shared<silent_producer>(length));
    return made;
}

class http1_output_test : public testing::Test {
protected:
    http1_output_test() { out_.use(&buffer_); }

    void write(response answer, persistence behind = persistence::keep, bool head_only = false)
    {
        out_.write(answer, behind, a_date, head_only);
    }
    void begin(std::optional<std::uint64_t> length, persistence behind = persistence::keep,
               bool http_1_0 = false)
    {
        out_.begin(response(200), behind, a_date, length, http_1_0);
    }
    /// What a peer gets that takes at most so many bytes at a time.
    std::string send(std::size_t at_most = static_cast<std::size_t>(-1))
    {
        std::string wire;
        while (out_.unsent())
            wire += send_once(at_most);
        EXPECT_TRUE(out_.to_send()[0].empty());
        out_.clear();
        return wire;
    }
    std::string send_once(std::size_t at_most)
    {
        auto const pieces = out_.to_send();
        auto taken = std::string{pieces[0].substr(0, at_most)};
        taken += pieces[1].substr(0, at_most - taken.size());
        EXPECT_FALSE(taken.empty()); // else this would go on for ever
        out_.sent(taken.size());
        return taken;
    }

    std::string buffer_;
    http1_output out_;
};

std::string head_of(std::string_view status, std::string_view fields)
{
    return "HTTP/1.1 " + std::string{status} + "\r\ndate: " + std::string{a_date} + "\r\n" +
           std::string{fields} + "\r\n";
}

// Whole answers.

struct written_answer {
    std::string name;
    std::function<response()> make;
    persistence behind;
    bool head_only;
    std::string bytes;

    friend std::ostream& operator<<(std::ostream& out, written_answer const& one) { return out << one.name; }
};

response text_with_fields()
{
    response made(404, "no");
    made.header("X-B", "1").header("Content-Type", "a/b").header("x-a", "2");
    return made;
}

std::string const text_type = "content-type: text/plain; charset=utf-8\r\n";
std::string const long_text(copied_at_most + 1, 'x');

std::vector<written_answer> const written_answers{
    {"text", [] { return response(200, "hello"); }, persistence::keep, false,
     head_of("200 OK", text_type + "content-length: 5\r\n") + "hello"},
    {"no_text", [] { return response(200); }, persistence::keep, false,
     head_of("200 OK", "content-length: 0\r\n")},
    {"text_to_a_client_of_http_1_0", [] { return response(200, "hello"); }, persistence::keep_1_0, false,
     head_of("200 OK", text_type + "content-length: 5\r\nconnection: keep-alive\r\n") + "hello"},
    {"the_last_text", [] { return response(200, "hello"); }, persistence::close, false,
     head_of("200 OK", text_type + "content-length: 5\r\nconnection: close\r\n") + "hello"},
    {"text_to_head", [] { return response(200, "hello"); }, persistence::keep, true,
     head_of("200 OK", text_type + "content-length: 5\r\n")},
    {"fields_in_their_order", text_with_fields, persistence::keep, false,
     head_of("404 Not Found", "content-type: a/b\r\ncontent-length: 2\r\nX-B: 1\r\nx-a: 2\r\n") + "no"},
    {"204_with_text", [] { return response(204, "hello"); }, persistence::keep, false,
     head_of("204 No Content", "")},
    {"205_with_text", [] { return response(205, "hello"); }, persistence::keep, false,
     head_of("205 Reset Content", "content-length: 0\r\n")},
    {"304_with_text", [] { return response(304, "hello"); }, persistence::keep, false,
     head_of("304 Not Modified", "")},
    {"204_at_the_end", [] { return response(204); }, persistence::close, false,
     head_of("204 No Content", "connection: close\r\n")},
    {"the_longest_text_that_is_copied", [] { return response(200, std::string(copied_at_most, 'x')); },
     persistence::keep, false,
     head_of("200 OK", text_type + "content-length: 16384\r\n") + std::string(copied_at_most, 'x')},
    {"a_longer_text", [] { return response(200, long_text); }, persistence::keep, false,
     head_of("200 OK", text_type + "content-length: 16385\r\n") + long_text},
    {"a_longer_text_to_head", [] { return response(200, long_text); }, persistence::keep, true,
     head_of("200 OK", text_type + "content-length: 16385\r\n")},
    {"204_with_a_longer_text", [] { return response(204, long_text); }, persistence::keep, false,
     head_of("204 No Content", "")},
    {"a_stream_to_head", [] { return stream_of(std::nullopt); }, persistence::keep, true,
     head_of("200 OK", "")},
    {"a_stream_of_known_length_to_head", [] { return stream_of(7); }, persistence::keep, true,
     head_of("200 OK", "content-length: 7\r\n")},
    {"a_stream_of_stated_length_to_head",
     [] {
         auto made = stream_of(7);
         made.content_length(8);
         return made;
     },
     persistence::keep, true, head_of("200 OK", "content-length: 8\r\n")},
    {"204_with_a_stream", [] { return stream_of(7, 204); }, persistence::keep, false,
     head_of("204 No Content", "")},
    {"205_with_a_stream", [] { return stream_of(7, 205); }, persistence::keep, false,
     head_of("205 Reset Content", "content-length: 0\r\n")},
    {"304_with_a_stream", [] { return stream_of(7, 304); }, persistence::keep, false,
     head_of("304 Not Modified", "")},
};

class answer_of : public http1_output_test, public testing::WithParamInterface<written_answer> {
protected:
    void write_it() { write(GetParam().make(), GetParam().behind, GetParam().head_only); }
};

TEST_P(answer_of, is_sent_whole)
{
    write_it();
    EXPECT_EQ(out_.gathered(), GetParam().bytes.size());
    EXPECT_EQ(send(), GetParam().bytes);
    EXPECT_FALSE(out_.unsent());
}

TEST_P(answer_of, is_sent_in_pieces_of_any_size)
{
    auto const size = GetParam().bytes.size();
    for (std::size_t at_most = 1; at_most <= size; at_most += 1 + at_most / 32) {
        write_it();
        ASSERT_EQ(send(at_most), GetParam().bytes) << "in pieces of " << at_most;
    }
}

TEST_P(answer_of, is_sent_after_any_part_of_it)
{
    for (std::size_t first = 1; first < GetParam().bytes.size(); ++first) {
        write_it();
        auto wire = send_once(first);
        ASSERT_EQ(wire.size(), first);
        ASSERT_EQ(wire += send(), GetParam().bytes) << "after " << first;
    }
}

TEST_P(answer_of, is_sent_behind_those_before_and_100_continue)
{
    write(response(200, "first"));
    auto const first = buffer_;
    out_.ask_for_body();
    write_it();
    EXPECT_EQ(send(5), first + "HTTP/1.1 100 Continue\r\n\r\n" + GetParam().bytes);
}

TEST_P(answer_of, moves_to_another_buffer_when_any_part_is_sent)
{
    for (std::size_t first = 0; first < GetParam().bytes.size(); first += 1 + first / 16) {
        write_it();
        auto wire = first != 0 ? send_once(first) : std::string{};
        std::string fresh;
        out_.move_to(fresh);
        EXPECT_TRUE(buffer_.empty());
        ASSERT_EQ(wire += send(), GetParam().bytes) << "after " << first;
        EXPECT_TRUE(fresh.empty());
        out_.use(&buffer_);
    }
}

INSTANTIATE_TEST_SUITE_P(http1_output_test, answer_of, testing::ValuesIn(written_answers),
                         [](auto const& tested) { return tested.param.name; });

// Bodies that follow their head.

TEST_F(http1_output_test, states_the_length_of_a_body_that_follows)
{
    begin(5);
    out_.append("he");
    out_.append("llo");
    out_.finish();
    EXPECT_EQ(send(1), head_of("200 OK", "content-length: 5\r\n") + "hello");
    EXPECT_FALSE(out_.ends_with_connection());
}

TEST_F(http1_output_test, states_a_length_of_0)
{
    begin(0);
    out_.finish();
    EXPECT_EQ(send(), head_of("200 OK", "content-length: 0\r\n"));
}

TEST_F(http1_output_test, sends_a_body_of_unknown_length_in_chunks)
{
    begin(std::nullopt);
    out_.append("hello");
    out_.append(std::string(300, 'x'));
    out_.finish();
    EXPECT_EQ(send(1), head_of("200 OK", "transfer-encoding: chunked\r\n") + "5\r\nhello\r\n12c\r\n" +
                           std::string(300, 'x') + "\r\n0\r\n\r\n");
    EXPECT_FALSE(out_.ends_with_connection());
}

TEST_F(http1_output_test, does_not_end_a_chunked_body_by_an_empty_piece)
{
    begin(std::nullopt);
    out_.append("");
    out_.append("a");
    out_.finish();
    EXPECT_EQ(send(), head_of("200 OK", "transfer-encoding: chunked\r\n") + "1\r\na\r\n0\r\n\r\n");
}

TEST_F(http1_output_test, ends_a_body_of_unknown_length_with_the_connection_in_http_1_0)
{
    begin(std::nullopt, persistence::close, true);
    out_.append("hello");
    out_.finish();
    EXPECT_TRUE(out_.ends_with_connection());
    EXPECT_EQ(send(), head_of("200 OK", "connection: close\r\n") + "hello");
}

TEST_F(http1_output_test, states_the_length_in_http_1_0_where_it_is_known)
{
    begin(5, persistence::keep_1_0, true);
    out_.append("hello");
    out_.finish();
    EXPECT_FALSE(out_.ends_with_connection());
    EXPECT_EQ(send(), head_of("200 OK", "content-length: 5\r\nconnection: keep-alive\r\n") + "hello");
}

TEST_F(http1_output_test, goes_on_with_a_body_of_which_a_part_was_sent)
{
    begin(std::nullopt);
    out_.append("one");
    auto wire = send(); // all that is there
    out_.append("two");
    wire += send_once(4); // a part of it
    std::string fresh;
    out_.move_to(fresh);
    out_.append("three");
    out_.finish();
    wire += send(1);
    EXPECT_EQ(wire, head_of("200 OK", "transfer-encoding: chunked\r\n") +
                        "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
}

TEST_F(http1_output_test, frames_each_answer_by_itself)
{
    begin(std::nullopt);
    out_.append("a");
    out_.finish();
    begin(1);
    out_.append("b");
    out_.finish();
    write(response(204));
    EXPECT_EQ(send(), head_of("200 OK", "transfer-encoding: chunked\r\n") + "1\r\na\r\n0\r\n\r\n" +
                          head_of("200 OK", "content-length: 1\r\n") + "b" + head_of("204 No Content", ""));
}

TEST_F(http1_output_test, changes_the_protocol_and_frames_nothing_from_then_on)
{
    response answer(200, "not sent");
    answer.header("x-a", "1");
    out_.switch_to("echo/1", answer, a_date);
    auto const head = "HTTP/1.1 101 Switching Protocols\r\ndate: " + std::string{a_date} +
                      "\r\nconnection: upgrade\r\nupgrade: echo/1\r\nx-a: 1\r\n\r\n";
    out_.append("raw");
    EXPECT_EQ(send(1), head + "raw");
    EXPECT_TRUE(out_.ends_with_connection());
    out_.append("bytes");
    EXPECT_EQ(send(), "bytes");
}

// Taking back.

/// Where an answer is taken back: behind so many of its steps.
class taking_back : public http1_output_test,
                    public testing::WithParamInterface<std::optional<std::uint64_t>> {};

TEST_P(taking_back, leaves_what_was_there_before_at_each_step_of_the_answer)
{
    bool const http_1_0 = !GetParam();
    auto const behind = http_1_0 ? persistence::close : persistence::keep;
    for (int steps = 0; steps != 4; ++steps) {
        write(response(200, "before"));
        auto const before = buffer_;
        EXPECT_FALSE(out_.can_take_back());
        begin(GetParam(), behind, http_1_0);
        if (steps > 0) out_.append("he");
        if (steps > 1) out_.append("llo");
        if (steps > 2) out_.finish();
        ASSERT_TRUE(out_.can_take_back());
        out_.take_back();
        EXPECT_FALSE(out_.can_take_back());
        EXPECT_FALSE(out_.ends_with_connection());
        write(response(500, "instead"));
        EXPECT_EQ(send(), before + head_of("500 Internal Server Error", text_type + "content-length: 7\r\n") +
                              "instead");
    }
}

INSTANTIATE_TEST_SUITE_P(http1_output_test, taking_back,
                         testing::Values(std::optional<std::uint64_t>{5}, std::nullopt));

TEST_F(http1_output_test, takes_an_answer_back_as_long_as_only_what_is_before_it_was_sent)
{
    for (std::size_t sent = 1;; ++sent) {
        write(response(200, "before"));
        auto const before = buffer_;
        begin(5);
        out_.append("hello");
        auto wire = send_once(sent);
        ASSERT_EQ(out_.can_take_back(), sent <= before.size()) << sent;
        if (sent > before.size()) break;
        out_.take_back();
        EXPECT_EQ(wire += send(), before) << sent;
    }
}

TEST_F(http1_output_test, takes_nothing_back_once_all_was_sent_or_lost)
{
    begin(5);
    send();
    EXPECT_FALSE(out_.can_take_back());
    begin(5);
    out_.clear();
    EXPECT_FALSE(out_.can_take_back());
    EXPECT_FALSE(out_.unsent());
}

TEST_F(http1_output_test, takes_an_answer_back_in_the_buffer_that_it_has_moved_to)
{
    write(response(200, "before"));
    auto const before = buffer_;
    begin(std::nullopt);
    std::string fresh;
    out_.move_to(fresh);
    ASSERT_TRUE(out_.can_take_back());
    out_.take_back();
    EXPECT_EQ(send(), before);
}

// Bounds.

TEST_F(http1_output_test, is_full_beyond_64_kib)
{
    EXPECT_FALSE(out_.full());
    buffer_.assign(gathered_at_most, 'x');
    EXPECT_FALSE(out_.full());
    buffer_ += 'x';
    EXPECT_TRUE(out_.full());
    send();
    EXPECT_FALSE(out_.full());
}

TEST_F(http1_output_test, is_full_with_a_body_that_is_not_copied)
{
    write(response(200, std::string(copied_at_most, 'x')));
    EXPECT_FALSE(out_.full());
    send();
    write(response(200, long_text));
    EXPECT_TRUE(out_.full());
    send_once(100);
    EXPECT_TRUE(out_.full());
    send();
    EXPECT_FALSE(out_.full());
}

TEST_F(http1_output_test, has_room_for_64_kib_of_a_stream)
{
    EXPECT_EQ(out_.room(), gathered_at_most);
    begin(gathered_at_most);
    auto const head = buffer_.size();
    EXPECT_EQ(out_.room(), gathered_at_most - head);
    out_.append(std::string(out_.room() - 1, 'x'));
    EXPECT_EQ(out_.room(), 1U);
    out_.append("x");
    EXPECT_EQ(out_.room(), 0U);
    EXPECT_FALSE(out_.full());
    send();
    EXPECT_EQ(out_.room(), gathered_at_most);
}

TEST_F(http1_output_test, has_no_room_where_the_framing_of_chunks_has_used_more)
{
    begin(std::nullopt);
    out_.append(std::string(out_.room(), 'x'));
    EXPECT_GT(buffer_.size(), gathered_at_most);
    EXPECT_EQ(out_.room(), 0U);
    EXPECT_TRUE(out_.full());
}

TEST_F(http1_output_test, has_nothing_to_send_at_first_and_without_a_buffer)
{
    EXPECT_FALSE(out_.unsent());
    EXPECT_TRUE(out_.to_send()[0].empty());
    EXPECT_EQ(out_.gathered(), 0U);
    out_.use(nullptr);
    EXPECT_FALSE(out_.unsent());
}

TEST_F(http1_output_test, sends_a_long_body_from_where_it_is)
{
    std::string body = long_text;
    auto const* const where = body.data();
    write(response(200, std::move(body)));
    EXPECT_EQ(static_cast<void const*>(out_.to_send()[1].data()), where);
    EXPECT_EQ(buffer_.find("xx"), std::string::npos);
}

} // namespace
} // namespace serval::server_impl
