#include "support/parsed_head.hpp"

#include <gtest/gtest.h>

namespace serval::wire {

TEST(head, finds_the_first_field_in_any_case)
{
    request_head head;
    ASSERT_EQ(test::parse_head("GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\r\nx-y: 2\r\n\r\n", head), error::none);
    ASSERT_NE(head.find("x-Y"), nullptr);
    EXPECT_EQ(head.find("x-Y")->value, "1");
    EXPECT_EQ(head.find("x-Y")->name, "X-Y");
    EXPECT_EQ(head.find("x"), nullptr);
    EXPECT_EQ(head.find(""), nullptr);
}

} // namespace serval::wire
