// What tests/wire/cases cannot show of head_parser: its offsets, its state between calls, other limits, its
// views, and bytes that move.
#include "base/ascii.hpp"
#include "support/allocation_count.hpp"
#include "support/extreme_digits.hpp"
#include "support/parsed_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace serval::wire {
namespace {

using test::parse_head;
using state = head_parser::state;

class head_parser_with : public testing::Test {
protected:
    /// All that has arrived of a head, each time in other memory that ends where the bytes do.
    state reach(std::string_view bytes)
    {
        auto moved = std::make_unique<char[]>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), moved.get());
        auto const reached = parser.parse({moved.get(), bytes.size()}, head);
        bytes_ = std::move(moved);
        return reached;
    }

    head_limits limits;
    head_parser parser{limits};
    request_head head;

private:
    std::unique_ptr<char[]> bytes_;
};

TEST_F(head_parser_with, a_whole_head_tells_where_that_ends)
{
    EXPECT_EQ(reach("\r\nGET / HTTP/1.0\r\nA: b\r\n\r\nbody"), state::complete);
    EXPECT_EQ(parser.end(), 26U);
    EXPECT_EQ(parser.failure(), error::none);
    EXPECT_EQ(reach("\r\nGET / HTTP/1.0\r\nA: b\r\n\r\nbody and more"), state::complete);
    EXPECT_EQ(parser.end(), 26U);
}

TEST_F(head_parser_with, a_failure_stays_failed)
{
    EXPECT_EQ(reach("GET / HTTP/1.1\n"), state::failed);
    EXPECT_EQ(reach("GET / HTTP/1.1\n\r\n\r\n"), state::failed);
    EXPECT_EQ(parser.failure(), error::bad_request_line);
}

TEST(head_parser, takes_get_and_host_for_nothing_that_differs_in_a_byte)
{
    std::string const good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    std::size_t const host = good.find("Host");
    for (unsigned byte = 0; byte != 256; ++byte) {
        char const c = static_cast<char>(static_cast<unsigned char>(byte));
        for (std::size_t i = 0; i != 4; ++i) {
            request_head head;
            std::string text = good;
            text[i] = c;
            bool const token = i == 3 ? c == ' ' : base::is_token_char(c);
            ASSERT_EQ(parse_head(text, head) == error::none, token) << i << ' ' << byte;
            if (token) {
                EXPECT_EQ(head.method == method::get, c == good[i]) << i << ' ' << byte;
            }
            text = good;
            text[host + i] = c;
            bool const same = base::to_lower(c) == base::to_lower(good[host + i]);
            EXPECT_EQ(parse_head(text, head) == error::none, same) << i << ' ' << byte;
        }
    }
}

TEST_F(head_parser_with, a_reset_starts_again)
{
    EXPECT_EQ(reach("\r\nPOST http://b/x?y HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 7\r\n\r\n"),
              state::complete);
    EXPECT_TRUE(head.keep_alive);
    parser.reset();
    EXPECT_TRUE(parser.blank());
    EXPECT_EQ(reach("PUT /z HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"),
              state::complete);
    EXPECT_TRUE(head.expects_continue);
    EXPECT_EQ(head.host, "a");
    parser.reset();
    EXPECT_EQ(reach("GET / HTTP/1.0\r\n\r\n"), state::complete);
    EXPECT_EQ(parser.end(), 18U);
    EXPECT_EQ(head.method, method::get);
    EXPECT_EQ(head.path, "/");
    EXPECT_EQ(head.query, "");
    EXPECT_EQ(head.host, "");
    EXPECT_EQ(head.field_count, 0U);
    EXPECT_EQ(head.body, framing::none);
    EXPECT_EQ(head.content_length, 0U);
    EXPECT_FALSE(head.expects_continue);
    EXPECT_FALSE(head.keep_alive);
}

TEST_F(head_parser_with, no_bytes_has_not_begun_with_a_head)
{
    char const* const buffer = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(parser.parse({buffer, 0}, head), state::incomplete);
    request_head other;
    other.field_count = 2;
    EXPECT_EQ(parser.parse(buffer, other), state::complete);
    EXPECT_EQ(other.field_count, 1U);
}

TEST_F(head_parser_with, nothing_but_empty_lines_is_blank)
{
    EXPECT_TRUE(parser.blank());
    std::string bytes;
    for (char const* const more : {"\r", "\n", "\r", "\n"}) {
        bytes += more;
        EXPECT_EQ(reach(bytes), state::incomplete);
        EXPECT_TRUE(parser.blank());
    }
    EXPECT_EQ(reach(bytes + "G"), state::incomplete);
    EXPECT_FALSE(parser.blank());
    EXPECT_EQ(reach(bytes + "GET / HTTP/1.1\r\n"), state::incomplete);
    EXPECT_FALSE(parser.blank());
}

TEST_F(head_parser_with, bytes_that_move_has_views_of_where_they_are)
{
    std::string const text =
        "GET /p/a/t/h?q=1&r=2 HTTP/1.1\r\nHost: example.org\r\nX-Long-Name:  some value \r\n\r\n";
    for (std::size_t size = 1; size != text.size(); ++size)
        ASSERT_EQ(reach(std::string_view{text}.substr(0, size)), state::incomplete) << size;
    std::string const whole = text + "rest";
    ASSERT_EQ(parser.parse(whole, head), state::complete);
    auto const inside = [&](std::string_view view) {
        return view.data() >= whole.data() && view.data() + view.size() <= whole.data() + whole.size();
    };
    EXPECT_TRUE(inside(head.method_name) && inside(head.target) && inside(head.path) && inside(head.query));
    EXPECT_TRUE(inside(head.host) && inside(head.fields()[1].name) && inside(head.fields()[1].value));
    EXPECT_EQ(head.method_name, "GET");
    EXPECT_EQ(head.path, "/p/a/t/h");
    EXPECT_EQ(head.query, "q=1&r=2");
    EXPECT_EQ(head.host, "example.org");
    EXPECT_EQ(head.fields()[1].name, "X-Long-Name");
    EXPECT_EQ(head.fields()[1].value, "some value");
}

TEST_F(head_parser_with, a_request_line_that_is_too_long_refuses_at_the_first_byte_too_many)
{
    limits.request_line = 20;
    std::string const line = "GET /67890 HTTP/1.1X"; // 20 bytes
    EXPECT_EQ(reach(line), state::incomplete);
    EXPECT_EQ(reach(line + '\r'), state::incomplete);
    EXPECT_EQ(reach(line + "\rX"), state::failed);
    EXPECT_EQ(parser.failure(), error::request_line_too_long);
    parser.reset();
    EXPECT_EQ(reach(line + 'X'), state::failed);
    EXPECT_EQ(parser.failure(), error::request_line_too_long);
    parser.reset();
    EXPECT_EQ(reach("GET /678901 HTTP/1.0\r\n"), state::incomplete);
    parser.reset();
    EXPECT_EQ(reach("GET /6789012 HTTP/1.0\r\n"), state::failed);
    EXPECT_EQ(parser.failure(), error::request_line_too_long);
}

TEST_F(head_parser_with, a_block_that_is_too_large_refuses_at_the_first_byte_too_many)
{
    limits.block = 12;
    std::string const text = "GET / HTTP/1.0\r\nA: b\r\nC: d\r\n"; // 12 bytes of fields
    EXPECT_EQ(reach(text), state::incomplete);
    EXPECT_EQ(reach(text + "\r\n"), state::complete);
    parser.reset();
    EXPECT_EQ(reach(text + 'E'), state::failed);
    EXPECT_EQ(parser.failure(), error::fields_too_large);
    parser.reset();
    EXPECT_EQ(reach("GET / HTTP/1.0\r\nA: b\r\nC: de\r\n"), state::failed);
    EXPECT_EQ(parser.failure(), error::fields_too_large);
}

TEST_F(head_parser_with, too_many_fields_refuses_at_the_first_byte_of_one_more)
{
    limits.fields = 1;
    std::string const text = "GET / HTTP/1.0\r\nA: b\r\n";
    EXPECT_EQ(reach(text + "\r"), state::incomplete);
    EXPECT_EQ(reach(text + "\r\n"), state::complete);
    parser.reset();
    EXPECT_EQ(reach(text + "C"), state::failed);
    EXPECT_EQ(parser.failure(), error::fields_too_large);
}

TEST_F(head_parser_with, any_limit_holds_no_more_fields_than_a_head_can)
{
    limits.fields = 1000;
    std::string text = "GET / HTTP/1.0\r\n";
    for (std::size_t i = 0; i != request_head::max_fields; ++i)
        text += "A:\r\n";
    EXPECT_EQ(reach(text + "\r\n"), state::complete);
    EXPECT_EQ(head.field_count, request_head::max_fields);
    parser.reset();
    EXPECT_EQ(reach(text + "A:\r\n\r\n"), state::failed);
    EXPECT_EQ(parser.failure(), error::fields_too_large);
}

TEST_F(head_parser_with, noise_refuses_it_at_its_first_byte)
{
    for (char const c : {'\x16', '\0', ' ', '\n', '\x80', ':'}) {
        EXPECT_EQ(reach({&c, 1}), state::failed) << int{c};
        EXPECT_EQ(parser.failure(), error::bad_request_line);
        parser.reset();
    }
}

TEST_F(head_parser_with, long_values_finds_every_byte_that_none_may_have)
{
    for (std::size_t at = 0; at != 40; ++at) {
        for (char const c : {'\0', '\x1f', '\x7f', '\n', '\r'}) {
            std::string value(40, '\xfe');
            value[at] = c;
            EXPECT_EQ(parse_head("GET / HTTP/1.0\r\nX: " + value + "\r\n\r\n", head), error::bad_field)
                << at << ' ' << int{c};
        }
        for (char const c : {'\t', ' ', '\x80', '~'}) {
            std::string value(40, 'v');
            value[at] = c;
            std::string const text = "GET / HTTP/1.0\r\nX:x" + value + "x\r\n\r\n";
            EXPECT_EQ(parse_head(text, head), error::none) << at;
            EXPECT_EQ(head.fields()[0].value, 'x' + value + 'x');
        }
        for (char const c : {'\0', '\x1f', '\x7f', '#', '\x80', '\xff', '\t'}) {
            std::string path = '/' + std::string(40, 'p');
            path[at + 1] = c;
            EXPECT_EQ(parse_head("GET " + path + " HTTP/1.0\r\n\r\n", head), error::bad_target)
                << at << ' ' << int{c};
        }
        std::string path = '/' + std::string(40, 'p') + "?q?";
        path[at + 1] = '?';
        std::string const text = "GET " + path + " HTTP/1.0\r\n\r\n";
        EXPECT_EQ(parse_head(text, head), error::none);
        EXPECT_EQ(head.path, path.substr(0, at + 1));
        EXPECT_EQ(head.query, path.substr(at + 2));
    }
}

TEST_F(head_parser_with, lengths_takes_those_of_up_to_63_bits)
{
    for (std::string const& digits : test::extreme_digits()) {
        bool const fits = test::at_most(digits, "9223372036854775807");
        std::string const text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + digits + "\r\n\r\n";
        EXPECT_EQ(parse_head(text, head), fits ? error::none : error::bad_framing) << digits;
        if (fits) {
            EXPECT_EQ(std::to_string(head.content_length), digits);
        }
    }
}

TEST_F(head_parser_with, a_head_does_not_allocate)
{
    std::string const good =
        "POST /a?b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\nX: " + std::string(5000, 'x') +
        "\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string const bad = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n";
    int const before = test::allocation_count();
    auto const first = parse_head(good, head);
    auto const second = parse_head(bad, head);
    int const after = test::allocation_count();
    EXPECT_EQ(first, error::none);
    EXPECT_EQ(second, error::bad_framing);
    EXPECT_EQ(after, before);

    std::string const text(1000, 'x');
    EXPECT_EQ(test::allocation_count(), after + 1) << "the counter itself must work " << text.size();
}

} // namespace
} // namespace serval::wire
