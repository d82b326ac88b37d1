#include "model/validation_errors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace serval::model;

location const body{"body"};

TEST(validation_errors, writes_fastapis_body)
{
    validation_errors errors;
    EXPECT_TRUE(errors.empty());
    EXPECT_EQ(errors.body(), R"({"detail":[]})");
    location const list{body, "tags"};
    location const element{list, std::size_t{12}};
    errors.add(element, make_problem("uuid_parsing", "Not a \"UUID\", ", "error", "bad\n"),
               error_input::text("ü\\"));
    errors.add_missing(location{body, "näme"}, error_input::null());
    EXPECT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors.body(),
              R"({"detail":[{"type":"uuid_parsing","loc":["body","tags",12],"msg":"Not a \"UUID\", bad\n",)"
              R"("input":"ü\\","ctx":{"error":"bad\n"}},)"
              R"({"type":"missing","loc":["body","näme"],"msg":"Field required","input":null}]})");
}

TEST(validation_errors, echoes_json_values_and_texts)
{
    json_document document;
    ASSERT_EQ(document.parse(R"({"b": [1, 2.50, null], "a" : "ü"})"), json_outcome::ok);
    validation_errors errors;
    errors.add(body, "t", "m", document.root());
    std::vector<std::string_view> const texts{"1", "x"};
    errors.add(body, "t", "m", error_input::texts(texts), "{}");
    EXPECT_EQ(errors.body(),
              R"({"detail":[{"type":"t","loc":["body"],"msg":"m","input":{"b":[1,2.5,null],"a":"ü"}},)"
              R"({"type":"t","loc":["body"],"msg":"m","input":["1","x"],"ctx":{}}]})");
}

TEST(validation_errors, begins_anew_when_cleared)
{
    validation_errors errors;
    errors.add_missing(body, error_input::null());
    errors.clear();
    EXPECT_TRUE(errors.empty());
    EXPECT_EQ(errors.body(), R"({"detail":[]})");
    errors.add_missing(body, error_input::null());
    EXPECT_EQ(errors.size(), 1U);
}

TEST(validation_errors, stops_at_its_most_errors)
{
    validation_errors errors;
    for (std::size_t i = 0; i != validation_errors::max_count + 5; ++i)
        errors.add_missing(body, error_input::null());
    EXPECT_TRUE(errors.full());
    EXPECT_EQ(errors.size(), validation_errors::max_count);
    std::string const text = errors.body();
    json_document document;
    ASSERT_EQ(document.parse(text), json_outcome::ok);
    EXPECT_EQ(document.root().find("detail")->size(), validation_errors::max_count);
}

TEST(validation_errors, bounds_what_it_echoes)
{
    // A megabyte, of which a thousand errors would make a gigabyte.
    std::string const large = '"' + std::string(1 << 20, 'x') + '"';
    std::string const array = '[' + large + ",1]";
    json_document document;
    ASSERT_EQ(document.parse(array), json_outcome::ok);
    validation_errors errors;
    for (int i = 0; i != 1000; ++i)
        errors.add_missing(body, document.root());
    std::string const text = errors.body();
    EXPECT_GT(text.size(), std::size_t{3} << 20);
    EXPECT_LT(text.size(), validation_errors::max_bytes + (std::size_t{1} << 20));
    EXPECT_TRUE(text.ends_with(R"("input":null}]})"));
    ASSERT_EQ(document.parse(text), json_outcome::ok);
}

TEST(validation_errors, shortens_keys)
{
    std::string const key = std::string(validation_errors::max_key - 1, 'k') + "\u00e9\u00e9";
    validation_errors errors;
    errors.add_missing(location{location{"body"}, key}, error_input::null());
    EXPECT_EQ(errors.body(), R"({"detail":[{"type":"missing","loc":["body",")" +
                                 std::string(validation_errors::max_key - 1, 'k') +
                                 "\u2026\"],\"msg\":\"Field required\",\"input\":null}]}");
}

TEST(validation_errors, stop_when_the_answer_is_as_large_as_it_may_be)
{
    // Messages and contexts count, too, which no input bounds.
    std::string const message(std::size_t{64} << 10, 'm');
    validation_errors errors;
    while (!errors.full())
        errors.add(location{"body"}, "type", message, error_input::null());
    EXPECT_LT(errors.size(), validation_errors::max_count);
    auto const size = errors.body().size();
    EXPECT_LT(size, validation_errors::max_bytes + 2 * message.size());
    errors.add(location{"body"}, "type", message, error_input::null());
    EXPECT_EQ(errors.body().size(), size);
}

TEST(validation_errors, of_a_result_are_one_and_quote_nothing)
{
    auto errors = validation_errors::for_result();
    errors.add(location{"response"}, "string_type", "Input should be a valid string",
               error_input::text("secret"));
    EXPECT_TRUE(errors.full());
    errors.add_missing(location{"response"}, error_input::null());
    EXPECT_EQ(errors.body(), R"({"detail":[{"type":"string_type","loc":["response"],)"
                             R"("msg":"Input should be a valid string","input":null}]})");
}

} // namespace
