#include "decode_support.hpp"

#include <serval/literal.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

namespace {

using serval::literal;
using namespace serval::model;
using mode = literal<"fast", "slow", "it's">;

struct chosen {
    mode how;
    std::optional<literal<"x">> fixed;
};

TEST(literal_text, reads_one_of_its_texts)
{
    EXPECT_EQ(test::from_text<mode>("slow").value, "slow");
    EXPECT_EQ(test::from_json<mode>(R"("it's")").value.index(), 2U);
}

TEST(literal_text, lists_what_it_takes)
{
    EXPECT_EQ(
        test::from_text<mode>("FAST").errors,
        R"({"type":"literal_error","loc":["path","v"],"msg":"Input should be 'fast', 'slow' or \"it's\"",)"
        R"("input":"FAST","ctx":{"expected":"'fast', 'slow' or \"it's\""}})");
    EXPECT_EQ(test::from_json<literal<"x">>("1").errors,
              R"({"type":"literal_error","loc":["body"],"msg":"Input should be 'x'",)"
              R"("input":1,"ctx":{"expected":"'x'"}})");
}

TEST(literal_text, is_a_member_of_models)
{
    auto const read = test::from_json<chosen>(R"({"how":"slow"})");
    ASSERT_TRUE(read.ok);
    EXPECT_EQ(test::to_json(read.value), R"({"how":"slow","fixed":null})");
}

TEST(literal_text, is_made_of_its_texts_only)
{
    EXPECT_EQ(mode{}.str(), "fast");
    EXPECT_EQ(mode{"slow"}, mode::at(1));
    EXPECT_NE(mode{"slow"}, mode{});
    EXPECT_THROW(mode{"other"}, std::invalid_argument);
    EXPECT_FALSE(mode::from_string(""));
}

} // namespace
