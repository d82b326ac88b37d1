#include "wire/part_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

namespace {

constexpr std::size_t max_fields = 16;
constexpr std::string_view disposition = "Content-Disposition: form-data; name=\"a\"\r\n";

multipart_error judge(std::string_view lines, std::size_t limit = max_fields)
{
    std::string block{lines};
    part_head head;
    return parse_part_head(block, limit, head);
}

multipart_error judge_beside_disposition(std::string_view line)
{
    std::string const behind = std::string{disposition}.append(line);
    std::string const before = std::string{line}.append(disposition);
    EXPECT_EQ(judge(behind), judge(before)) << line;
    return judge(behind);
}

} // namespace

TEST(part_head, keeps_all_fields_in_order)
{
    std::string block = "X-B:  b c\t\r\ncontent-DISPOSITION: form-data; name=a; filename=f\r\n"
                        "CONTENT-TYPE:text/Plain; charset=x\r\nx-b:\r\nX-C: \xFF\ty\r\n";
    part_head head;
    ASSERT_EQ(parse_part_head(block, max_fields, head), multipart_error::none);
    EXPECT_EQ(head.name, "a");
    EXPECT_EQ(head.filename, "f");
    EXPECT_EQ(head.content_type, "text/Plain; charset=x");
    ASSERT_EQ(head.fields.size(), 5U);
    EXPECT_EQ(head.fields[0].name, "x-b");
    EXPECT_EQ(head.fields[0].value, "b c");
    EXPECT_EQ(head.fields[1].name, "content-disposition");
    EXPECT_EQ(head.fields[2].name, "content-type");
    EXPECT_EQ(head.fields[3].name, "x-b");
    EXPECT_EQ(head.fields[3].value, "");
    EXPECT_EQ(head.fields[4].value, "\xFF\ty");
}

TEST(part_head, forgets_the_part_before)
{
    std::string file = "Content-Type: text/plain\r\nContent-Disposition: form-data; name=a; filename=f\r\n";
    std::string field{disposition};
    part_head head;
    ASSERT_EQ(parse_part_head(file, max_fields, head), multipart_error::none);
    ASSERT_EQ(parse_part_head(field, max_fields, head), multipart_error::none);
    EXPECT_FALSE(head.filename);
    EXPECT_EQ(head.content_type, "");
    EXPECT_EQ(head.fields.size(), 1U);
}

TEST(part_head, wants_a_name)
{
    EXPECT_EQ(judge(""), multipart_error::part_without_name);
    EXPECT_EQ(judge("Content-Type: text/plain\r\n"), multipart_error::part_without_name);
    EXPECT_EQ(judge("Content-Disposition: form-data\r\n"), multipart_error::part_without_name);
    EXPECT_EQ(judge("Content-Disposition: form-data; filename=\"f\"\r\n"),
              multipart_error::part_without_name);
    EXPECT_EQ(judge("Content-Disposition: form-data; name=\"\"\r\n"), multipart_error::none);
}

TEST(part_head, refuses_a_disposition_that_is_malformed_or_comes_twice)
{
    EXPECT_EQ(judge("Content-Disposition:\r\n"), multipart_error::malformed);
    EXPECT_EQ(judge("Content-Disposition: attachment; name=\"a\"\r\n"), multipart_error::malformed);
    EXPECT_EQ(judge_beside_disposition("content-disposition: form-data; name=\"a\"\r\n"),
              multipart_error::malformed);
    EXPECT_EQ(judge_beside_disposition("Content-Type: a/b\r\nContent-Type: a/b\r\n"),
              multipart_error::malformed);
}

TEST(part_head, refuses_lines_that_break_the_grammar)
{
    using namespace std::string_literals;
    for (std::string const& line :
         {"\r\n"s,        "x\r\n"s,        ":\r\n"s,        ": x\r\n"s,          "x : y\r\n"s,
          " x: y\r\n"s,   "\tx: y\r\n"s,   "x y: z\r\n"s,   "x\0: y\r\n"s,       "x: \0\r\n"s,
          "x: a\0b\r\n"s, "x: a\x01\r\n"s, "x: a\x1F\r\n"s, "x: a\x7F\r\n"s,     "x: a\rb\r\n"s,
          "x: a\r\r\n"s,  "x: a\n"s,       "\n"s,           "x\xC3\xA4: y\r\n"s, "x: y\r\n z\r\n"s,
          "\"x\": y\r\n"s}) {
        EXPECT_EQ(judge_beside_disposition(line), multipart_error::malformed) << line;
    }
    EXPECT_EQ(judge("x: y"), multipart_error::malformed);
    EXPECT_EQ(judge("x: y\r"), multipart_error::malformed);
}

TEST(part_head, holds_the_fields_to_the_limit)
{
    std::string lines{disposition};
    for (int i = 0; i != 2; ++i)
        lines += "x: y\r\n";
    EXPECT_EQ(judge(lines, 3), multipart_error::none);
    EXPECT_EQ(judge(lines, 2), multipart_error::too_many_part_fields);
    EXPECT_EQ(judge(disposition, 0), multipart_error::too_many_part_fields);
}

TEST(part_head, says_what_fastapi_says)
{
    EXPECT_EQ(message_of(multipart_error::none), "");
    EXPECT_EQ(message_of(multipart_error::part_without_name),
              "The Content-Disposition header field \"name\" must be provided.");
    for (auto const e : {multipart_error::malformed, multipart_error::part_header_too_large,
                         multipart_error::too_many_part_fields, multipart_error::truncated}) {
        EXPECT_EQ(message_of(e), "There was an error parsing the body");
    }
}

} // namespace serval::wire
