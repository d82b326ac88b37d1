#include "testing/response_reader.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::testing_impl {
namespace {

struct good_case {
    char const* name;
    bool head_request;
    std::string_view bytes;
    int status;
    std::string_view reason;
    std::size_t fields;
    std::string_view body;
    bool keep_alive;
    bool until_close;
};

using namespace std::string_view_literals;

constexpr good_case good_cases[] = {
    {"a length", false, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhello", 200, "OK", 2,
     "hello", true, false},
    {"a length of zero", false, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, "OK", 1, "", true,
     false},
    {"chunks", false,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n",
     200, "OK", 1, "abc0123456789", true, false},
    {"chunks with line ends in them", false,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n", 200, "OK", 1,
     "\r\n\r\n", true, false},
    {"until close", false, "HTTP/1.1 200 OK\r\n\r\nall\r\nof it", 200, "OK", 0, "all\r\nof it", false, true},
    {"HEAD", true, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "OK", 1, "", true, false},
    {"HEAD of a stream", true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "OK", 1, "",
     true, false},
    {"204", false, "HTTP/1.1 204 No Content\r\n\r\n", 204, "No Content", 0, "", true, false},
    {"304", false, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "Not Modified", 1, "", true,
     false},
    {"interim responses", false,
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n!",
     201, "Created", 1, "!", true, false},
    {"101", false, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 101, "Switching Protocols", 1,
     "", false, false},
    {"an empty reason", false, "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, "", 1, "", true, false},
    {"close", false, "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na", 200, "OK", 2,
     "a", false, false},
    {"HTTP/1.0", false, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "OK", 1, "a", false, false},
    {"HTTP/1.0 kept", false, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", 200,
     "OK", 2, "a", true, false},
    {"bytes beyond ASCII", false, "HTTP/1.1 200 OK\r\nX: \xC3\xA4\r\nContent-Length: 3\r\n\r\n\0\xFF\n"sv,
     200, "OK", 2, "\0\xFF\n"sv, true, false},
};

void expect_good(good_case const& expected, std::vector<std::string_view> const& pieces)
{
    response_reader reader(expected.head_request);
    EXPECT_TRUE(reader.untouched());
    for (auto const piece : pieces) {
        EXPECT_FALSE(reader.complete() && !piece.empty());
        EXPECT_EQ(reader.feed(piece), piece.size()) << reader.reason();
    }
    EXPECT_EQ(reader.complete(), !expected.until_close) << reader.reason();
    if (expected.until_close) reader.end_of_stream();
    ASSERT_TRUE(reader.complete()) << reader.reason();
    EXPECT_EQ(reader.keep_alive(), expected.keep_alive);
    auto const response = reader.take();
    EXPECT_EQ(response.status, expected.status);
    EXPECT_EQ(response.reason, expected.reason);
    EXPECT_EQ(response.headers.size(), expected.fields);
    EXPECT_EQ(response.body, expected.body);
}

std::vector<std::string_view> byte_by_byte(std::string_view bytes)
{
    std::vector<std::string_view> all;
    for (std::size_t at = 0; at != bytes.size(); ++at)
        all.push_back(bytes.substr(at, 1));
    return all;
}

TEST(response_reader, reads_responses_however_they_are_split)
{
    for (auto const& one : good_cases) {
        SCOPED_TRACE(one.name);
        expect_good(one, {one.bytes});
        for (std::size_t at = 1; at != one.bytes.size(); ++at) {
            SCOPED_TRACE(at);
            expect_good(one, {one.bytes.substr(0, at), one.bytes.substr(at)});
        }
        expect_good(one, byte_by_byte(one.bytes));
    }
}

/// The body's pieces, and the rest of a response that arrives in `arrivals`, read piece by piece.
struct pieces_read {
    std::vector<std::string> pieces;
    std::size_t head = 0; // bytes until the head was complete
    std::size_t used = 0;
    response_reader reader;
};

pieces_read read_pieces(std::vector<std::string_view> const& arrivals, bool head_request = false)
{
    pieces_read read{{}, 0, 0, response_reader(head_request)};
    for (auto arrived : arrivals) {
        while (!arrived.empty() && !read.reader.complete() && !read.reader.failed()) {
            auto const n = read.reader.feed_piece(arrived);
            read.used += n;
            arrived.remove_prefix(n);
            if (read.head == 0 && read.reader.head_complete()) read.head = read.used;
            if (auto piece = read.reader.take_piece()) read.pieces.push_back(*piece);
        }
    }
    return read;
}

TEST(response_reader, keeps_chunks_as_pieces_however_they_are_split)
{
    constexpr std::string_view bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "3\r\nabc\r\nA;x\r\n0123\r\n6789\r\n1\r\nd\r\n0\r\nX-T: 1\r\n\r\n";
    std::vector<std::string> const expected{"abc", "0123\r\n6789", "d"};
    EXPECT_EQ(read_pieces({bytes}).pieces, expected);
    EXPECT_EQ(read_pieces(byte_by_byte(bytes)).pieces, expected);
    for (std::size_t at = 1; at != bytes.size(); ++at) {
        auto const read = read_pieces({bytes.substr(0, at), bytes.substr(at)});
        EXPECT_EQ(read.pieces, expected) << at;
        EXPECT_TRUE(read.reader.complete());
    }
}

TEST(response_reader, gives_of_a_body_without_chunks_what_there_is)
{
    constexpr std::string_view sized = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
    EXPECT_EQ(read_pieces({sized, "ab", "c", "defgh"}).pieces, (std::vector<std::string>{"ab", "c", "def"}));
    constexpr std::string_view unsized = "HTTP/1.1 200 OK\r\n\r\n";
    EXPECT_EQ(read_pieces({unsized, "ab", "c"}).pieces, (std::vector<std::string>{"ab", "c"}));
}

TEST(response_reader, stops_at_the_ends_of_the_head_and_of_each_piece)
{
    constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string const bytes = std::string{head} + "1\r\na\r\n1\r\nb\r\n0\r\n\r\n";
    response_reader reader;
    EXPECT_EQ(reader.feed_piece(bytes), head.size());
    EXPECT_EQ(reader.response().status, 200);
    EXPECT_EQ(reader.take_piece(), std::nullopt);
    auto const body = std::string_view{bytes}.substr(head.size());
    EXPECT_EQ(reader.feed_piece(body), 6U);
    EXPECT_EQ(reader.take_piece(), "a");
    EXPECT_EQ(reader.take_piece(), std::nullopt);
    EXPECT_EQ(reader.feed_piece(body.substr(6, 3)), 3U);
    EXPECT_EQ(reader.take_piece(), std::nullopt) << "the chunk is not complete";
}

TEST(response_reader, skips_interim_heads_before_the_first_piece)
{
    response_reader reader;
    reader.feed_piece("HTTP/1.1 103 Early Hints\r\n\r\n");
    EXPECT_FALSE(reader.head_complete());
    reader.feed_piece("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_TRUE(reader.head_complete());
}

TEST(response_reader, reads_the_same_piece_by_piece_as_whole)
{
    for (auto const& one : good_cases) {
        for (auto const& arrivals : {std::vector{one.bytes}, byte_by_byte(one.bytes)}) {
            SCOPED_TRACE(one.name);
            auto read = read_pieces(arrivals, one.head_request);
            if (one.until_close) read.reader.end_of_stream();
            EXPECT_TRUE(read.reader.complete()) << read.reader.reason();
            EXPECT_EQ(read.used, one.bytes.size());
            EXPECT_GT(read.head, 0U);
            EXPECT_EQ(read.reader.keep_alive(), one.keep_alive);
            EXPECT_EQ(read.reader.response().status, one.status);
            EXPECT_EQ(read.reader.response().headers.size(), one.fields);
            std::string body;
            for (auto const& piece : read.pieces)
                body += piece;
            EXPECT_EQ(body, one.body);
        }
    }
}

TEST(response_reader, refuses_what_a_server_must_not_send_however_it_is_split)
{
    constexpr std::string_view bad[] = {
        "HTTP/2 200 OK\r\n",
        "HTTP/1.1  200 OK\r\n",
        "HTTP/1.1 200\r\n",
        "HTTP/1.1 2x0 OK\r\n",
        "HTTP/1.1 099 OK\r\n",
        "HTTP/1.1 -20 OK\r\n",
        "HTTP/1.1 200 O\tK\x01\r\n",
        "HTTP/1.1 200 OK\n",
        "\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n",
        "HTTP/1.1 200 OK\r\nA\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n",
        "HTTP/1.1 200 OK\r\nA: b\x7F\r\n",
        "HTTP/1.1 200 OK\r\nA: b\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n",
    };
    for (auto const bytes : bad) {
        SCOPED_TRACE(bytes);
        for (std::size_t at = 0; at != bytes.size(); ++at) {
            response_reader reader;
            reader.feed(bytes.substr(0, at));
            reader.feed(bytes.substr(at));
            EXPECT_TRUE(reader.failed()) << at;
            EXPECT_FALSE(reader.reason().empty());
        }
        EXPECT_TRUE(read_pieces({bytes}).reader.failed());
        EXPECT_TRUE(read_pieces(byte_by_byte(bytes)).reader.failed());
    }
}

TEST(response_reader, is_wrong_when_the_stream_ends_early_at_any_place)
{
    for (auto const& one : good_cases) {
        auto const body_begin = one.bytes.rfind("\r\n\r\n") + 4;
        auto const end = one.until_close ? body_begin : one.bytes.size();
        for (std::size_t at = 0; at != end; ++at) {
            SCOPED_TRACE(one.name);
            response_reader reader(one.head_request);
            reader.feed(one.bytes.substr(0, at));
            if (reader.complete()) continue; // a chunked body whose trailer is empty, for instance
            reader.end_of_stream();
            EXPECT_EQ(reader.failed(), !one.until_close || at < body_begin) << at;
            EXPECT_EQ(reader.untouched(), at == 0);
        }
    }
}

TEST(response_reader, leaves_what_follows_the_response)
{
    response_reader reader;
    constexpr std::string_view first = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
    EXPECT_EQ(reader.feed(std::string{first} + "HTTP/1.1 "), first.size());
    EXPECT_TRUE(reader.complete());
    EXPECT_EQ(reader.feed("x"), 0U);
}

} // namespace
} // namespace serval::testing_impl
