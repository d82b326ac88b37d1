#include "wire/byteranges.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

TEST(byteranges, frames_each_range_as_rfc_9110_does)
{
    byteranges const body{"SEP", "application/pdf", {{500, 999}, {7000, 7999}}, 8000};
    EXPECT_EQ(body.content_type(), "multipart/byteranges; boundary=SEP");
    EXPECT_EQ(body.part_head(0), "--SEP\r\ncontent-type: application/pdf\r\n"
                                 "content-range: bytes 500-999/8000\r\n\r\n");
    EXPECT_EQ(body.part_head(1), "\r\n--SEP\r\ncontent-type: application/pdf\r\n"
                                 "content-range: bytes 7000-7999/8000\r\n\r\n");
    EXPECT_EQ(body.end(), "\r\n--SEP--\r\n");
}

TEST(byteranges, names_no_content_type_when_there_is_none)
{
    byteranges const body{"SEP", "", {{0, 0}, {2, 2}}, 3};
    EXPECT_EQ(body.part_head(0), "--SEP\r\ncontent-range: bytes 0-0/3\r\n\r\n");
}

TEST(byteranges, knows_the_size_of_the_whole_body)
{
    std::string const content = "0123456789";
    byteranges const body{"SEP", "text/plain", {{8, 9}, {0, 0}, {2, 5}}, content.size()};
    std::string text;
    for (std::size_t i = 0; i != body.ranges().size(); ++i)
        text += body.part_head(i) + content.substr(body.ranges()[i].first, body.ranges()[i].length());
    text += body.end();
    EXPECT_EQ(body.size(), text.size());
}

TEST(byteranges, counts_sizes_beyond_32_bits)
{
    constexpr std::uint64_t length = 1ULL << 40U;
    byteranges const body{"SEP", "", {{0, length / 2}, {length / 2 + 2, length - 1}}, length};
    EXPECT_EQ(body.size(),
              length - 1 + body.part_head(0).size() + body.part_head(1).size() + body.end().size());
}

} // namespace serval::wire
