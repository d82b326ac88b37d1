// Recorded answers of FastAPI, byte for byte.
#include "decode_support.hpp"

#include <serval/datetime.hpp>
#include <serval/email.hpp>
#include <serval/uuid.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace serval::model;
using serval::defaulted;

enum class color { red, green, blue };

struct item {
    std::string name;
    double price;
    defaulted<int> qty = 1;
    defaulted<std::vector<std::string>> tags;
};

struct user {
    std::string username;
    serval::email email;
    std::string full_name;
};

struct types {
    defaulted<int> i;
    defaulted<double> f;
    defaulted<bool> b;
    defaulted<std::string> s;
    std::optional<serval::datetime> d;
    std::optional<serval::uuid> u;
    defaulted<color> e = color::red;
    defaulted<std::vector<int>> l;
    defaulted<std::map<std::string, int>> m;
    std::optional<item> o;
    std::optional<serval::date> dd;
};

struct recorded {
    std::string_view target;
    std::string_view body;
    int status;
    std::string_view answer;
};

constexpr recorded cases[] = {
#include "fastapi_body_cases.inc"
};

template <class T>
std::string answer(std::string_view body)
{
    auto const result = test::from_json<T>(body);
    return result.ok ? test::to_json(result.value) : R"({"detail":[)" + result.errors + "]}";
}

std::string answer(recorded const& c)
{
    if (c.target == "/item") return answer<item>(c.body);
    if (c.target == "/items") return answer<std::vector<item>>(c.body);
    if (c.target == "/user") return answer<user>(c.body);
    if (c.target == "/optbody") return answer<std::optional<item>>(c.body);
    return answer<types>(c.body);
}

TEST(decode_cases, answer_as_fastapi_does)
{
    for (recorded const& c : cases)
        EXPECT_EQ(answer(c), c.answer) << c.target << ' ' << c.body;
}

struct text_case {
    std::string_view type;
    std::string_view text;
    std::string_view answer;
};

/// The path parameters of cases.json: what a value becomes, or the error without what all have in common.
constexpr text_case texts[] = {
    {"int", "1.0", "1"},
    {"int", " 7", "7"},
    {"int", "-0", "0"},
    {"float", "1_0.5", "10.5"},
    {"float", "+1.5", "1.5"},
    {"float", "5.", "5.0"},
    {"bool", "on", "true"},
    {"bool", "t", "true"},
    {"uuid", "{12345678-1234-5678-1234-567812345678}", R"("12345678-1234-5678-1234-567812345678")"},
    {"datetime", "2024-01-02T03:04:05", R"("2024-01-02T03:04:05")"},
    {"datetime", "2024-01-02T03:04:05.123456+02:00", R"("2024-01-02T03:04:05.123456+02:00")"},
    {"datetime", "1700000000000", R"("2023-11-14T22:13:20+00:00")"},
    {"sys_time", "1700000000000", R"("2023-11-14T22:13:20+00:00")"},
    {"time", "03:04:05.5", R"("03:04:05.500000")"},
    {"td", "1 day, 02:03:04", R"("P1DT2H3M4S")"}, // recorded without a model: as seconds
    {"enum", "red", R"("red")"},
    {"enum", "x",
     R"({"type":"enum","loc":["path","v"],"msg":"Input should be 'red', 'green' or 'blue'","input":"x",)"
     R"("ctx":{"expected":"'red', 'green' or 'blue'"}})"},
    {"int", "abc",
     R"({"type":"int_parsing","loc":["path","v"],)"
     R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"abc"})"},
    {"bool", "2",
     R"({"type":"bool_parsing","loc":["path","v"],)"
     R"("msg":"Input should be a valid boolean, unable to interpret input","input":"2"})"},
    {"date", "2024-01-02T01:00:00",
     R"({"type":"date_from_datetime_inexact","loc":["path","v"],)"
     R"("msg":"Datetimes provided to dates should have zero time - e.g. be exact dates",)"
     R"("input":"2024-01-02T01:00:00"})"},
};

template <class T>
std::string text_answer(std::string_view text)
{
    auto const result = test::from_text<T>(text);
    return result.ok ? test::to_json(result.value) : result.errors;
}

std::string text_answer(text_case const& c)
{
    if (c.type == "int") return text_answer<int>(c.text);
    if (c.type == "float") return text_answer<double>(c.text);
    if (c.type == "bool") return text_answer<bool>(c.text);
    if (c.type == "uuid") return text_answer<serval::uuid>(c.text);
    if (c.type == "datetime") return text_answer<serval::datetime>(c.text);
    if (c.type == "sys_time") return text_answer<std::chrono::sys_seconds>(c.text);
    if (c.type == "date") return text_answer<serval::date>(c.text);
    if (c.type == "time") return text_answer<serval::time_of_day>(c.text);
    if (c.type == "td") return text_answer<serval::duration>(c.text);
    return text_answer<color>(c.text);
}

TEST(decode_cases, answer_to_path_values_as_fastapi_does)
{
    for (text_case const& c : texts)
        EXPECT_EQ(text_answer(c), c.answer) << c.type << ' ' << c.text;
}

} // namespace
