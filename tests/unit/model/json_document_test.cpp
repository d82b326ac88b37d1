// json_document against Python (recorded), against nlohmann's accept set, and at its limits.
#include "model/json_document.hpp"
#include "support/extreme_digits.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace serval::model {
namespace {

using namespace std::string_view_literals;

struct python_case {
    std::string_view bytes;
    json_outcome outcome;
    std::size_t position;
    std::string_view text; // of an accepted text json.dumps(json.loads(bytes)), else the error's message
};

// clang-format off
constexpr python_case python_cases[] = {
#include "json_python_cases.inc"
};

// What FastAPI 0.141 on Python 3.13 answered; the 422's loc[1] and ctx.error. NaN is serval's own (FastAPI: 500).
constexpr python_case recorded_cases[] = {
    {"{a}"sv, json_outcome::syntax_error, 1, "Expecting property name enclosed in double quotes"sv},
    {"[1,]"sv, json_outcome::syntax_error, 2, "Illegal trailing comma before end of array"sv},
    {R"({"a":1,})"sv, json_outcome::syntax_error, 6, "Illegal trailing comma before end of object"sv},
    {R"({"a" 1})"sv, json_outcome::syntax_error, 5, "Expecting ':' delimiter"sv},
    {R"("abc)"sv, json_outcome::syntax_error, 0, "Unterminated string starting at"sv},
    {R"("\x")"sv, json_outcome::syntax_error, 1, R"(Invalid \escape)"sv},
    {"{} x"sv, json_outcome::syntax_error, 3, "Extra data"sv},
    {"\xff"sv, json_outcome::undecodable, 0, ""sv},
    {"{"sv, json_outcome::syntax_error, 1, "Expecting property name enclosed in double quotes"sv},
    {"  "sv, json_outcome::syntax_error, 2, "Expecting value"sv},
    {R"({"a":)"sv, json_outcome::syntax_error, 5, "Expecting value"sv},
    {"01"sv, json_outcome::syntax_error, 1, "Extra data"sv},
    {"-"sv, json_outcome::syntax_error, 0, "Expecting value"sv},
    {"NaN"sv, json_outcome::syntax_error, 0, "Expecting value"sv},
};

constexpr python_case different_cases[] = {
    {"[NaN]"sv, json_outcome::syntax_error, 1, "Expecting value"sv},
    {"Infinity"sv, json_outcome::syntax_error, 0, "Expecting value"sv},
    {R"({"a": -Infinity})"sv, json_outcome::syntax_error, 6, "Expecting value"sv},
    {R"("\ud83d")"sv, json_outcome::syntax_error, 2, R"(Invalid \uXXXX escape)"sv},
    {R"("ab\ude00")"sv, json_outcome::syntax_error, 4, R"(Invalid \uXXXX escape)"sv},
    {R"("\ud83d\u0041")"sv, json_outcome::syntax_error, 2, R"(Invalid \uXXXX escape)"sv},
    {R"("\ud83d\ud83d\ude00")"sv, json_outcome::syntax_error, 2, R"(Invalid \uXXXX escape)"sv},
    {R"("\ud83d\n")"sv, json_outcome::syntax_error, 2, R"(Invalid \uXXXX escape)"sv},
    {R"(["\ud83d", NaN])"sv, json_outcome::syntax_error, 3, R"(Invalid \uXXXX escape)"sv},
    // Where the document has another fault, Python tells of that.
    {"[NaN}"sv, json_outcome::syntax_error, 4, "Expecting ',' delimiter"sv},
    {"-Infinity x"sv, json_outcome::syntax_error, 10, "Extra data"sv},
    {R"("\ud83dx)"sv, json_outcome::syntax_error, 0, "Unterminated string starting at"sv},
    {R"(["\ude00",])"sv, json_outcome::syntax_error, 9, "Illegal trailing comma before end of array"sv},
    {"-NaN"sv, json_outcome::syntax_error, 0, "Expecting value"sv},
    {"\"\xed\xa0\xbd\""sv, json_outcome::undecodable, 0, ""sv},         // a surrogate as UTF-8 bytes
    {"\"\0\x3d\xd8\"\0"sv, json_outcome::undecodable, 0, ""sv},         // a lone surrogate in UTF-16
    {"\"\0\0\0\x3d\xd8\0\0\"\0\0\0"sv, json_outcome::undecodable, 0, ""sv}, // and in UTF-32
};
// clang-format on

void expect_case(python_case const& expected)
{
    std::string const bytes{expected.bytes}; // on the heap, so that ASan sees a read past the end
    json_document document;
    EXPECT_EQ(document.parse({bytes.data(), bytes.size()}), expected.outcome) << bytes;
    if (expected.outcome == json_outcome::ok) return;
    EXPECT_EQ(document.error().message, expected.text) << bytes;
    EXPECT_EQ(document.error().position, expected.position) << bytes;
}

json_view parsed(json_document& document, std::string_view text)
{
    EXPECT_EQ(document.parse(text), json_outcome::ok) << text;
    return document.root();
}

std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string distinct_keys(std::size_t bytes)
{
    std::string text = "{";
    for (std::size_t i = 0; text.size() < bytes; ++i) {
        if (i != 0) text += ',';
        text += "\"k" + std::to_string(i) + "\":1";
    }
    return text + "}";
}

constexpr std::string_view documents[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "12",
    "-1.5",
    "1e5",
    "1.25E-3",
    "\"\"",
    "\"abc\"",
    "\"a\\n\\\"b\"",
    "\"\\u00e9\\ud83d\\ude00\"",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "[]",
    "{}",
    " [ ] ",
    "\t{ }\r\n",
    "[1,2,3]",
    "[1 , 2]",
    "[[],[[]],{}]",
    R"({"a":1})",
    R"({ "a" : 1 , "b" : 2 })",
    R"({"a":{"b":[{"c":null}]}})",
    R"(["0123456789abcdef","0123456\\89","01234567"])",
    R"({"a":1,"a":2})",
    "\xef\xbb\xbf[1]",
    R"([true,false,null,"x",-12.5e-2,{}])",
    R"({"username":"a","email":"a@b.c","full_name":"A B"})",
    "[-0.0,10,0.5]",
};

/// Texts on which nlohmann is no oracle: it knows no UTF-16 and UTF-32, and a NUL outside a string ends its
/// input.
bool is_beyond_nlohmann(std::string_view text)
{
    return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") || text.find('\0') != text.npos;
}

void expect_same_acceptance(std::string_view text)
{
    if (is_beyond_nlohmann(text)) return;
    json_document document;
    bool const accepted = document.parse(text) == json_outcome::ok;
    EXPECT_EQ(accepted, nlohmann::json::accept(text)) << ::testing::PrintToString(std::string{text});
}

} // namespace

TEST(json_document, agrees_with_python_on_outcomes_words_and_positions)
{
    for (auto const& expected : python_cases)
        expect_case(expected);
}

TEST(json_document, gives_the_errors_that_fastapi_was_seen_to_give)
{
    for (auto const& expected : recorded_cases)
        expect_case(expected);
}

TEST(json_document, refuses_nan_and_lone_surrogates_where_python_takes_them)
{
    for (auto const& expected : different_cases)
        expect_case(expected);
}

TEST(json_document, accepts_what_nlohmann_accepts_of_all_prefixes)
{
    for (auto const document : documents) {
        for (std::size_t n = 0; n <= document.size(); ++n)
            expect_same_acceptance(document.substr(0, n));
    }
}

TEST(json_document, accepts_what_nlohmann_accepts_of_all_single_byte_mutations)
{
    for (auto const document : documents) {
        std::string text{document};
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (int byte = 0; byte < 256; ++byte) {
                text[i] = static_cast<char>(byte);
                expect_same_acceptance(text);
            }
            text[i] = document[i];
        }
    }
}

TEST(json_document, accepts_what_nlohmann_accepts_when_one_byte_is_missing_or_doubled)
{
    for (auto const document : documents) {
        for (std::size_t i = 0; i < document.size(); ++i) {
            expect_same_acceptance(std::string{document}.erase(i, 1));
            expect_same_acceptance(std::string{document}.insert(i, 1, document[i]));
        }
    }
}

TEST(json_document, tells_kinds_and_keeps_the_text_of_numbers)
{
    json_document document;
    std::vector<std::string> numbers;
    std::vector<json_kind> kinds;
    for (auto const value :
         parsed(document, R"([null,true,"s",-0,123456789012345678901234567890,1.50,1E+2,[],{}])")
             .elements()) {
        kinds.push_back(value.kind());
        if (value.kind() == json_kind::integer || value.kind() == json_kind::floating) {
            numbers.emplace_back(value.number_text());
        }
    }
    using enum json_kind;
    EXPECT_EQ(kinds,
              (std::vector{null, boolean, string, integer, integer, floating, floating, array, object}));
    EXPECT_EQ(numbers, (std::vector<std::string>{"-0", "123456789012345678901234567890", "1.50", "1E+2"}));
}

TEST(json_document, iterates_nested_values_in_order)
{
    json_document document;
    json_view const root = parsed(document, R"({"a":[1,[2,3],{"x":4}],"b":{},"c":true})");
    ASSERT_EQ(root.size(), 3U);
    std::string keys;
    for (auto const [key, value] : root.members())
        keys += key;
    EXPECT_EQ(keys, "abc");
    json_view const a = *root.find("a");
    ASSERT_EQ(a.size(), 3U);
    std::vector<std::size_t> sizes;
    for (auto const element : a.elements()) {
        if (element.kind() != json_kind::integer) sizes.push_back(element.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 1}));
    EXPECT_EQ(root.find("b")->size(), 0U);
    EXPECT_TRUE(root.find("c")->boolean());
    EXPECT_FALSE(root.find("d").has_value());
}

TEST(json_document, keeps_duplicate_keys_in_order_and_finds_the_last)
{
    json_document document;
    json_view const root = parsed(document, R"({"a":1,"b":2,"\u0061":3})");
    std::string seen;
    for (auto const [key, value] : root.members())
        seen.append(key).append(value.number_text());
    EXPECT_EQ(seen, "a1b2a3");
    EXPECT_EQ(root.find("a")->number_text(), "3");
    EXPECT_TRUE(has_duplicate_keys(root));
    std::string unique;
    for (auto const& [key, value] : unique_members(root))
        unique.append(key).append(value.number_text());
    EXPECT_EQ(unique, "a3b2");
}

TEST(json_document, finds_duplicates_among_few_and_many_keys)
{
    json_document document;
    for (std::size_t n : {0U, 1U, 15U, 16U, 17U, 100U}) {
        std::string text = "{";
        for (std::size_t i = 0; i < n; ++i)
            text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
        std::string const distinct = text + "}";
        EXPECT_FALSE(has_duplicate_keys(parsed(document, distinct))) << n;
        if (n == 0) continue;
        std::string const duplicate = text + ",\"0\":1}";
        EXPECT_TRUE(has_duplicate_keys(parsed(document, duplicate))) << n;
        EXPECT_EQ(unique_members(document.root()).size(), n);
        EXPECT_EQ(unique_members(document.root()).front().value.number_text(), "1");
    }
}

TEST(json_document, views_strings_without_escapes_in_the_text_itself)
{
    std::string const text = R"(["plain","esc\taped"])";
    json_document document;
    std::vector<std::string_view> strings;
    for (auto const value : parsed(document, text).elements())
        strings.push_back(value.string());
    EXPECT_EQ(strings[0].data(), text.data() + 2);
    EXPECT_EQ(strings[0], "plain");
    EXPECT_EQ(strings[1], "esc\taped");
}

TEST(json_document, forgets_the_previous_text_when_it_parses_again)
{
    json_document document;
    EXPECT_EQ(document.parse("[1,2,}"), json_outcome::syntax_error);
    EXPECT_EQ(document.parse(R"("\n")"), json_outcome::ok);
    EXPECT_EQ(document.error().message, "");
    EXPECT_EQ(document.root().string(), "\n");
    EXPECT_EQ(document.parse("\xff\xfe[\0]\0"sv), json_outcome::ok);
    EXPECT_EQ(document.parse("{}"), json_outcome::ok);
    EXPECT_EQ(document.root().kind(), json_kind::object);
}

TEST(json_document, refuses_nesting_beyond_the_limit_whatever_follows)
{
    json_document document;
    EXPECT_EQ(document.parse(nested(64)), json_outcome::ok);
    EXPECT_EQ(document.parse(nested(65)), json_outcome::undecodable);
    EXPECT_EQ(document.parse(std::string(65, '[')), json_outcome::undecodable);
    EXPECT_EQ(document.parse(std::string(64, '[')), json_outcome::syntax_error);
    EXPECT_EQ(document.parse("[[],[],{}]", 2), json_outcome::ok);
    EXPECT_EQ(document.parse("[[],[{}]]", 2), json_outcome::undecodable);
    EXPECT_EQ(document.parse("1", 0), json_outcome::ok);
    EXPECT_EQ(document.parse(nested(512), 100'000), json_outcome::ok);
    EXPECT_EQ(document.parse(nested(513), 100'000), json_outcome::undecodable);
}

TEST(json_document, reads_a_mebibyte_of_distinct_keys)
{
    std::string const text = distinct_keys(1 << 20);
    json_document document;
    json_view const root = parsed(document, text);
    EXPECT_GT(root.size(), 80'000U);
    EXPECT_FALSE(has_duplicate_keys(root));
    EXPECT_EQ(unique_members(root).size(), root.size());
}

TEST(json_document, converts_numbers_as_python_does_also_out_of_range)
{
    json_document document;
    auto const number = [&document](std::string const& text) { return parsed(document, text).as_double(); };
    double const infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(number("1.5e3"), 1500.0);
    EXPECT_EQ(number("9007199254740993"), 9007199254740992.0);
    EXPECT_EQ(number("5e-324"), 5e-324);
    EXPECT_EQ(number("1e400"), infinity);
    EXPECT_EQ(number("-1e400"), -infinity);
    EXPECT_EQ(number("1" + std::string(400, '0')), infinity);
    EXPECT_EQ(number("0.001e99999999999999999999999"), infinity);
    EXPECT_EQ(number("1e-400"), 0.0);
    EXPECT_EQ(number("0." + std::string(400, '0') + "1"), 0.0);
    EXPECT_EQ(number("123e-99999999999999999999999"), 0.0);
    EXPECT_TRUE(std::signbit(number("-1e-400")));
    EXPECT_TRUE(std::signbit(number("-0.0")));
}

TEST(json_document, converts_extreme_numbers_to_the_nearest_double)
{
    json_document document;
    for (std::string const& text : serval::test::extreme_decimals()) {
        if (text.size() > 1 && text.front() == '0' && text[1] == '0') continue;
        ASSERT_EQ(document.parse(text), json_outcome::ok) << text;
        EXPECT_EQ(document.root().as_double(), std::strtod(text.c_str(), nullptr)) << text;
    }
    // What was undefined, zero and infinite once.
    ASSERT_EQ(document.parse("1E+9223372036854775807"), json_outcome::ok);
    EXPECT_TRUE(std::isinf(document.root().as_double()));
    ASSERT_EQ(document.parse("0.1e-9223372036854775808"), json_outcome::ok);
    EXPECT_EQ(document.root().as_double(), 0.0);
}

} // namespace serval::model
