#include "base/utf8.hpp"
#include "model/code_points.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace serval::model {
namespace {

std::vector<char32_t> values_of(std::string_view text)
{
    std::vector<char32_t> values;
    for_each_code_point(text, [&](code_point point) { values.push_back(point.value); });
    return values;
}

TEST(code_points, reads_each_with_its_bytes)
{
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        std::string text;
        base::append_utf8(text, c);
        code_point const read = code_point_at(text + "\xBF", 0);
        ASSERT_EQ(read.value, c);
        ASSERT_EQ(read.bytes.size(), text.size()) << static_cast<unsigned long>(c);
    }
}

TEST(code_points, reads_each_byte_of_what_is_malformed_as_a_replacement)
{
    for (std::string_view const text :
         {"\x80", "\xC1\x81", "\xE0\x80\xAE", "\xF0\x83\x80\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80",
          "\xF8\x88\x80\x80\x80", "\xF9\x80\x80\x80", "\xFF", "\xE3\x80", "\xF0\x9F\x98"})
        EXPECT_EQ(values_of(text), std::vector<char32_t>(text.size(), 0xFFFD))
            << testing::PrintToString(text);
    EXPECT_EQ(values_of("\xE3\x80x"), (std::vector<char32_t>{0xFFFD, 0xFFFD, 'x'}));
}

TEST(code_points, is_as_strict_as_the_validation)
{
    for (unsigned lead = 0x80; lead != 0x100; ++lead) {
        for (unsigned second = 0x70; second != 0xD0; ++second) {
            for (std::string_view const rest : {"", "\x80", "\x80\x80"}) {
                std::string text{static_cast<char>(lead), static_cast<char>(second)};
                text += rest;
                bool malformed = false;
                for_each_code_point(text, [&](code_point point) {
                    malformed = malformed || (point.value == 0xFFFD && point.bytes.size() == 1);
                });
                ASSERT_EQ(malformed, !base::is_valid_utf8(text)) << testing::PrintToString(text);
            }
        }
    }
}

} // namespace
} // namespace serval::model
