#include "decode_support.hpp"

#include <serval/big_integer.hpp>
#include <serval/datetime.hpp>
#include <serval/decimal.hpp>
#include <serval/email.hpp>
#include <serval/json.hpp>
#include <serval/url.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace serval::model;
using namespace std::chrono_literals;
using test::to_json;

enum class level : std::int8_t { low, high };

struct times {
    serval::datetime when;
    std::chrono::sys_time<std::chrono::milliseconds> instant;
    serval::time_of_day at;
    std::chrono::seconds length;
    std::vector<serval::datetime> more;
};

struct renamed {
    std::string full_name;
    int n = 1;
};
constexpr auto rules(serval::rules_for<renamed>)
{
    return serval::model_rules<serval::member<"full_name", serval::alias("full\"Name")>>{};
}

enum class numbered { one = 1, two };
[[maybe_unused]] constexpr serval::enum_by_value rules(serval::rules_for<numbered>)
{
    return {};
}

struct exact {
    serval::decimal price{"1.50"};
    serval::big_integer count{"123456789012345678901234567890"};
    serval::url home{"http://a"};
    numbered at = numbered::two;
};

struct tree {
    std::vector<tree> children;
};

TEST(encode, explains_what_json_cannot_hold_and_where)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    auto const why = [](auto const& value) {
        return explain(serval::detail::type_of<std::decay_t<decltype(value)>>(), &value);
    };
    EXPECT_EQ(why(-infinity), "holds -infinity, which JSON cannot express");
    EXPECT_EQ(why(std::numeric_limits<float>::quiet_NaN()), "holds NaN, which JSON cannot express");
    EXPECT_EQ(why(std::vector<double>{1, infinity}), "holds infinity at [1], which JSON cannot express");
    EXPECT_EQ(why(std::map<std::string, std::vector<double>>{{"a\"", {-infinity}}}),
              R"(holds -infinity at ["a\""][0], which JSON cannot express)");
    EXPECT_EQ(why(serval::json{{"a", {1, std::numeric_limits<double>::quiet_NaN()}}}),
              R"(holds NaN at ["a"][1], which JSON cannot express)");
    EXPECT_EQ(why(serval::json(serval::json::value_t::discarded)),
              "holds a discarded value, which JSON cannot express");
    EXPECT_TRUE(why(std::vector<std::chrono::sys_days>{std::chrono::sys_days::max()}).ends_with(" at [0]"));
    EXPECT_EQ(why(1.5), "");
}

TEST(encode, writes_numbers_as_python_does)
{
    EXPECT_EQ(to_json(5.0), "5.0");
    EXPECT_EQ(to_json(1e16), "1e+16");
    EXPECT_EQ(to_json(0.1F), "0.1");
    EXPECT_EQ(to_json(16777216.0F), "16777216.0");
    EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(to_json(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(to_json(std::int8_t{-5}), "-5");
    EXPECT_EQ(to_json(true), "true");
}

TEST(encode, refuses_what_json_has_no_word_for)
{
    EXPECT_EQ(to_json(std::numeric_limits<double>::quiet_NaN()), "not finite");
    EXPECT_EQ(to_json(std::vector<float>{1, std::numeric_limits<float>::infinity()}), "not finite");
    EXPECT_EQ(to_json(std::chrono::sys_days::max()), "out of range");
    EXPECT_EQ(to_json(std::chrono::hours::max()), "out of range");
    EXPECT_EQ(to_json(serval::json{{"a", std::numeric_limits<double>::infinity()}}), "not finite");
}

TEST(encode, leaves_the_text_as_it_was_on_failure)
{
    std::string out = "before";
    std::vector<double> const value{1, std::numeric_limits<double>::infinity()};
    EXPECT_EQ(encode(serval::detail::type_of<std::vector<double>>(), &value, out), encode_result::not_finite);
    EXPECT_EQ(out, "before");
}

/// What is written up to a limit, or "" where that is too short; nothing is written far beyond it.
template <class T>
std::string up_to(std::size_t limit, T const& value)
{
    std::string out = "ab";
    auto const result = encode(serval::detail::type_of<T>(), &value, out, encode_style::value, limit);
    EXPECT_LE(out.capacity(), 4 * limit + 64);
    if (result == encode_result::ok) return out.substr(2);
    EXPECT_EQ(result, encode_result::too_long);
    EXPECT_EQ(out, "ab");
    return "";
}

template <class Map>
std::size_t visited_of(Map const& map, std::size_t wanted)
{
    struct visits {
        std::size_t wanted;
        std::size_t made = 0;
    } context{wanted};
    auto const& ops = *static_cast<serval::detail::map_ops const*>(serval::detail::type_of<Map>().extra);
    ops.for_each(&map, &context, [](void* opaque, std::string const&, void const*) {
        auto& c = *static_cast<visits*>(opaque);
        return ++c.made != c.wanted;
    });
    return context.made;
}

TEST(encode, visits_a_map_until_it_has_enough)
{
    std::map<std::string, int> const sorted{{"a", 1}, {"b", 2}, {"c", 3}};
    std::vector<std::pair<std::string, int>> const ordered{{"c", 3}, {"b", 2}, {"a", 1}};
    EXPECT_EQ(visited_of(sorted, 2), 2U);
    EXPECT_EQ(visited_of(ordered, 2), 2U);
    EXPECT_EQ(visited_of(sorted, 9), 3U);
    EXPECT_EQ(visited_of(ordered, 9), 3U);
}

TEST(encode, stops_at_a_limit)
{
    std::vector<int> const list(100'000, 1);
    std::vector<std::string> const text{std::string(100'000, 'x')};
    std::map<std::string, int> const map{{std::string(100'000, 'x'), 1}};
    serval::json const values(list);
    EXPECT_EQ(up_to(1000, list), "");
    EXPECT_EQ(up_to(1000, text), "");
    EXPECT_EQ(up_to(1000, map), "");
    EXPECT_EQ(up_to(1000, values), "");
    EXPECT_EQ(up_to(1000, serval::json(text)), "");
    EXPECT_EQ(up_to(1000, serval::json(map)), "");
    EXPECT_EQ(up_to(1000, serval::json::binary(std::vector<std::uint8_t>(100'000))), "");
    EXPECT_EQ(up_to(1'000'000, list).size(), 200'001U);
    EXPECT_EQ(up_to(1'000'000, values).size(), 200'001U);
    EXPECT_EQ(up_to(16, std::vector{1, 2, 3}), "[1,2,3]");
}

TEST(encode, writes_times_of_models_as_pydantic_and_others_as_fastapi)
{
    std::chrono::sys_seconds const instant{1'700'000'000s};
    serval::datetime const when{instant};
    EXPECT_EQ(to_json(when), R"("2023-11-14T22:13:20+00:00")");
    EXPECT_EQ(to_json(instant), R"("2023-11-14T22:13:20+00:00")");
    EXPECT_EQ(to_json(90s), R"("PT1M30S")");
    EXPECT_EQ(to_json(std::vector<serval::datetime>{when}), R"(["2023-11-14T22:13:20+00:00"])");
    times const value{when, instant + 5ms, serval::time_of_day{1, 2, 3, 0, 0s}, 90s, {when}};
    EXPECT_EQ(to_json(value),
              R"({"when":"2023-11-14T22:13:20Z","instant":"2023-11-14T22:13:20.005000Z","at":"01:02:03Z",)"
              R"("length":"PT1M30S","more":["2023-11-14T22:13:20Z"]})");
    EXPECT_EQ(to_json(std::map<std::string, serval::datetime>{{"k", when}}),
              R"({"k":"2023-11-14T22:13:20+00:00"})");
}

TEST(encode, leaves_the_form_of_models_at_their_end)
{
    std::map<std::string, renamed> const value{{"a", {"x", 2}}, {"b\n", {"ü", 3}}};
    EXPECT_EQ(to_json(value), R"({"a":{"full\"Name":"x","n":2},"b\n":{"full\"Name":"ü","n":3}})");
}

TEST(encode, writes_enumerators_by_name_and_unknown_values_as_numbers)
{
    EXPECT_EQ(to_json(level::high), R"("high")");
    EXPECT_EQ(to_json(static_cast<level>(-7)), "-7");
}

TEST(encode, writes_wrapped_values)
{
    EXPECT_EQ(to_json(std::optional<int>{}), "null");
    EXPECT_EQ(to_json(std::optional<int>{3}), "3");
    EXPECT_EQ(to_json(serval::defaulted<std::string>{"x"}), R"("x")");
    EXPECT_EQ(to_json(std::vector<bool>{true, false}), "[true,false]");
    EXPECT_EQ(to_json(serval::email::from_normalized("a\"@b.co")), R"("a\"@b.co")");
}

TEST(encode, gives_up_on_values_that_are_nested_too_deep)
{
    tree root;
    tree* deepest = &root;
    for (int i = 0; i != 250; ++i)
        deepest = &deepest->children.emplace_back();
    EXPECT_TRUE(to_json(root).starts_with(R"({"children":[{)"));
    for (int i = 0; i != 300; ++i)
        deepest = &deepest->children.emplace_back();
    EXPECT_EQ(to_json(root), "too deep");
}

TEST(encode, writes_exact_numbers_and_urls_by_what_they_are_in)
{
    EXPECT_EQ(to_json(serval::decimal{"1.50"}), "1.5");
    EXPECT_EQ(to_json(std::vector{serval::decimal{"1E+2"}}), "[100]");
    EXPECT_EQ(to_json(exact{}),
              R"({"price":"1.50","count":123456789012345678901234567890,"home":"http://a/","at":2})");
}

TEST(encode, writes_a_map_of_pairs_in_its_order)
{
    std::vector<std::pair<std::string, int>> const map{{"z", 1}, {"a", 2}};
    EXPECT_EQ(to_json(map), R"({"z":1,"a":2})");
}

TEST(encode, refuses_dates_that_would_be_read_as_others)
{
    using namespace std::chrono;
    EXPECT_EQ(to_json(year{9999} / 12 / 31), R"("9999-12-31")");
    EXPECT_EQ(to_json(year{1} / 1 / 1), R"("0001-01-01")");
    EXPECT_EQ(to_json(year{12345} / 1 / 1), "out of range");
    EXPECT_EQ(to_json(year{0} / 1 / 1), "out of range");
    EXPECT_EQ(to_json(year{-5} / 1 / 1), "out of range");
    EXPECT_EQ(to_json(year{2023} / 2 / 30), "out of range");
    EXPECT_EQ(to_json(year_month_day{}), "out of range");
}

} // namespace
