#include "wire/event_stream.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {
namespace {

std::string field(std::string_view name, std::string_view text)
{
    std::string out;
    append_event_field(out, name, text);
    return out;
}

TEST(event_stream, writes_a_line_for_each_line_of_text_whatever_ends_it)
{
    EXPECT_EQ(field("data", "one"), "data: one\n");
    EXPECT_EQ(field("data", ""), "data: \n");
    EXPECT_EQ(field("data", "a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n");
    EXPECT_EQ(field("data", "a\n"), "data: a\ndata: \n");
    EXPECT_EQ(field("data", "\n\r"), "data: \ndata: \ndata: \n");
}

TEST(event_stream, writes_comments_as_fields_without_a_name)
{
    EXPECT_EQ(field("", "ping"), ": ping\n");
}

TEST(event_stream, writes_numbers)
{
    std::string out;
    append_event_field(out, "retry", 3000);
    EXPECT_EQ(out, "retry: 3000\n");
}

TEST(event_stream, knows_what_fits_in_one_line)
{
    using namespace std::string_view_literals;
    EXPECT_TRUE(is_event_name("tick"));
    EXPECT_TRUE(is_event_name("a\0b"sv));
    EXPECT_FALSE(is_event_name("a\nb"));
    EXPECT_FALSE(is_event_name("a\r"));
    EXPECT_TRUE(is_event_id("7"));
    EXPECT_FALSE(is_event_id("a\0b"sv));
    EXPECT_FALSE(is_event_id("a\nb"));
}

} // namespace
} // namespace serval::wire
