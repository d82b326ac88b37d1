#include "base/json_escape.hpp"

#include <gtest/gtest.h>

namespace serval::base {
namespace {

std::string escaped(std::string_view text)
{
    std::string out = "x";
    append_json_string(out, text);
    return out;
}

TEST(json_escape, quotes_and_appends)
{
    EXPECT_EQ(escaped(""), "x\"\"");
    EXPECT_EQ(escaped("Item not found"), "x\"Item not found\"");
}

TEST(json_escape, escapes_what_must_be_and_nothing_else)
{
    using namespace std::string_view_literals;
    EXPECT_EQ(escaped("a\"b\\c/d"), R"(x"a\"b\\c/d")");
    EXPECT_EQ(escaped("\n\r\t\b\f"), R"(x"\n\r\t\b\f")");
    EXPECT_EQ(escaped("\0\x1f\x7f"sv), "x\"\\u0000\\u001f\x7f\"");
    EXPECT_EQ(escaped("\xC3\xA4\xF0\x9F\x98\x80"), "x\"\xC3\xA4\xF0\x9F\x98\x80\"");
}

TEST(json_escape, replaces_what_is_no_utf_8)
{
    EXPECT_EQ(escaped("a\xFF\"\xC3"), "x\"a\xEF\xBF\xBD\\\"\xEF\xBF\xBD\"");
}

// Each byte at each place of texts of each length, among others: the words and vectors that the functions
// look at must agree with one byte at a time.
TEST(json_escape, looks_at_many_bytes_as_at_one)
{
    for (std::size_t size = 1; size != 40; ++size) {
        for (std::size_t at = 0; at != size; ++at) {
            for (int byte = 0; byte != 256; ++byte) {
                std::string text(size,
                                 byte % 2 == 0 ? '#' : '!'); // next to '"', and a borrow away from others
                text[at] = static_cast<char>(byte);
                bool const escape = byte < 0x20 || byte == '"' || byte == '\\';
                auto const* const end = text.data() + size;
                ASSERT_EQ(find_escape(text.data(), end), escape ? text.data() + at : end)
                    << size << ' ' << byte;
                std::string copy(size + 1, '?');
                ASSERT_EQ(copy_plain(copy.data(), text.data(), size), !escape && byte < 0x80)
                    << size << ' ' << at << ' ' << byte;
                ASSERT_EQ(copy, text + '?');
            }
        }
    }
    EXPECT_TRUE(copy_plain(nullptr, nullptr, 0));
}

} // namespace
} // namespace serval::base
