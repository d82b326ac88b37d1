// What tests/wire/cases cannot show of head_scanner: its offsets, its state between calls, other limits.
#include "wire/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

namespace {

using state = head_scanner::state;

} // namespace

TEST(head_scanner, tells_where_the_head_is)
{
    head_limits const limits;
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan("\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nbody"), state::complete);
    EXPECT_EQ(scanner.begin(), 2U);
    EXPECT_EQ(scanner.end(), 26U);
    EXPECT_EQ(scanner.failure(), error::none);
}

TEST(head_scanner, stays_complete_when_more_arrives)
{
    head_limits const limits;
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\n\r\n"), state::complete);
    EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"), state::complete);
    EXPECT_EQ(scanner.end(), 18U);
}

TEST(head_scanner, stays_failed)
{
    head_limits const limits;
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan("GET / HTTP/1.1\n"), state::failed);
    EXPECT_EQ(scanner.scan("GET / HTTP/1.1\n\r\n\r\n"), state::failed);
    EXPECT_EQ(scanner.failure(), error::bad_request_line);
}

TEST(head_scanner, starts_again_after_a_reset)
{
    head_limits const limits;
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan("\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n"), state::complete);
    scanner.reset();
    EXPECT_TRUE(scanner.blank());
    EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\n\r\n"), state::complete);
    EXPECT_EQ(scanner.begin(), 0U);
    EXPECT_EQ(scanner.end(), 18U);
}

TEST(head_scanner, is_blank_while_only_empty_lines_have_arrived)
{
    head_limits const limits;
    head_scanner scanner{limits};
    EXPECT_TRUE(scanner.blank());
    std::string bytes;
    for (char const* const more : {"\r", "\n", "\r", "\n"}) {
        bytes += more;
        EXPECT_EQ(scanner.scan(bytes), state::incomplete);
        EXPECT_TRUE(scanner.blank());
    }
    EXPECT_EQ(scanner.scan(bytes + "G"), state::incomplete);
    EXPECT_FALSE(scanner.blank());
    EXPECT_EQ(scanner.scan(bytes + "GET / HTTP/1.1\r\n"), state::incomplete);
    EXPECT_FALSE(scanner.blank());
}

TEST(head_scanner, refuses_a_long_request_line_at_the_first_byte_too_many)
{
    head_limits const limits{.request_line = 20};
    std::string const line = "GET /67890 HTTP/1.1X"; // 20 bytes
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan(line), state::incomplete);
    EXPECT_EQ(scanner.scan(line + '\r'), state::incomplete);
    EXPECT_EQ(scanner.scan(line + "\rX"), state::failed);
    EXPECT_EQ(scanner.failure(), error::request_line_too_long);
    scanner.reset();
    EXPECT_EQ(scanner.scan(line + 'X'), state::failed);
    EXPECT_EQ(scanner.failure(), error::request_line_too_long);
}

TEST(head_scanner, refuses_a_large_block_at_the_first_byte_too_many)
{
    head_limits const limits{.block = 12};
    std::string const head = "GET / HTTP/1.1\r\nA: b\r\nC: d\r\n"; // 12 bytes of fields
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan(head), state::incomplete);
    EXPECT_EQ(scanner.scan(head + "\r\n"), state::complete);
    scanner.reset();
    EXPECT_EQ(scanner.scan(head + 'E'), state::failed);
    EXPECT_EQ(scanner.failure(), error::fields_too_large);
}

TEST(head_scanner, counts_fields_by_their_first_byte)
{
    head_limits const limits{.fields = 1};
    std::string const head = "GET / HTTP/1.1\r\nA: b\r\n";
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan(head + "\r"), state::incomplete);
    EXPECT_EQ(scanner.scan(head + "\r\n"), state::complete);
    scanner.reset();
    EXPECT_EQ(scanner.scan(head + "C"), state::failed);
    EXPECT_EQ(scanner.failure(), error::fields_too_large);
}

TEST(head_scanner, never_lets_more_fields_through_than_a_head_can_hold)
{
    head_limits const limits{.fields = 1000};
    std::string head = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i != request_head::max_fields; ++i)
        head += "A:\r\n";
    head_scanner scanner{limits};
    EXPECT_EQ(scanner.scan(head + "\r\n"), state::complete);
    scanner.reset();
    EXPECT_EQ(scanner.scan(head + "A:\r\n\r\n"), state::failed);
    EXPECT_EQ(scanner.failure(), error::fields_too_large);
}

TEST(head_scanner, refuses_noise_at_its_first_byte)
{
    head_limits const limits;
    for (char const c : {'\x16', '\0', ' ', '\n', '\x80', ':'}) {
        head_scanner scanner{limits};
        EXPECT_EQ(scanner.scan({&c, 1}), state::failed) << int{c};
        EXPECT_EQ(scanner.failure(), error::bad_request_line);
    }
}

} // namespace serval::wire
