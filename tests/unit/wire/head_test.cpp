// What tests/wire/cases cannot show of parse_head: reuse, lookup, allocations, and heads that no scanner lets
// through.
#include "support/allocation_count.hpp"
#include "support/extreme_digits.hpp"
#include "wire/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

TEST(head, finds_the_first_field_in_any_case)
{
    request_head head;
    ASSERT_EQ(parse_head("GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\r\nx-y: 2\r\n\r\n", head), error::none);
    ASSERT_NE(head.find("x-Y"), nullptr);
    EXPECT_EQ(head.find("x-Y")->value, "1");
    EXPECT_EQ(head.find("x-Y")->name, "X-Y");
    EXPECT_EQ(head.find("x"), nullptr);
    EXPECT_EQ(head.find(""), nullptr);
}

TEST(head, gives_views_of_the_bytes)
{
    std::string const text = "GET /p?q HTTP/1.1\r\nHost: a\r\n\r\n";
    request_head head;
    ASSERT_EQ(parse_head(text, head), error::none);
    auto const inside = [&](std::string_view view) {
        return view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size();
    };
    EXPECT_TRUE(inside(head.method_name) && inside(head.target) && inside(head.path) && inside(head.query));
    EXPECT_TRUE(inside(head.host) && inside(head.fields()[0].name) && inside(head.fields()[0].value));
}

TEST(head, keeps_nothing_of_the_request_before)
{
    request_head head;
    ASSERT_EQ(
        parse_head("POST http://b/x?y HTTP/1.0\r\nConnection: close\r\nContent-Length: 7\r\n\r\n", head),
        error::none);
    ASSERT_EQ(
        parse_head("PUT /z HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", head),
        error::none);
    ASSERT_EQ(parse_head("GET / HTTP/1.0\r\n\r\n", head), error::none);
    EXPECT_EQ(head.method, method::get);
    EXPECT_EQ(head.path, "/");
    EXPECT_EQ(head.query, "");
    EXPECT_EQ(head.host, "");
    EXPECT_EQ(head.field_count, 0U);
    EXPECT_EQ(head.body, framing::none);
    EXPECT_EQ(head.content_length, 0U);
    EXPECT_FALSE(head.expects_continue);
    EXPECT_FALSE(head.keep_alive);
    EXPECT_EQ(parse_head("\r\n", head), error::bad_request_line);
    ASSERT_EQ(parse_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n", head), error::none);
    EXPECT_TRUE(head.keep_alive);
}

TEST(head, does_not_allocate)
{
    std::string const good =
        "POST /a?b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\nX: " + std::string(5000, 'x') +
        "\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string const bad = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n";
    request_head head;
    head_limits const limits;
    head_scanner scanner{limits};
    int const before = test::allocation_count();
    auto const scanned = scanner.scan(good);
    auto const first = parse_head(good, head);
    auto const second = parse_head(bad, head);
    int const after = test::allocation_count();
    EXPECT_EQ(scanned, head_scanner::state::complete);
    EXPECT_EQ(first, error::none);
    EXPECT_EQ(second, error::bad_framing);
    EXPECT_EQ(after, before);

    std::string const text(1000, 'x');
    EXPECT_EQ(test::allocation_count(), after + 1) << "the counter itself must work " << text.size();
}

// The scanner refuses these first. parse_head must not hand out a view of Beast's own buffer all the same.
TEST(head, refuses_obs_fold_by_itself)
{
    request_head head;
    for (char const* const text :
         {"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n 2\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n \r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\t\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"}) {
        EXPECT_EQ(parse_head(text, head), error::bad_field) << text;
    }
}

TEST(head, takes_lengths_of_up_to_63_bits)
{
    for (std::string const& digits : test::extreme_digits()) {
        request_head head;
        bool const fits = test::at_most(digits, "9223372036854775807");
        std::string const text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + digits + "\r\n\r\n";
        EXPECT_EQ(parse_head(text, head), fits ? error::none : error::bad_framing) << digits;
        if (fits) {
            EXPECT_EQ(std::to_string(head.content_length), digits);
        }
    }
}

TEST(head, refuses_more_fields_than_it_can_hold)
{
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i != request_head::max_fields; ++i)
        text += "A:\r\n";
    request_head head;
    EXPECT_EQ(parse_head(text + "\r\n", head), error::none);
    EXPECT_EQ(head.field_count, request_head::max_fields);
    EXPECT_EQ(parse_head(text + "A:\r\n\r\n", head), error::fields_too_large);
}

TEST(head, refuses_what_is_not_one_whole_head)
{
    std::string const text = "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    request_head head;
    for (std::size_t length = 0; length != text.size(); ++length) {
        EXPECT_NE(parse_head(text.substr(0, length), head), error::none) << length;
    }
    EXPECT_EQ(parse_head(text, head), error::none);
    EXPECT_EQ(parse_head(text + "G", head), error::bad_field);
    EXPECT_EQ(parse_head(text + text, head), error::bad_field);
}

// Beast's own limit would be 8 KiB; the limit here is the scanner's.
TEST(head, takes_heads_beyond_beasts_default_limit)
{
    std::string const value(60000, 'v');
    request_head head;
    ASSERT_EQ(parse_head("GET / HTTP/1.1\r\nHost: a\r\nX: " + value + "\r\n\r\n", head), error::none);
    EXPECT_EQ(head.field_count, 2U);
}

} // namespace serval::wire
