// json_writer against Python's json.dumps.
#include "model/json_writer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace serval::model {
namespace {

using namespace std::string_view_literals;

struct python_case {
    std::string_view bytes;
    json_outcome outcome;
    std::size_t position;
    std::string_view text;
};

// clang-format off
constexpr python_case python_cases[] = {
#include "json_python_cases.inc"
};
// clang-format on

std::string string_text(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string double_text(double value)
{
    std::string out;
    return append_json_double(out, value) ? out : "refused" + out;
}

std::string echo(std::string_view text)
{
    json_document document;
    EXPECT_EQ(document.parse(text), json_outcome::ok) << text;
    std::string out;
    append_json_value(out, document.root());
    return out;
}

} // namespace

TEST(json_writer, echoes_values_as_python_dumps_what_it_loaded)
{
    for (auto const& expected : python_cases) {
        if (expected.outcome != json_outcome::ok) continue;
        EXPECT_EQ(echo(expected.bytes), expected.text) << expected.bytes;
    }
}

TEST(json_writer, echoes_what_it_wrote_unchanged)
{
    for (auto const& expected : python_cases) {
        if (expected.outcome != json_outcome::ok) continue;
        EXPECT_EQ(echo(expected.text), expected.text) << expected.bytes;
    }
}

TEST(json_writer, echoes_a_number_too_large_for_a_double_as_sent)
{
    EXPECT_EQ(echo("[1e400, -1.0E999]"), "[1e400,-1.0E999]");
}

TEST(json_writer, escapes_quotes_backslashes_and_control_characters_only)
{
    EXPECT_EQ(string_text(""), R"("")");
    EXPECT_EQ(string_text("\"\\\b\f\n\r\t/"), R"("\"\\\b\f\n\r\t/")");
    EXPECT_EQ(string_text("\0\x01\x0b\x1f\x7f"sv), "\"\\u0000\\u0001\\u000b\\u001f\x7f\"");
    EXPECT_EQ(string_text("é\u2028😀<&>"), "\"é\u2028😀<&>\"");
}

TEST(json_writer, finds_what_needs_an_escape_at_every_offset)
{
    for (std::size_t length = 1; length < 20; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            std::string text(length, 'x');
            std::string const before(at, 'x');
            std::string const after(length - at - 1, 'x');
            text[at] = '\n';
            EXPECT_EQ(string_text(text), "\"" + before + "\\n" + after + "\"");
            text[at] = '"';
            EXPECT_EQ(string_text(text), "\"" + before + "\\\"" + after + "\"");
        }
    }
}

TEST(json_writer, replaces_what_is_no_utf8)
{
    EXPECT_EQ(string_text("a\xff z"), "\"a\ufffd z\"");
    EXPECT_EQ(string_text("\xe2\x82\n\xc3"), "\"\ufffd\\n\ufffd\"");
    EXPECT_EQ(string_text("\xed\xa0\x80"), "\"\ufffd\ufffd\ufffd\"");
}

TEST(json_writer, appends_after_what_is_there)
{
    std::string out = "x";
    append_json_string(out, "a");
    append_json_int(out, 1);
    EXPECT_TRUE(append_json_double(out, 2));
    EXPECT_EQ(out, R"(x"a"12.0)");
}

TEST(json_writer, writes_whole_numbers_of_every_width)
{
    std::string out;
    append_json_int(out, std::numeric_limits<std::int64_t>::min());
    out += ' ';
    append_json_int(out, std::numeric_limits<std::uint64_t>::max());
    out += ' ';
    append_json_int(out, std::int8_t{-128});
    out += ' ';
    append_json_int(out, 0);
    EXPECT_EQ(out, "-9223372036854775808 18446744073709551615 -128 0");
}

TEST(json_writer, writes_floats_as_python_and_refuses_what_json_has_no_word_for)
{
    EXPECT_EQ(double_text(1), "1.0");
    EXPECT_EQ(double_text(-0.0), "-0.0");
    EXPECT_EQ(double_text(0.1), "0.1");
    EXPECT_EQ(double_text(1e16), "1e+16");
    EXPECT_EQ(double_text(0.00001), "1e-05");
    EXPECT_EQ(double_text(std::numeric_limits<double>::infinity()), "refused");
    EXPECT_EQ(double_text(-std::numeric_limits<double>::infinity()), "refused");
    EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "refused");
}

} // namespace serval::model
