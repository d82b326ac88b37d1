#include "model/model_layout.hpp"
#include "model/write_as.hpp"

#include <serval/decimal.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/json.hpp>
#include <serval/timedelta.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace serval::model {
namespace {

using namespace std::chrono_literals;

enum class colour { red, green };

struct inside {
    decimal price{"1.10"};
    std::vector<int> sizes{7};
};

struct account {
    std::string name;
    std::string password;
    std::optional<int> age;
    std::uint64_t id = std::numeric_limits<std::uint64_t>::max();
    float ratio = 0.1F;
    inside more{};
};

struct shown {
    std::uint64_t id;
    std::string name;
    std::optional<int> age = 5;
    float ratio;
    inside more;
    defaulted<std::vector<std::string>> tags = std::vector<std::string>{"none"};
};
constexpr auto rules(rules_for<shown>)
{
    return model_rules<forbid_extra, member<"name", min_length(2)>>{};
}

struct node {
    std::vector<node> children;
};

struct initialised {
    std::vector<std::string> tags{"initial"};
    std::optional<int> o = 5;
};

/// What is written, or the errors.
template <class Declared, class T>
std::string written(T const& value)
{
    resolve(detail::type_of<Declared>());
    std::string out;
    auto errors = validation_errors::for_result();
    bool const ok = write_as(detail::type_of<Declared>(), detail::type_of<T>(), &value, out, errors);
    EXPECT_EQ(ok, errors.empty());
    EXPECT_TRUE(ok || out.empty());
    return ok ? out : errors.body();
}

TEST(write_as, writes_the_declared_members_as_they_are)
{
    EXPECT_EQ(written<shown>(account{.name = "ann", .password = "secret", .age = {}}),
              R"({"id":18446744073709551615,"name":"ann","age":null,"ratio":0.1,)"
              R"("more":{"price":"1.10","sizes":[7]},"tags":["none"]})");
}

TEST(write_as, changes_nothing_that_was_given)
{
    EXPECT_EQ(written<initialised>(initialised{.tags = {}, .o = {}}), R"({"tags":[],"o":null})");
    EXPECT_EQ(written<initialised>(json{{"tags", json::array()}, {"o", nullptr}}), R"({"tags":[],"o":null})");
}

TEST(write_as, keeps_all_digits_outside_of_a_model)
{
    EXPECT_EQ(written<decimal>(decimal{"123456789012345678901234567890.12"}),
              R"("123456789012345678901234567890.12")");
    EXPECT_EQ(written<std::vector<decimal>>(std::vector<decimal>{decimal{"0.10"}}), R"(["0.10"])");
    EXPECT_EQ(written<timedelta>(timedelta{100'000'000 * 24h + 1us}), R"("P273972Y220DT0.000001S")");
    EXPECT_EQ(
        (written<std::map<std::string, decimal>>(std::map<std::string, decimal>{{"k", decimal{"2.50"}}})),
        R"({"k":"2.50"})");
    EXPECT_EQ(written<json>(decimal{"0.10"}), R"("0.10")");
}

TEST(write_as, writes_what_is_nested_deep)
{
    node root;
    json other = 1;
    for (int i = 0; i != 100; ++i) {
        node above;
        above.children.push_back(std::move(root));
        root = std::move(above);
        other = json::array({other});
    }
    EXPECT_EQ(written<node>(root).size(), 101 * std::string_view{R"({"children":[]})"}.size());
    EXPECT_EQ(written<json>(other).size(), 201U);
    EXPECT_EQ(written<std::vector<json>>(other).size(), 201U);
}

TEST(write_as, reads_values_of_other_kinds_as_a_request_would)
{
    EXPECT_EQ(written<int>(std::string{"5"}), "5");
    EXPECT_EQ(written<double>(5), "5.0");
    EXPECT_EQ(written<std::string>(decimal{"1.50"}), R"("1.50")");
    EXPECT_EQ(written<std::vector<std::optional<int>>>(std::vector<int>{1}), "[1]");
    EXPECT_EQ(written<colour>(std::string{"green"}), R"("green")");
    EXPECT_EQ(written<inside>(json{{"price", "1.50"}, {"sizes", {1}}, {"extra", 1}}),
              R"({"price":"1.50","sizes":[1]})");
    EXPECT_EQ((written<inside>(std::map<std::string, json>{{"price", 2}, {"sizes", {1}}})),
              R"({"price":"2","sizes":[1]})");
}

TEST(write_as, stops_at_a_limit)
{
    auto const fits = [](auto const& value, std::size_t limit) {
        using type = std::remove_cvref_t<decltype(value)>;
        std::string out;
        auto errors = validation_errors::for_result();
        auto const& table = detail::type_of<type>();
        bool const whole = write_as(table, table, &value, out, errors, limit);
        EXPECT_TRUE(errors.empty());
        EXPECT_EQ(whole, !out.empty());
        return whole;
    };
    std::vector<int> const list(100'000, 1);
    std::vector<std::string> const text{std::string(100'000, 'x')};
    std::map<std::string, int> const map{{std::string(100'000, 'x'), 1}};
    EXPECT_FALSE(fits(list, 1000));
    EXPECT_FALSE(fits(text, 1000));
    EXPECT_FALSE(fits(map, 1000));
    EXPECT_FALSE(fits(json(list), 1000));
    EXPECT_TRUE(fits(list, 1'000'000));
    EXPECT_TRUE(fits(map, 1'000'000));
    EXPECT_TRUE(fits(json(list), 1'000'000));
}

TEST(write_as, says_where_and_why_without_the_value)
{
    EXPECT_EQ(written<shown>(json{{"id", 1}, {"name", 77}, {"password", "secret"}}),
              R"({"detail":[{"type":"string_type","loc":["response","name"],)"
              R"("msg":"Input should be a valid string","input":null}]})");
    EXPECT_EQ(written<shown>(account{.name = "a", .password = "secret", .age = {}}),
              R"({"detail":[{"type":"string_too_short","loc":["response","name"],)"
              R"("msg":"String should have at least 2 characters","input":null,"ctx":{"min_length":2}}]})");
    EXPECT_EQ(written<account>(inside{}), R"({"detail":[{"type":"missing","loc":["response","name"],)"
                                          R"("msg":"Field required","input":null}]})");
    EXPECT_EQ(written<int>(std::optional<int>{}),
              R"({"detail":[{"type":"int_type","loc":["response"],)"
              R"("msg":"Input should be a valid integer","input":null}]})");
    EXPECT_EQ(written<std::vector<double>>(std::vector<double>{1, std::numeric_limits<double>::infinity()}),
              R"({"detail":[{"type":"json_type","loc":["response",1],)"
              R"("msg":"It holds infinity, which JSON cannot express","input":null}]})");
    EXPECT_EQ(written<colour>(static_cast<colour>(7)),
              R"({"detail":[{"type":"enum","loc":["response"],"msg":"Input should be 'red' or 'green'",)"
              R"("input":null,"ctx":{"expected":"'red' or 'green'"}}]})");
}

} // namespace
} // namespace serval::model
