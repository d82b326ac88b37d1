#include "model/enum_layout.hpp"

#include <serval/detail/type_of.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ns {

enum class colour { red, green = 3, blue };
enum flat : int { flat_a, flat_b = 63 };
enum unfixed { unfixed_a, unfixed_b = 5 };
enum class boolean : bool { no, yes };
enum class byte_sized : unsigned char { a, b = 2 };
enum class twice { one = 1, uno = 1, two };
enum class far : int { away = 64 };
enum class nothing {};
enum class numbered { one = 1, two, five = 5 };
[[maybe_unused]] constexpr serval::enum_by_value rules(serval::rules_for<numbered>)
{
    return {};
}

struct holder {
    enum class inner { up, down };
    enum plain { left, right };
};

template <class T>
struct page {
    enum kind { first_kind, second_kind };
};

} // namespace ns

namespace {

enum class hidden { aa, bb };
enum hidden_unfixed { cc, dd };

using namespace serval::model;

template <class E>
std::string names()
{
    std::string out;
    for (auto const& entry : enum_layout_of(serval::detail::type_of<E>()).entries)
        out += entry.name + '=' + std::to_string(entry.value) + ' ';
    return out;
}

TEST(enum_layout, reads_names_and_values)
{
    EXPECT_EQ(names<ns::colour>(), "red=0 green=3 blue=4 ");
    EXPECT_EQ(names<ns::flat>(), "flat_a=0 flat_b=63 ");
    EXPECT_EQ(names<ns::unfixed>(), "unfixed_a=0 unfixed_b=5 ");
    EXPECT_EQ(names<ns::boolean>(), "no=0 yes=1 ");
    EXPECT_EQ(names<ns::byte_sized>(), "a=0 b=2 ");
    EXPECT_EQ(names<ns::twice>(), "one=1 two=2 ");
}

TEST(enum_layout, reads_enumerations_of_classes_functions_and_anonymous_namespaces)
{
    enum class local { p, q };
    enum local_flat : int { lp, lq };
    EXPECT_EQ(names<ns::holder::inner>(), "up=0 down=1 ");
    EXPECT_EQ(names<ns::holder::plain>(), "left=0 right=1 ");
    EXPECT_EQ(names<ns::page<int>::kind>(), "first_kind=0 second_kind=1 ");
    EXPECT_EQ(names<hidden>(), "aa=0 bb=1 ");
    EXPECT_EQ(names<hidden_unfixed>(), "cc=0 dd=1 ");
    EXPECT_EQ(names<local>(), "p=0 q=1 ");
    EXPECT_EQ(names<local_flat>(), "lp=0 lq=1 ");
    auto const in_a_lambda = [] {
        enum class deep { x1, y1 };
        return names<deep>();
    };
    EXPECT_EQ(in_a_lambda(), "x1=0 y1=1 ");
}

TEST(enum_layout, lists_names_as_pydantic_does)
{
    auto const& layout = enum_layout_of(serval::detail::type_of<ns::colour>());
    EXPECT_EQ(layout.type_name, "colour");
    EXPECT_EQ(layout.expected, "'red', 'green' or 'blue'");
    EXPECT_EQ(layout.context, R"({"expected":"'red', 'green' or 'blue'"})");
    EXPECT_EQ(enum_layout_of(serval::detail::type_of<ns::boolean>()).expected, "'no' or 'yes'");
    EXPECT_EQ(layout.find("green")->value, 3);
    EXPECT_EQ(layout.find(std::int64_t{4})->name, "blue");
    EXPECT_EQ(layout.find("Red"), nullptr);
    EXPECT_EQ(layout.find(std::int64_t{1}), nullptr);
}

template <class E>
std::string refusal()
{
    try {
        enum_layout_of(serval::detail::type_of<E>());
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return "none";
}

TEST(enum_layout, refuses_an_enumeration_without_visible_enumerators)
{
    EXPECT_EQ(
        refusal<ns::far>(),
        R"(serval: enumeration "far" has no enumerator from 0 to 63; describe it with BOOST_DESCRIBE_ENUM )"
        R"(and include <serval/describe.hpp>)");
    EXPECT_NE(refusal<ns::nothing>(), "none");
}

enum class contended { a, b, c };

TEST(enum_layout, is_made_once_whoever_asks_first)
{
    std::vector<serval::detail::enum_layout const*> seen(8);
    std::vector<std::thread> threads;
    for (auto& at : seen)
        threads.emplace_back([&at] { at = &enum_layout_of(serval::detail::type_of<contended>()); });
    for (auto& thread : threads)
        thread.join();
    for (auto const* at : seen)
        EXPECT_EQ(at, seen.front());
}

TEST(enum_layout, lists_numbers_where_a_rule_says_so)
{
    auto const& layout = enum_layout_of(serval::detail::type_of<ns::numbered>());
    EXPECT_TRUE(layout.by_value);
    EXPECT_EQ(layout.expected, "1, 2 or 5");
    EXPECT_EQ(layout.context, R"({"expected":"1, 2 or 5"})");
}

} // namespace
