#include <serval/headers.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace serval {
namespace {

using namespace std::string_view_literals;

std::string text(headers const& h)
{
    std::string out;
    for (auto const& field : h)
        out += field.name + "=" + field.value + ";";
    return out;
}

TEST(headers, keeps_fields_in_order_and_as_written)
{
    headers h{{"X-B", "1"}, {"x-a", "2"}};
    h.add("X-C", "3");
    EXPECT_EQ(text(h), "X-B=1;x-a=2;X-C=3;");
    EXPECT_EQ(h.size(), 3u);
}

TEST(headers, finds_fields_in_any_case)
{
    headers const h{{"X-Token", "1"}, {"x-token", "2"}};
    EXPECT_EQ(h.get("x-TOKEN"), "1");
    EXPECT_TRUE(h.contains("X-TOKEN"));
    EXPECT_EQ(h.get("x"), std::nullopt);
    EXPECT_TRUE(headers{}.empty());
}

TEST(headers, adds_beside_and_sets_instead)
{
    headers h{{"a", "1"}, {"b", "2"}, {"A", "3"}};
    h.add("a", "4");
    EXPECT_EQ(text(h), "a=1;b=2;A=3;a=4;");
    h.set("A", "5");
    EXPECT_EQ(text(h), "a=5;b=2;");
    h.set("c", "6");
    EXPECT_EQ(text(h), "a=5;b=2;c=6;");
}

TEST(headers, erases_every_field_of_a_name)
{
    headers h{{"a", "1"}, {"b", "2"}, {"A", "3"}};
    EXPECT_EQ(h.erase("a"), 2u);
    EXPECT_EQ(h.erase("a"), 0u);
    EXPECT_EQ(text(h), "b=2;");
}

TEST(headers, takes_views_of_its_own_fields)
{
    headers h{{"a", "1"}, {"b", "a value too long for the small string buffer"}, {"b", "x"}};
    h.set("b", (h.begin() + 2)->value);
    EXPECT_EQ(text(h), "a=1;b=x;");
    h.add(h.begin()->name, *h.get("b"));
    EXPECT_EQ(text(h), "a=1;b=x;a=x;");
    EXPECT_EQ(h.erase(h.begin()->name), 2u);
    EXPECT_EQ(text(h), "b=x;");
}

TEST(headers, drops_white_space_around_values)
{
    EXPECT_EQ(text(headers{{"a", " \t1 2\t "}, {"b", ""}}), "a=1 2;b=;");
}

TEST(headers, refuses_names_and_values_that_could_inject)
{
    headers h;
    for (auto const name : {""sv, "a b"sv, "a:"sv, "a\r\nb"sv, "\xC3\xA4"sv, "a\0"sv}) {
        EXPECT_THROW(h.add(name, "1"), std::invalid_argument) << name;
        EXPECT_THROW(h.set(name, "1"), std::invalid_argument) << name;
    }
    for (auto const value : {"\r"sv, "\n"sv, "a\r\nb: c"sv, "\0"sv, "\x1b"sv, "\x7f"sv}) {
        EXPECT_THROW(h.add("a", value), std::invalid_argument);
        EXPECT_THROW(h.set("a", value), std::invalid_argument);
    }
    EXPECT_TRUE(h.empty());
    h.add("a", "x\ty \xC3\xA4");
    EXPECT_EQ(h.size(), 1u);
}

TEST(headers, refuses_the_fields_that_frame_a_message)
{
    headers h;
    for (auto const name :
         {"Content-Length", "transfer-encoding", "CONNECTION", "date", "keep-alive", "upgrade"})
        EXPECT_THROW(h.set(name, "1"), std::invalid_argument) << name;
    EXPECT_THROW((headers{{"date", "x"}}), std::invalid_argument);
}

} // namespace
} // namespace serval
