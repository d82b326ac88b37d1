#include <serval/testing/test_form.hpp>

#include <gtest/gtest.h>

#include <string>

namespace serval {
namespace {

TEST(test_form, is_what_a_browser_sends)
{
    auto const form = test_form().field("a", "1").file("f", "x.txt", "content", "text/plain");
    EXPECT_EQ(form.content_type(), "multipart/form-data; boundary=----serval-test-form");
    EXPECT_EQ(form.body(), "------serval-test-form\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
                           "------serval-test-form\r\nContent-Disposition: form-data; name=\"f\"; "
                           "filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n"
                           "------serval-test-form--\r\n");
}

TEST(test_form, may_be_empty)
{
    EXPECT_EQ(test_form().body(), "------serval-test-form--\r\n");
}

TEST(test_form, encodes_what_would_break_its_lines)
{
    auto const body = test_form().file("a\"b", "c\r\nd", "").body();
    EXPECT_NE(body.find("name=\"a%22b\"; filename=\"c%0D%0Ad\""), std::string::npos) << body;
}

TEST(test_form, chooses_a_boundary_that_is_not_in_the_content)
{
    auto const form = test_form().field("a", "1").field("b", "----serval-test-form");
    EXPECT_EQ(form.content_type(), "multipart/form-data; boundary=----serval-test-form1");
    EXPECT_EQ(form.body().find("------serval-test-form1\r\n"), 0U);
}

} // namespace
} // namespace serval
