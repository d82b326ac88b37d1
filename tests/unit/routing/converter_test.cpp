#include "routing/converter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace serval::routing {
namespace {

/// Whether a parameter of `kind` takes the whole of `text`, alone and as a segment that others follow.
bool takes(converter kind, std::string_view text)
{
    std::string const followed = std::string{text} + "/1";
    bool const alone = converted_size(kind, text) == text.size();
    if (kind == converter::path) return alone && converted_size(kind, followed) == followed.size();
    EXPECT_EQ(converted_size(kind, followed) == text.size(), alone) << text;
    return alone;
}

TEST(converter, is_parsed_from_the_name_that_it_is_printed_as)
{
    for (std::size_t i = 0; i != converter_count; ++i) {
        auto const kind = static_cast<converter>(i);
        EXPECT_EQ(parse_converter(to_string(kind)), kind);
    }
    for (char const* name : {"", "Int", "string", "int ", "integer", "bool"})
        EXPECT_EQ(parse_converter(name), std::nullopt) << name;
}

TEST(converter, takes_decimal_digits_as_an_int)
{
    for (char const* text : {"0", "7", "007", "123456789012345678901234567890"})
        EXPECT_TRUE(takes(converter::integer, text)) << text;
    for (char const* text : {"", "-1", "+1", "1.0", "1a", "a1", " 1", "1 ", "1_0", "\xd9\xa1", "0x1"})
        EXPECT_FALSE(takes(converter::integer, text)) << text;
}

TEST(converter, takes_digits_with_an_optional_fraction_as_a_float)
{
    for (char const* text : {"0", "12", "1.5", "00.00", "123.456"})
        EXPECT_TRUE(takes(converter::floating_point, text)) << text;
    for (char const* text :
         {"", ".", "1.", ".5", "1.5.2", "-1.5", "1e3", "1,5", "1.5x", "x1.5", "nan", "inf"})
        EXPECT_FALSE(takes(converter::floating_point, text)) << text;
}

TEST(converter, takes_hexadecimal_digits_with_optional_hyphens_as_a_uuid)
{
    for (char const* text : {"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-42661417400F",
                             "123e4567e89b12d3a456426614174000", "123e4567-e89b12d3a456-426614174000"}) {
        EXPECT_TRUE(takes(converter::uuid, text)) << text;
    }
    for (char const* text :
         {"", "-", "123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456-4266141740000",
          "123e4567--e89b-12d3-a456-426614174000", "-123e4567-e89b-12d3-a456-426614174000",
          "123e4567-e89b-12d3-a456-426614174000-", "123g4567-e89b-12d3-a456-426614174000",
          "123e456-7e89b-12d3-a456-426614174000", "{123e4567e89b12d3a456426614174000}"}) {
        EXPECT_FALSE(takes(converter::uuid, text)) << text;
    }
}

TEST(converter, takes_any_non_empty_segment_as_a_string)
{
    for (std::string_view text :
         {std::string_view{"a"}, std::string_view{"-1.5 {}?#%"}, std::string_view{"\0\xff\n", 3}})
        EXPECT_TRUE(takes(converter::string, text)) << text;
    EXPECT_FALSE(takes(converter::string, ""));
    EXPECT_EQ(converted_size(converter::string, ""), no_conversion);
    EXPECT_EQ(converted_size(converter::string, "/a"), no_conversion);
}

TEST(converter, takes_everything_that_is_left_as_a_path)
{
    for (char const* text : {"", "/", "a", "a/b//c/", "../x", "a\nb"})
        EXPECT_TRUE(takes(converter::path, text)) << text;
}

} // namespace
} // namespace serval::routing
