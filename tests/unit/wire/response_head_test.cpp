#include "wire/response_head.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

namespace serval::wire {

using namespace std::string_view_literals;

TEST(response_head, knows_reason_phrases)
{
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(100), "Continue");
    EXPECT_EQ(reason_phrase(404), "Not Found");
    EXPECT_EQ(reason_phrase(422), "Unprocessable Content");
    EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
    for (int const status : {418, 425, 428, 429, 431, 451, 507, 508})
        EXPECT_NE(reason_phrase(status), "Unknown");
}

TEST(response_head, does_not_know_other_statuses)
{
    for (int const status :
         {std::numeric_limits<int>::min(), -1, 0, 99, 199, 299, 419, 599, 600, 999, 1000}) {
        EXPECT_EQ(reason_phrase(status), "Unknown") << status;
    }
}

std::string status_line(int status)
{
    std::string out = "before ";
    response_head head{out};
    head.status(status);
    head.end();
    return out;
}

TEST(response_head, writes_status_lines)
{
    EXPECT_EQ(status_line(200), "before HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_EQ(status_line(299), "before HTTP/1.1 299 Unknown\r\n\r\n");
    EXPECT_EQ(status_line(799), "before HTTP/1.1 799 Unknown\r\n\r\n");
}

TEST(response_head, writes_every_status_as_its_own)
{
    for (int status = 100; status != 600; ++status) {
        EXPECT_EQ(status_line(status), "before HTTP/1.1 " + std::to_string(status) + " " +
                                           std::string{reason_phrase(status)} + "\r\n\r\n");
    }
}

TEST(response_head, writes_fields)
{
    std::string out;
    response_head head{out};
    head.field("content-type", "text/plain");
    head.field("x", "");
    head.date("Sun, 06 Nov 1994 08:49:37 GMT");
    head.content_length(0);
    head.content_length(std::numeric_limits<std::uint64_t>::max());
    head.end();
    EXPECT_EQ(out, "content-type: text/plain\r\nx: \r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                   "content-length: 0\r\ncontent-length: 18446744073709551615\r\n\r\n");
    std::string alone;
    append_field(alone, "a", "b");
    EXPECT_EQ(alone, "a: b\r\n");
}

TEST(response_head, writes_fields_of_any_size_in_their_order)
{
    for (std::size_t size = 0; size != 1200; ++size) {
        std::string out;
        std::string const value(size, 'v');
        response_head head{out};
        head.status(200);
        head.field("a", value);
        head.field("b", value);
        head.date("Sun, 06 Nov 1994 08:49:37 GMT");
        head.field("c", value);
        head.content_length(7);
        head.end();
        ASSERT_EQ(out, "HTTP/1.1 200 OK\r\na: " + value + "\r\nb: " + value +
                           "\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nc: " + value +
                           "\r\ncontent-length: 7\r\n\r\n")
            << size;
    }
}

TEST(response_head, puts_a_body_of_any_size_behind_its_end)
{
    for (std::size_t size = 0; size != 1200; ++size) {
        std::string out = "before ";
        std::string const body(size, 'b');
        response_head head{out};
        head.status(404);
        head.end(body);
        ASSERT_EQ(out, "before HTTP/1.1 404 Not Found\r\n\r\n" + body);
    }
}

TEST(response_head, knows_statuses_without_a_body)
{
    for (int const status : {100, 101, 199, 204, 205, 304})
        EXPECT_TRUE(is_bodiless(status)) << status;
    for (int const status : {99, 200, 201, 206, 301, 303, 400, 500})
        EXPECT_FALSE(is_bodiless(status)) << status;
}

TEST(response_head, lets_no_value_break_out_of_its_line)
{
    for (std::string_view const bad :
         {"a\r\nb"sv, "a\rb"sv, "a\nb"sv, "a\0b"sv, "\x1b[31m"sv, "\x7f"sv, "\v"sv}) {
        EXPECT_FALSE(is_valid_field("x", bad));
    }
    for (std::string_view const good : {""sv, "a b\tc"sv, "\x80\xff"sv, " a "sv})
        EXPECT_TRUE(is_valid_field("x", good));
}

TEST(response_head, lets_no_name_but_a_token_through)
{
    for (std::string_view const bad : {""sv, "a b"sv, "a:"sv, "a\r\n"sv, "a\0"sv, "\x80"sv, "(a)"sv}) {
        EXPECT_FALSE(is_valid_field(bad, "v"));
    }
    EXPECT_TRUE(is_valid_field("X-a_1", "v"));
}

TEST(response_head, knows_the_fields_that_only_serval_writes)
{
    for (std::string_view const name :
         {"Connection", "content-length", "TRANSFER-ENCODING", "Date", "keep-alive", "Upgrade"}) {
        EXPECT_TRUE(is_framing_field(name)) << name;
    }
    for (std::string_view const name : {"", "content-type", "server", "dates", "connectio"}) {
        EXPECT_FALSE(is_framing_field(name)) << name;
    }
}

TEST(response_head, writes_chunks_and_their_end)
{
    std::string out;
    append_chunk(out, "hello");
    append_chunk(out, ""); // would end the body
    append_chunk(out, std::string(26, 'x'));
    append_last_chunk(out);
    EXPECT_EQ(out, "5\r\nhello\r\n1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
    for (auto const& [size, hex] : {std::pair{1U, "1"},
                                    {15U, "f"},
                                    {16U, "10"},
                                    {254U, "fe"},
                                    {255U, "ff"},
                                    {256U, "100"},
                                    {257U, "101"},
                                    {70'000U, "11170"}}) {
        std::string chunk;
        append_chunk(chunk, std::string(size, 'y'));
        EXPECT_EQ(chunk, std::string{hex} + "\r\n" + std::string(size, 'y') + "\r\n");
    }
}

} // namespace serval::wire
