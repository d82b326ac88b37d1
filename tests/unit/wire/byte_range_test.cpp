#include "support/extreme_digits.hpp"
#include "wire/byte_range.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace serval::wire {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

// "0-4 7-9", "whole" or "unsatisfiable".
std::string select(std::string_view field, std::uint64_t length = 10)
{
    auto const selection = select_ranges(field, length);
    EXPECT_EQ(selection.ranges.empty(), selection.outcome != range_outcome::partial);
    if (selection.outcome == range_outcome::whole) return "whole";
    std::string text = selection.ranges.empty() ? "unsatisfiable " : "";
    for (auto const& range : selection.ranges)
        text += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
    text.pop_back();
    return text;
}

} // namespace

TEST(byte_range, reads_each_form_of_a_range)
{
    EXPECT_EQ(select("bytes=0-4"), "0-4");
    EXPECT_EQ(select("bytes=3-3"), "3-3");
    EXPECT_EQ(select("bytes=4-"), "4-9");
    EXPECT_EQ(select("bytes=-3"), "7-9");
    EXPECT_EQ(select("bytes=0-"), "0-9");
}

TEST(byte_range, cuts_ranges_at_the_end_of_the_representation)
{
    EXPECT_EQ(select("bytes=8-100"), "8-9");
    EXPECT_EQ(select("bytes=-100"), "0-9");
    EXPECT_EQ(select("bytes=9-9"), "9-9");
}

TEST(byte_range, takes_the_unit_in_any_case_and_white_space_around_ranges)
{
    EXPECT_EQ(select("BYTES=0-4"), "0-4");
    EXPECT_EQ(select("bytes= 0-1 ,\t4-5\t"), "0-1 4-5");
    EXPECT_EQ(select("bytes=,,0-1,,"), "0-1");
}

TEST(byte_range, ignores_what_it_does_not_understand)
{
    for (std::string_view const field : {"",
                                         "=",
                                         "bytes",
                                         "bytes=",
                                         "bytes=,",
                                         "bytes=-",
                                         "bytes=a",
                                         "bytes=1",
                                         "bytes=1-a",
                                         "bytes=a-1",
                                         "bytes=1--2",
                                         "bytes=--1",
                                         "bytes=1-2-3",
                                         "bytes=+1-2",
                                         "bytes=1-+2",
                                         "bytes=0x1-2",
                                         "bytes=1 - 2",
                                         "bytes=1- 2",
                                         "bytes=0-1;4-5",
                                         "bytes=0-1 4-5",
                                         "bytes =0-1",
                                         " bytes=0-1",
                                         "bytes:0-1",
                                         "byte=0-1",
                                         "items=0-1",
                                         "none",
                                         "bytes=0-1,x",
                                         "bytes=x,0-1",
                                         "bytes==0-1",
                                         "bytes=*",
                                         "bytes=0-1/10"}) {
        EXPECT_EQ(select(field), "whole") << field;
    }
}

TEST(byte_range, ignores_all_ranges_when_one_ends_before_it_begins)
{
    EXPECT_EQ(select("bytes=4-3"), "whole");
    EXPECT_EQ(select("bytes=0-1,20-19"), "whole");
}

TEST(byte_range, leaves_out_what_cannot_be_satisfied_unless_nothing_is_left)
{
    EXPECT_EQ(select("bytes=10-"), "unsatisfiable");
    EXPECT_EQ(select("bytes=10-20,30-"), "unsatisfiable");
    EXPECT_EQ(select("bytes=-0"), "unsatisfiable");
    EXPECT_EQ(select("bytes=-0,10-,2-3"), "2-3");
}

TEST(byte_range, ignores_every_range_of_an_empty_representation)
{
    for (std::string_view const field : {"bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-6"})
        EXPECT_EQ(select(field, 0), "whole") << field;
}

TEST(byte_range, does_not_overflow)
{
    EXPECT_EQ(select("bytes=0-18446744073709551615"), "0-9");
    EXPECT_EQ(select("bytes=0-18446744073709551616"), "0-9");
    EXPECT_EQ(select("bytes=18446744073709551616-"), "unsatisfiable");
    EXPECT_EQ(select("bytes=18446744073709551616-18446744073709551617"), "unsatisfiable");
    EXPECT_EQ(select("bytes=-9223372036854775608"), "0-9");
    EXPECT_EQ(select("bytes=-" + std::string(1000, '9')), "0-9");
    EXPECT_EQ(select("bytes=" + std::string(1000, '0') + "3-4"), "3-4");
    EXPECT_EQ(select("bytes=18446744073709551613-,-1", largest), "18446744073709551613-18446744073709551614");
}

TEST(byte_range, selects_bytes_that_there_are_whatever_the_digits)
{
    for (std::string const& a : test::extreme_digits()) {
        EXPECT_EQ(select("bytes=" + a + "-"), test::at_most(a, "9") ? a + "-9" : "unsatisfiable") << a;
        if (test::at_most("10", a)) {
            EXPECT_EQ(select("bytes=-" + a), "0-9") << a;
        }
        for (std::string const& b : test::extreme_digits()) {
            for (std::uint64_t const length : {std::uint64_t{1}, largest - 1, largest}) {
                for (auto const& range :
                     select_ranges("bytes=" + a + "-" + b + ",-" + b + "," + b + "-", length).ranges)
                    EXPECT_TRUE(range.first <= range.last && range.last < length) << a << ' ' << b;
            }
        }
    }
}

TEST(byte_range, keeps_the_order_asked_for)
{
    EXPECT_EQ(select("bytes=7-8,0-1,4-5"), "7-8 0-1 4-5");
}

TEST(byte_range, joins_ranges_that_overlap_or_touch_at_the_place_of_the_first)
{
    EXPECT_EQ(select("bytes=0-4,2-6"), "0-6");
    EXPECT_EQ(select("bytes=0-3,4-6"), "0-6");
    EXPECT_EQ(select("bytes=0-3,5-6"), "0-3 5-6");
    EXPECT_EQ(select("bytes=2-6,0-9,1-1"), "0-9");
    EXPECT_EQ(select("bytes=6-7,0-1,8-9"), "6-9 0-1");
}

TEST(byte_range, joins_ranges_that_only_a_later_one_connects)
{
    EXPECT_EQ(select("bytes=8-9,0-1,4-5,2-3"), "8-9 0-5");
    EXPECT_EQ(select("bytes=4-5,8-9,0-1,1-8"), "0-9");
}

TEST(byte_range, takes_sixteen_ranges_and_ignores_more)
{
    std::string field = "bytes=0-0";
    std::string expected = "0-0";
    for (int i = 2; i != 32; i += 2) {
        auto const range = std::to_string(i) + "-" + std::to_string(i);
        field += "," + range;
        expected += " " + range;
    }
    EXPECT_EQ(select(field, 100), expected);
    EXPECT_EQ(select(field + ",50-50", 100), "whole");
    EXPECT_EQ(select(field + ",1000-", 100), "whole") << "those that cannot be satisfied count, too";
}

TEST(byte_range, never_selects_more_bytes_than_there_are)
{
    std::string field = "bytes=0-";
    for (int i = 0; i != 15; ++i)
        field += ",0-,-1000";
    EXPECT_EQ(select(field), "whole");
    EXPECT_EQ(select("bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-"), "0-9");
}

TEST(byte_range, writes_the_content_range)
{
    EXPECT_EQ(content_range({0, 499}, 1234), "bytes 0-499/1234");
    EXPECT_EQ(content_range({0, largest - 1}, largest), "bytes 0-18446744073709551614/18446744073709551615");
    EXPECT_EQ(unsatisfied_content_range(1234), "bytes */1234");
}

} // namespace serval::wire
