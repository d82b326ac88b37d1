// Conversations as data: the same bytes give the same events, however they are split.
#include "server/http1_input.hpp"
#include "support/wire_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace serval::server_impl {
namespace {

constexpr std::size_t no_bound = std::numeric_limits<std::size_t>::max();

std::string repeat(std::string_view text, std::size_t times)
{
    std::string made;
    for (std::size_t i = 0; i != times; ++i)
        made += text;
    return made;
}

/// Reads requests as a protocol does, and writes down what it sees, a line an event. Of a long body only
/// the ends and the length stand there.
class input_reader {
public:
    explicit input_reader(wire::head_limits const& limits = {}) : in_{limits} { in_.use(&buffers_); }

    /// `at_most`: bytes of a body that are received at a time.
    void give(std::string_view bytes, std::size_t at_most = no_bound)
    {
        while (!bytes.empty() && !over_) {
            auto const room = in_body_ ? in_.room_for_body(at_most) : in_.room();
            ASSERT_FALSE(room.empty());
            auto const n = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), n);
            in_body_ ? in_.received_of_body(n) : in_.received(n);
            bytes.remove_prefix(n);
            look();
        }
    }
    std::string events() const
    {
        if (over_) return events_;
        if (in_body_) return events_ + "of a body: " + shown(body_) + '\n';
        return events_ + (in_.blank() ? "" : "of a head\n");
    }
    bool in_body() const noexcept { return in_body_; }
    http1_input& in() noexcept { return in_; }
    message_buffers& buffers() noexcept { return buffers_; }

private:
    void look()
    {
        while (!over_ && (in_body_ ? look_at_body() : look_at_head())) {
        }
    }
    bool look_at_head()
    {
        auto const state = in_.next_head(head_);
        if (state == http1_input::head_state::incomplete) return false;
        if (state == http1_input::head_state::failed) return fail(in_.failure());
        begun_ = std::string{head_.method_name} + ' ' + std::string{head_.target};
        events_ += begun_ + '\n';
        in_body_ = true;
        return true;
    }
    bool look_at_body()
    {
        auto const step = in_.next_piece();
        if (step.failure != wire::error::none) return fail(step.failure);
        body_ += step.data;
        if (!in_.body_ended()) return step.consumed != 0;
        // Whatever has come meanwhile, views of the head still show it.
        EXPECT_EQ(std::string{head_.method_name} + ' ' + std::string{head_.target}, begun_);
        events_ += "body: " + shown(body_) + '\n';
        body_.clear();
        in_body_ = false;
        in_.end_request();
        return true;
    }
    bool fail(wire::error why)
    {
        events_ += "failed: " + std::string{test::name_of(why)} + '\n';
        over_ = true;
        return false;
    }
    static std::string shown(std::string_view body)
    {
        if (body.size() <= 64) return test::escape(body);
        return std::string{body.substr(0, 8)} + " ... " +
               std::to_string(std::hash<std::string_view>{}(body)) + " ... " + std::to_string(body.size());
    }

    message_buffers buffers_;
    http1_input in_;
    wire::request_head head_;
    std::string begun_;
    std::string body_;
    std::string events_;
    bool in_body_ = false;
    bool over_ = false;
};

std::string events_of(std::string_view raw, std::vector<std::size_t> const& ends,
                      std::size_t at_most = no_bound)
{
    input_reader reader;
    std::size_t begin = 0;
    for (auto const end : ends) {
        reader.give(raw.substr(begin, end - begin), at_most);
        begin = end;
    }
    reader.give(raw.substr(begin), at_most);
    return reader.events();
}

struct conversation {
    std::string name;
    std::string raw;
    std::string events;

    friend std::ostream& operator<<(std::ostream& out, conversation const& one) { return out << one.name; }
};

std::string const get_a = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
std::string const post_5 = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
std::string const chunked_head = "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
std::string const chunked_body = "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n";
std::string const get_a_events = "GET /a\nbody: \n";

std::vector<conversation> const conversations{
    {"a_request_without_a_body", get_a, get_a_events},
    {"empty_lines_before_a_request", "\r\n\r\n" + get_a, get_a_events},
    {"empty_lines_alone", "\r\n\r\n", ""},
    {"half_a_head", "GET /a HTTP/1.1\r\nHost: a\r\n", "of a head\n"},
    {"pipelined_requests", get_a + get_a + "HEAD /z HTTP/1.0\r\n\r\n",
     get_a_events + get_a_events + "HEAD /z\nbody: \n"},
    {"pipelined_requests_and_a_half", get_a + get_a + "GE", get_a_events + get_a_events + "of a head\n"},
    {"empty_lines_between_requests", get_a + "\r\n" + get_a + "\r\n", get_a_events + get_a_events},
    {"a_body_with_a_length", post_5, "POST /b\nbody: hello\n"},
    {"a_body_of_length_0", "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST /b\nbody: \n"},
    {"a_body_that_is_cut_short", post_5.substr(0, post_5.size() - 2), "POST /b\nof a body: hel\n"},
    {"a_request_behind_a_body", post_5 + get_a + post_5,
     "POST /b\nbody: hello\n" + get_a_events + "POST /b\nbody: hello\n"},
    {"bytes_behind_a_body_that_are_no_head", post_5 + "(bad)\r\n\r\n",
     "POST /b\nbody: hello\nfailed: bad_request_line\n"},
    {"a_chunked_body", chunked_head + chunked_body, "PUT /c\nbody: abcde\n"},
    {"an_empty_chunked_body", chunked_head + "0\r\n\r\n", "PUT /c\nbody: \n"},
    {"a_chunked_body_without_its_end", chunked_head + "3\r\nabc\r\n0\r\n", "PUT /c\nof a body: abc\n"},
    {"requests_behind_a_chunked_body", chunked_head + chunked_body + get_a + chunked_head + chunked_body,
     "PUT /c\nbody: abcde\n" + get_a_events + "PUT /c\nbody: abcde\n"},
    {"a_chunk_of_a_wrong_size", chunked_head + "3\r\nabcd\r\n0\r\n\r\n" + get_a,
     "PUT /c\nfailed: bad_chunk\n"},
    {"a_size_that_is_no_number", chunked_head + "x\r\n", "PUT /c\nfailed: bad_chunk\n"},
    {"a_head_that_is_malformed", get_a + "GET /b HTTP/1.1\r\nHost a\r\n\r\n" + get_a,
     get_a_events + "failed: bad_field\n"},
    {"a_length_and_a_coding",
     "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
     "chunked\r\n\r\nhello",
     "failed: bad_framing\n"},
    {"another_version", "GET /a HTTP/3.0\r\nHost: a\r\n\r\n", "failed: bad_version\n"},
};

class conversation_of : public testing::TestWithParam<conversation> {};

TEST_P(conversation_of, gives_its_events_whole)
{
    EXPECT_EQ(events_of(GetParam().raw, {}), GetParam().events);
}

TEST_P(conversation_of, gives_them_split_in_two_at_every_offset)
{
    for (std::size_t i = 0; i <= GetParam().raw.size(); ++i)
        ASSERT_EQ(events_of(GetParam().raw, {i}), GetParam().events) << "split at " << i;
}

TEST_P(conversation_of, gives_them_byte_by_byte)
{
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i <= GetParam().raw.size(); ++i)
        ends.push_back(i);
    EXPECT_EQ(events_of(GetParam().raw, ends), GetParam().events);
}

TEST_P(conversation_of, gives_them_when_little_of_a_body_is_received_at_a_time)
{
    for (std::size_t i = 0; i <= GetParam().raw.size(); i += 5)
        ASSERT_EQ(events_of(GetParam().raw, {i}, 3), GetParam().events) << "split at " << i;
}

INSTANTIATE_TEST_SUITE_P(http1_input_test, conversation_of, testing::ValuesIn(conversations),
                         [](auto const& tested) { return tested.param.name; });

// What is longer than the buffers.

class long_conversation_of : public testing::TestWithParam<conversation> {};

TEST_P(long_conversation_of, gives_its_events_in_pieces_of_any_size)
{
    auto const& raw = GetParam().raw;
    for (std::size_t const size : {1UL, 7UL, 4096UL, 16'384UL, 65'536UL, 65'537UL, 262'144UL, no_bound}) {
        std::vector<std::size_t> ends;
        for (std::size_t end = size; end < raw.size(); end += size)
            ends.push_back(end);
        ASSERT_EQ(events_of(raw, ends), GetParam().events) << "in pieces of " << size;
    }
}

TEST_P(long_conversation_of, gives_them_split_in_two)
{
    for (std::size_t i = 0; i <= GetParam().raw.size(); i += 7919) // a prime: every phase of the buffers
        ASSERT_EQ(events_of(GetParam().raw, {i}), GetParam().events) << "split at " << i;
}

std::string text_of(std::size_t size)
{
    std::string made(size, 'x');
    for (std::size_t i = 0; i < size; i += 3)
        made[i] = static_cast<char>('a' + i / 3 % 26);
    return made;
}

std::string long_event(std::string_view body)
{
    return "body: " + std::string{body.substr(0, 8)} + " ... " +
           std::to_string(std::hash<std::string_view>{}(body)) + " ... " + std::to_string(body.size()) + '\n';
}

std::string with_length(std::string const& body)
{
    return "POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

std::string const body_of_700k = text_of(700'001);
std::string const many_chunks = repeat("c8\r\n" + text_of(200) + "\r\n", 1000) + "0\r\n\r\n";

std::vector<conversation> const long_conversations{
    {"a_long_head",
     "GET /" + std::string(8000, 'p') + " HTTP/1.1\r\nHost: a\r\nX: " + std::string(31'000, 'v') +
         "\r\n\r\n" + get_a,
     "GET /" + std::string(8000, 'p') + "\nbody: \n" + get_a_events},
    {"many_pipelined_requests", repeat(get_a, 3000), repeat(get_a_events, 3000)},
    {"many_pipelined_bodies", repeat(post_5, 2000), repeat("POST /b\nbody: hello\n", 2000)},
    {"a_long_body_with_a_length", with_length(body_of_700k), "POST /long\n" + long_event(body_of_700k)},
    {"requests_behind_a_long_body",
     with_length(body_of_700k) + repeat(get_a, 200) + with_length(text_of(70'000)),
     "POST /long\n" + long_event(body_of_700k) + repeat(get_a_events, 200) + "POST /long\n" +
         long_event(text_of(70'000))},
    {"a_chunk_longer_than_the_buffers", chunked_head + "aae61\r\n" + body_of_700k + "\r\n0\r\n\r\n" + get_a,
     "PUT /c\n" + long_event(body_of_700k) + get_a_events},
    {"many_chunks", chunked_head + many_chunks + get_a,
     "PUT /c\n" + long_event(repeat(text_of(200), 1000)) + get_a_events},
    {"a_head_without_an_end", "GET /a HTTP/1.1\r\n" + repeat("X: " + std::string(1000, 'v') + "\r\n", 40),
     "failed: fields_too_large\n"},
    {"a_request_line_without_an_end", "GET /" + std::string(9000, 'p'), "failed: request_line_too_long\n"},
};

INSTANTIATE_TEST_SUITE_P(http1_input_test, long_conversation_of, testing::ValuesIn(long_conversations),
                         [](auto const& tested) { return tested.param.name; });

// What it tells, and the memory that it takes.

class http1_input_test : public testing::Test {
protected:
    /// Receives bytes that may be a head's, and reads one.
    http1_input::head_state take_head(std::string_view bytes)
    {
        put(in_.room(), bytes);
        in_.received(bytes.size());
        return in_.next_head(head_);
    }
    void take_of_body(std::string_view bytes, std::size_t at_most = no_bound)
    {
        put(in_.room_for_body(at_most), bytes);
        in_.received_of_body(bytes.size());
    }
    static void put(std::span<char> room, std::string_view bytes)
    {
        ASSERT_GE(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
    }
    /// All of the body that has come.
    std::string pieces()
    {
        std::string all;
        for (;;) {
            auto const step = in_.next_piece();
            EXPECT_EQ(step.failure, wire::error::none);
            all += step.data;
            if (step.consumed == 0) return all;
        }
    }
    /// Fills what is offered for a body, and takes it; returns how much that was.
    std::size_t fill()
    {
        auto const room = in_.room_for_body(no_bound);
        std::fill(room.begin(), room.end(), 'x');
        in_.received_of_body(room.size());
        EXPECT_EQ(pieces().size(), room.size());
        return room.size();
    }

    message_buffers buffers_;
    http1_input in_{{}};
    wire::request_head head_;

    http1_input_test() { in_.use(&buffers_); }
};

constexpr auto complete = http1_input::head_state::complete;
constexpr auto incomplete = http1_input::head_state::incomplete;

TEST_F(http1_input_test, tells_empty_lines_from_a_head_that_has_begun)
{
    EXPECT_TRUE(in_.empty());
    EXPECT_TRUE(in_.blank());
    EXPECT_EQ(take_head("\r\n"), incomplete);
    EXPECT_FALSE(in_.empty());
    EXPECT_TRUE(in_.blank());
    EXPECT_EQ(take_head("G"), incomplete);
    EXPECT_FALSE(in_.blank());
}

TEST_F(http1_input_test, has_no_body_to_read_before_the_first_head_and_between_two)
{
    EXPECT_TRUE(in_.body_ended());
    EXPECT_EQ(take_head(post_5), complete);
    EXPECT_FALSE(in_.body_ended());
    pieces();
    EXPECT_TRUE(in_.body_ended());
    in_.end_request();
    EXPECT_TRUE(in_.body_ended());
    EXPECT_TRUE(in_.empty());
    EXPECT_TRUE(in_.blank());
}

TEST_F(http1_input_test, knows_how_much_of_a_body_is_still_to_come)
{
    ASSERT_EQ(take_head("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"), complete);
    EXPECT_EQ(in_.body_remaining(), 5U); // what has come and was not taken, too
    pieces();
    EXPECT_EQ(in_.body_remaining(), 3U);
}

TEST_F(http1_input_test, does_not_know_how_much_of_a_chunked_body_is_to_come)
{
    ASSERT_EQ(take_head(chunked_head + "3\r\nab"), complete);
    pieces();
    EXPECT_EQ(in_.body_remaining(), 0U);
    EXPECT_FALSE(in_.body_ended());
}

TEST_F(http1_input_test, shows_all_bytes_that_belong_to_no_request_that_has_ended)
{
    ASSERT_EQ(take_head(post_5 + "GET"), complete);
    EXPECT_EQ(in_.bytes(), post_5 + "GET");
    EXPECT_EQ(in_.unread(), "helloGET");
    pieces();
    EXPECT_EQ(in_.unread(), "GET");
    in_.end_request();
    EXPECT_EQ(in_.bytes(), "GET");
    EXPECT_EQ(in_.unread(), "GET");
}

TEST_F(http1_input_test, keeps_the_bytes_of_a_chunk_that_is_refused)
{
    ASSERT_EQ(take_head(chunked_head + "zz\r\n"), complete);
    EXPECT_EQ(in_.next_piece().failure, wire::error::bad_chunk);
    EXPECT_EQ(in_.unread(), "zz\r\n");
    EXPECT_EQ(in_.next_piece().failure, wire::error::bad_chunk); // for good
}

TEST_F(http1_input_test, reads_nothing_more_of_a_body_that_is_forgotten)
{
    ASSERT_EQ(take_head("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello"), complete);
    in_.forget_body();
    EXPECT_TRUE(in_.body_ended());
    EXPECT_EQ(in_.body_remaining(), 0U);
    EXPECT_EQ(in_.next_piece().consumed, 0U);
    EXPECT_EQ(in_.unread(), "hello"); // which is nobody's, but has been sent
}

TEST_F(http1_input_test, gives_away_what_has_come_behind_a_request_that_changes_the_protocol)
{
    ASSERT_EQ(take_head(post_5 + "other"), complete);
    EXPECT_EQ(pieces(), "hello");
    EXPECT_EQ(in_.take_rest(), "other");
    EXPECT_EQ(in_.take_rest(), "");
    take_of_body("bytes");
    EXPECT_EQ(in_.take_rest(), "bytes");
    take_of_body("and more");
    EXPECT_EQ(in_.take_rest(), "and more");
    in_.end_request();
    EXPECT_TRUE(in_.empty());
}

TEST_F(http1_input_test, offers_4_kib_at_least_for_a_head_and_does_not_grow_for_what_is_taken_in_time)
{
    for (int i = 0; i != 10'000; ++i) {
        ASSERT_GE(in_.room().size(), 4096U);
        ASSERT_EQ(take_head(get_a), complete);
        in_.end_request();
    }
    EXPECT_EQ(buffers_.input.capacity(), input_buffer::initial_size);
}

TEST_F(http1_input_test, receives_no_more_of_a_body_than_it_is_told)
{
    ASSERT_EQ(take_head(with_length(text_of(1'000'000)).substr(0, 100)), complete);
    pieces();
    EXPECT_EQ(in_.room_for_body(1).size(), 1U);
    EXPECT_EQ(in_.room_for_body(32 * 1024).size(), 32U * 1024);
    EXPECT_EQ(in_.room_for_body(no_bound).size(), 64U * 1024);
}

TEST_F(http1_input_test, receives_more_at_a_time_of_a_body_that_fills_what_it_is_offered)
{
    ASSERT_EQ(take_head("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n"), complete);
    EXPECT_EQ(fill(), 64U * 1024);
    EXPECT_EQ(fill(), http1_input::large_body_read);
    EXPECT_EQ(fill(), http1_input::large_body_read); // and no more than that
}

TEST_F(http1_input_test, does_not_take_more_memory_for_a_body_that_comes_in_drops)
{
    ASSERT_EQ(take_head("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n"), complete);
    for (int i = 0; i != 100; ++i) {
        take_of_body("drops");
        EXPECT_EQ(pieces(), "drops");
    }
    EXPECT_EQ(in_.room_for_body(no_bound).size(), 64U * 1024);
}

TEST_F(http1_input_test, does_not_take_more_memory_for_the_little_that_is_left)
{
    ASSERT_EQ(take_head("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"), complete);
    EXPECT_EQ(fill(), 64U * 1024);
    EXPECT_EQ(in_.room_for_body(no_bound).size(), 64U * 1024);
}

TEST_F(http1_input_test, gives_the_memory_of_a_body_back_when_its_request_ends)
{
    ASSERT_EQ(take_head("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), complete);
    take_of_body("hello" + get_a);
    EXPECT_EQ(pieces(), "hello");
    EXPECT_NE(buffers_.body_in.capacity(), 0U);
    EXPECT_EQ(in_.unread(), get_a);
    in_.end_request();
    EXPECT_EQ(buffers_.body_in.capacity(), 0U);
    EXPECT_EQ(in_.next_head(head_), complete);
    EXPECT_EQ(head_.target, "/a");
}

TEST_F(http1_input_test, receives_behind_bytes_of_a_body_that_nobody_has_taken)
{
    ASSERT_EQ(take_head("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhel"), complete);
    take_of_body("lo");
    take_of_body("you" + get_a);
    EXPECT_EQ(pieces(), "helloyou");
    EXPECT_EQ(in_.unread(), get_a);
    in_.end_request();
    EXPECT_EQ(in_.bytes(), get_a); // once
}

TEST_F(http1_input_test, always_has_room_for_more_of_a_body_of_which_nothing_was_taken)
{
    auto const body = text_of(500'000);
    auto const raw = with_length(body);
    std::size_t given = 100'000; // more than a body's first buffer
    put(in_.room(), std::string_view{raw}.substr(0, 4000));
    in_.received(4000);
    buffers_.input.append(std::string_view{raw}.substr(4000, given - 4000));
    ASSERT_EQ(in_.next_head(head_), complete);
    while (given != raw.size()) {
        auto const room = in_.room_for_body(no_bound);
        ASSERT_FALSE(room.empty());
        auto const n = std::min(room.size(), raw.size() - given);
        put(room, std::string_view{raw}.substr(given, n));
        in_.received_of_body(n);
        given += n;
    }
    EXPECT_EQ(pieces(), body);
}

// Moving to other buffers: tasks keep the request's.

TEST_F(http1_input_test, takes_what_lies_behind_a_head_along_and_leaves_the_head)
{
    ASSERT_EQ(take_head(get_a + "GET /next HTTP/1.1\r\nHost: b\r\n\r\n"), complete);
    message_buffers fresh;
    in_.move_to(fresh);
    in_.end_request();
    wire::request_head next;
    EXPECT_EQ(in_.next_head(next), complete);
    EXPECT_EQ(next.target, "/next");
    EXPECT_EQ(in_.bytes().data(), fresh.input.bytes().data());
    EXPECT_EQ(head_.target, "/a");
    EXPECT_EQ(head_.target.data(), buffers_.input.bytes().data() + 4); // where it was
}

TEST_F(http1_input_test, takes_what_lies_behind_a_long_body_along)
{
    ASSERT_EQ(take_head("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), complete);
    take_of_body("hello" + get_a + "GE");
    EXPECT_EQ(pieces(), "hello");
    message_buffers fresh;
    in_.move_to(fresh);
    in_.end_request();
    wire::request_head next;
    EXPECT_EQ(in_.next_head(next), complete);
    EXPECT_EQ(next.target, "/a");
    in_.end_request();
    EXPECT_EQ(in_.bytes(), "GE");
}

/// A body that goes on in other buffers, when so many bytes of what is behind its head came with that.
class moving_within_a_body : public testing::TestWithParam<std::size_t> {};

TEST_P(moving_within_a_body, goes_on_where_it_was)
{
    auto const all = chunked_body + get_a;
    for (std::size_t moved_at = GetParam(); moved_at <= chunked_body.size(); ++moved_at) {
        message_buffers first;
        message_buffers second;
        http1_input in{{}};
        in.use(&first);
        std::string body;
        auto const take = [&] {
            for (;;) {
                auto const step = in.next_piece();
                ASSERT_EQ(step.failure, wire::error::none);
                body += step.data;
                if (step.consumed == 0) return;
            }
        };
        auto const receive = [&](std::span<char> room, std::size_t begin, std::size_t end) {
            ASSERT_GE(room.size(), end - begin);
            std::copy(all.begin() + static_cast<std::ptrdiff_t>(begin),
                      all.begin() + static_cast<std::ptrdiff_t>(end), room.begin());
        };
        auto const with_head = chunked_head + all.substr(0, GetParam());
        std::copy(with_head.begin(), with_head.end(), in.room().begin());
        in.received(with_head.size());
        wire::request_head head;
        ASSERT_EQ(in.next_head(head), complete);
        take();
        if (moved_at != GetParam()) {
            receive(in.room_for_body(no_bound), GetParam(), moved_at);
            in.received_of_body(moved_at - GetParam());
            take();
        }
        in.move_to(second);
        if (!in.body_ended()) {
            receive(in.room_for_body(no_bound), moved_at, all.size());
            in.received_of_body(all.size() - moved_at);
            take();
            ASSERT_EQ(in.unread(), get_a);
        }
        EXPECT_EQ(body, "abcde") << "moved at " << moved_at;
        EXPECT_TRUE(in.body_ended());
        in.end_request();
    }
}

INSTANTIATE_TEST_SUITE_P(http1_input_test, moving_within_a_body,
                         testing::Range(std::size_t{0}, chunked_body.size() + 1));

TEST_F(http1_input_test, takes_bytes_along_that_nobody_has_looked_at)
{
    ASSERT_EQ(take_head("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhel"), complete);
    message_buffers fresh;
    in_.move_to(fresh);
    EXPECT_EQ(in_.unread(), "hel");
    EXPECT_EQ(pieces(), "hel");
    take_of_body("lo");
    message_buffers third;
    in_.move_to(third); // out of the body's own buffer
    EXPECT_EQ(pieces(), "lo");
    take_of_body("you" + get_a);
    EXPECT_EQ(pieces(), "you");
    in_.end_request();
    EXPECT_EQ(in_.bytes(), get_a);
}

} // namespace
} // namespace serval::server_impl
