// Models and enumerations described with Boost.Describe.
#include "decode_support.hpp"
#include "model/enum_layout.hpp"
#include "model/model_layout.hpp"

#include <serval/describe.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace zoo {

struct animal {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(animal, (), (name))

struct dog : animal {
    serval::defaulted<int> age = 1;
    std::vector<dog> pups;
};
BOOST_DESCRIBE_STRUCT(dog, (animal), (age, pups))

enum class status { gone = 410, ok = 200, below = -5 };
BOOST_DESCRIBE_ENUM(status, gone, ok, below)

class account { // no aggregate
public:
    account() = default;
    explicit account(std::string owner) : owner_(std::move(owner)) {}
    std::string const& owner() const { return owner_; }
    std::optional<status> state;

private:
    std::string owner_;
    BOOST_DESCRIBE_CLASS(account, (), (state), (), (owner_))
};
constexpr auto rules(serval::rules_for<account>)
{
    return serval::model_rules<serval::member<"owner_", serval::alias("owner"), serval::min_length(2)>>{};
}

} // namespace zoo

namespace {

using namespace serval::model;
using test::from_json;
using test::to_json;

TEST(describe, reads_and_writes_members_of_bases_first)
{
    auto const result = from_json<zoo::dog>(R"({"age":3,"name":"rex","pups":[{"name":"a","pups":[]}]})");
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.name, "rex");
    EXPECT_EQ(*result.value.pups.at(0).age, 1);
    EXPECT_EQ(to_json(result.value), R"({"name":"rex","age":3,"pups":[{"name":"a","age":1,"pups":[]}]})");
    EXPECT_EQ(model_layout_of(serval::detail::type_of<zoo::dog>()).type_name, "dog");
}

TEST(describe, reads_classes_with_private_members_and_rules)
{
    auto const result = from_json<zoo::account>(R"({"owner":"me","state":"ok"})");
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.owner(), "me");
    EXPECT_EQ(to_json(zoo::account{"you"}), R"({"state":null,"owner":"you"})");
    EXPECT_EQ(from_json<zoo::account>(R"({"owner":"x"})").errors,
              R"({"type":"string_too_short","loc":["body","owner"],)"
              R"("msg":"String should have at least 2 characters","input":"x","ctx":{"min_length":2}})");
}

TEST(describe, knows_enumerators_of_any_value_in_their_order)
{
    EXPECT_EQ(from_json<zoo::status>(R"("gone")").value, zoo::status::gone);
    EXPECT_EQ(from_json<zoo::status>(R"("below")").value, zoo::status::below);
    EXPECT_EQ(to_json(zoo::status::below), R"("below")");
    EXPECT_EQ(enum_layout_of(serval::detail::type_of<zoo::status>()).expected, "'gone', 'ok' or 'below'");
}

} // namespace
