#include "model/model_layout.hpp"

#include <serval/detail/type_of.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ns {

using namespace serval;

struct item {
    std::string name;
    int qty = 0;
    std::optional<int> maybe;
    defaulted<double> price = 1.5;
};
constexpr auto rules(rules_for<item>)
{
    return model_rules<member<"qty", ge(1), alias("the_qty")>, member<"name", pattern("^a")>, forbid_extra>{};
}

template <class T>
struct page {
    std::vector<T> rows;
    int total;
};

struct node {
    std::string name;
    std::vector<node> children;
    std::map<std::string, node> named;
    std::optional<page<item>> items;
};

struct unknown_member {
    int a;
};
constexpr auto rules(rules_for<unknown_member>)
{
    return model_rules<member<"b", ge(1)>>{};
}

struct length_of_int {
    int a;
};
constexpr auto rules(rules_for<length_of_int>)
{
    return model_rules<member<"a", min_length(1)>>{};
}

struct bad_pattern {
    std::optional<std::string> a;
};
constexpr auto rules(rules_for<bad_pattern>)
{
    return model_rules<member<"a", pattern("(")>>{};
}

struct same_keys {
    int a;
    int b;
};
constexpr auto rules(rules_for<same_keys>)
{
    return model_rules<member<"a", alias("b")>>{};
}

struct two_rules {
    int a;
};
constexpr auto rules(rules_for<two_rules>)
{
    return model_rules<member<"a", ge(1)>, member<"a", le(2)>>{};
}

struct merged_rules {
    int a;
};
constexpr auto rules(rules_for<merged_rules>)
{
    return model_rules<member<"a", doc("What it is")>, member<"a", ge(1)>, member<"a", alias("b")>>{};
}

struct two_docs {
    int a;
};
constexpr auto rules(rules_for<two_docs>)
{
    return model_rules<member<"a", doc("This")>, member<"a", doc("That")>>{};
}

struct bad_default {
    defaulted<std::string> name = "ab";
    defaulted<std::vector<int>> list;
    std::optional<int> none;
    std::optional<int> some = 3;
};
constexpr auto rules(rules_for<bad_default>)
{
    return model_rules<member<"name", min_length(1)>, member<"list", max_length(3)>, member<"none", ge(5)>,
                       member<"some", ge(5)>>{};
}

struct empty_default {
    defaulted<std::vector<int>> list;
};
constexpr auto rules(rules_for<empty_default>)
{
    return model_rules<member<"list", min_length(1)>>{};
}

struct far_away {
    int a;
    std::map<std::string, std::vector<std::optional<bad_pattern>>> inner;
};

enum class nothing {};
struct with_enum {
    nothing n;
};

} // namespace ns

namespace {

using namespace serval::model;
using serval::detail::type_of;

template <class T>
std::string refusal()
{
    try {
        resolve(type_of<T>());
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return "none";
}

TEST(model_layout, knows_members_in_order_with_keys_and_types)
{
    auto const& layout = model_layout_of(type_of<ns::item>());
    EXPECT_EQ(layout.type_name, "item");
    EXPECT_TRUE(layout.forbids_extra);
    ASSERT_EQ(layout.members.size(), 4U);
    auto const& qty = layout.members[1];
    EXPECT_EQ(qty.name, "qty");
    EXPECT_EQ(qty.key, "the_qty");
    EXPECT_EQ(qty.header_name, "the_qty"); // an alias is taken as it is
    EXPECT_EQ(qty.written_key(true), R"("the_qty":)");
    EXPECT_EQ(qty.written_key(false), R"(,"the_qty":)");
    EXPECT_EQ(qty.type, &type_of<int>());
    EXPECT_EQ(qty.declared.size(), 1U);
    EXPECT_EQ(qty.constraints.size(), 1U);
    EXPECT_EQ(layout.find("the_qty"), 1U);
    EXPECT_EQ(layout.find("qty"), 4U);
    EXPECT_EQ(&layout, &model_layout_of(type_of<ns::item>()));
}

TEST(model_layout, knows_where_members_are)
{
    ns::item value;
    auto const base = reinterpret_cast<std::byte const*>(&value);
    auto const& members = model_layout_of(type_of<ns::item>()).members;
    EXPECT_EQ(base + members[0].offset, reinterpret_cast<std::byte const*>(&value.name));
    EXPECT_EQ(base + members[1].offset, reinterpret_cast<std::byte const*>(&value.qty));
    EXPECT_EQ(base + members[2].offset, reinterpret_cast<std::byte const*>(&value.maybe));
    EXPECT_EQ(base + members[3].offset, reinterpret_cast<std::byte const*>(&value.price));
}

TEST(model_layout, knows_what_is_required)
{
    auto const& members = model_layout_of(type_of<ns::item>()).members;
    EXPECT_TRUE(members[0].required);
    EXPECT_TRUE(members[1].required); // an initialiser alone does not make it optional
    EXPECT_FALSE(members[2].required);
    EXPECT_FALSE(members[3].required);
}

TEST(model_layout, names_templates_and_local_types)
{
    struct local_type {
        int first_member;
    };
    EXPECT_EQ(model_layout_of(type_of<ns::page<ns::item>>()).type_name, "page[item]");
    EXPECT_EQ(model_layout_of(type_of<ns::page<int>>()).members[1].name, "total");
    auto const& local = model_layout_of(type_of<local_type>());
    EXPECT_EQ(local.type_name, "local_type");
    EXPECT_EQ(local.members[0].name, "first_member");
    EXPECT_EQ(local.members[0].header_name, "first-member");
}

TEST(model_layout, resolves_recursive_types)
{
    EXPECT_EQ(refusal<ns::node>(), "none");
    EXPECT_EQ(model_layout_of(type_of<ns::node>()).members.size(), 4U);
}

TEST(model_layout, refuses_rules_that_do_not_fit)
{
    EXPECT_EQ(refusal<ns::unknown_member>(),
              R"(serval: model "unknown_member", member "b": rules name it, but it is no member)");
    EXPECT_EQ(refusal<ns::length_of_int>(),
              R"(serval: model "length_of_int", member "a": min_length is for strings, lists and maps only)");
    EXPECT_TRUE(refusal<ns::bad_pattern>().starts_with(R"(serval: model "bad_pattern", member "a": )"));
    EXPECT_EQ(refusal<ns::same_keys>(),
              R"(serval: model "same_keys", member "b": another member has the key "b" too)");
    EXPECT_EQ(refusal<ns::two_rules>(), R"(serval: model "two_rules", member "a": has two rules)");
}

TEST(model_layout, finds_mistakes_wherever_they_are)
{
    EXPECT_EQ(refusal<std::vector<ns::far_away>>(), refusal<ns::bad_pattern>());
    EXPECT_TRUE(refusal<ns::with_enum>().starts_with(R"(serval: enumeration "nothing" has no enumerator)"));
}

TEST(model_layout, merges_the_rules_of_a_member)
{
    EXPECT_EQ(refusal<ns::merged_rules>(), "none");
    auto const& member = model_layout_of(type_of<ns::merged_rules>()).members[0];
    EXPECT_EQ(member.description, "What it is");
    EXPECT_EQ(member.key, "b");
    EXPECT_EQ(member.constraints.size(), 1U);
    EXPECT_EQ(refusal<ns::two_docs>(), R"(serval: model "two_docs", member "a": has two rules)");
}

TEST(model_layout, refuses_a_default_that_breaks_its_own_rule)
{
    EXPECT_EQ(refusal<ns::bad_default>(),
              R"(serval: model "bad_default", member "some": its default breaks its own rule ge)");
    EXPECT_EQ(refusal<ns::empty_default>(),
              R"(serval: model "empty_default", member "list": its default breaks its own rule min_length)");
}

} // namespace
