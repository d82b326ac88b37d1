#include "decode_support.hpp"
#include "model/decode_fields.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace shop {

using namespace serval;

enum class order { up, down };

struct filter {
    std::string category_name;
    defaulted<int> limit = 100;
    std::optional<order> sort;
    defaulted<std::vector<std::string>> tags;
    defaulted<bool> deep;
};
constexpr auto rules(rules_for<filter>)
{
    return model_rules<member<"limit", le(100)>, member<"deep", alias("is_deep")>>{};
}

// The models of FastAPI's own tests of header and query models.
struct common_headers {
    std::string host;
    bool save_data;
    std::optional<std::string> if_modified_since;
    std::optional<std::string> traceparent;
    defaulted<std::vector<std::string>> x_tag;
};

struct strict_query {
    defaulted<int> limit = 10;
};
constexpr auto rules(rules_for<strict_query>)
{
    return model_rules<forbid_extra>{};
}

struct initialised_fields {
    std::vector<std::string> tags{"initial"};
    std::optional<std::vector<int>> ids{std::vector<int>{1}};
    std::optional<int> limit = 5;
};

struct needs_list {
    std::vector<int> ids;
};

struct nested {
    int a;
    filter inner;
};

} // namespace shop

namespace {

using namespace serval::model;
using serval::detail::type_of;

template <class T>
test::decoded<T> read(std::vector<field> const& fields, field_names names = field_names::exact)
{
    test::decoded<T> result;
    validation_errors errors;
    location const root{names == field_names::exact ? "query" : "header"};
    result.ok = decode_fields(type_of<T>(), fields, names, &result.value, root, errors);
    result.errors = test::items(errors);
    EXPECT_EQ(result.ok, errors.empty());
    return result;
}

TEST(decode_fields, takes_the_last_of_a_scalar_and_all_of_a_list)
{
    auto const result = read<shop::filter>({{"category_name", "a"},
                                            {"tags", "x"},
                                            {"limit", "oops"},
                                            {"category_name", "b"},
                                            {"tags", ""},
                                            {"limit", "5"},
                                            {"sort", "down"},
                                            {"is_deep", "on"},
                                            {"unknown", "1"}});
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_EQ(result.value.category_name, "b");
    EXPECT_EQ(*result.value.limit, 5);
    EXPECT_EQ(result.value.sort, shop::order::down);
    EXPECT_EQ(*result.value.tags, (std::vector<std::string>{"x", ""}));
    EXPECT_TRUE(*result.value.deep);
}

TEST(decode_fields, echoes_all_that_was_received_for_a_missing_member)
{
    // As FastAPI: members first, defaults among them, then other keys; a repeated one is a list.
    EXPECT_EQ(read<shop::filter>({{"b", "1"}, {"a", "2"}, {"b", "3"}, {"sort", "up"}, {"tags", "t"}}).errors,
              R"({"type":"missing","loc":["query","category_name"],"msg":"Field required",)"
              R"("input":{"limit":100,"sort":"up","tags":["t"],"is_deep":false,"b":["1","3"],"a":"2"}})");
    EXPECT_EQ(read<shop::needs_list>({}).errors,
              R"({"type":"missing","loc":["query","ids"],"msg":"Field required","input":{}})");
}

TEST(decode_fields, checks_rules_and_elements)
{
    EXPECT_EQ(read<shop::filter>({{"category_name", "a"}, {"limit", "101"}}).errors,
              R"({"type":"less_than_equal","loc":["query","limit"],)"
              R"("msg":"Input should be less than or equal to 100","input":"101","ctx":{"le":100}})");
    EXPECT_EQ(
        read<shop::needs_list>({{"ids", "1"}, {"ids", "x"}}).errors,
        R"({"type":"int_parsing","loc":["query","ids",1],)"
        R"("msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"})");
}

TEST(decode_fields, reads_header_fields_as_fastapi)
{
    auto const result = read<shop::common_headers>({{"Host", "testserver"},
                                                    {"SAVE-DATA", "true"},
                                                    {"x-tag", "one"},
                                                    {"X-Tag", "two"},
                                                    {"if-modified-since", "yesterday"}},
                                                   field_names::header);
    ASSERT_TRUE(result.ok) << result.errors;
    EXPECT_TRUE(result.value.save_data);
    EXPECT_EQ(*result.value.x_tag, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(result.value.if_modified_since, "yesterday");
    // FastAPI's test_header_param_models: underscores in loc and in the members' keys.
    EXPECT_EQ(
        read<shop::common_headers>({{"Host", "testserver"}, {"Accept", "*/*"}}, field_names::header).errors,
        R"({"type":"missing","loc":["header","save_data"],"msg":"Field required",)"
        R"("input":{"host":"testserver","x_tag":[],"accept":"*/*"}})");
}

TEST(decode_fields, refuses_extra_fields_when_told_so)
{
    EXPECT_EQ(read<shop::strict_query>({{"tool", "plumbus"}, {"limit", "1"}, {"x", "1"}, {"x", "2"}}).errors,
              R"({"type":"extra_forbidden","loc":["query","tool"],"msg":"Extra inputs are not permitted",)"
              R"("input":"plumbus"},)"
              R"({"type":"extra_forbidden","loc":["query","x"],"msg":"Extra inputs are not permitted",)"
              R"("input":["1","2"]})");
    EXPECT_TRUE(read<shop::strict_query>({}).ok);
    EXPECT_EQ(*read<shop::strict_query>({}).value.limit, 10);
}

TEST(decode_fields, refuses_models_that_text_cannot_fill)
{
    EXPECT_NO_THROW(check_fields_model(type_of<shop::filter>(), field_names::exact));
    try {
        check_fields_model(type_of<shop::nested>(), field_names::exact);
        FAIL();
    } catch (std::invalid_argument const& e) {
        EXPECT_STREQ(e.what(),
                     R"(serval: model "nested", member "inner": a query or header model has scalars and )"
                     R"(lists of scalars only)");
    }
}

TEST(decode_fields, replaces_what_an_initialiser_gave)
{
    shop::initialised_fields out;
    std::vector<field> const fields{{"tags", "a"}, {"ids", "2"}, {"ids", "3"}, {"limit", "7"}};
    for (auto const names : {field_names::exact, field_names::header, field_names::form}) {
        out = {};
        validation_errors errors;
        ASSERT_TRUE(decode_fields(type_of<shop::initialised_fields>(), fields, names, &out, location{"query"},
                                  errors));
        EXPECT_EQ(out.tags, std::vector<std::string>{"a"});
        EXPECT_EQ(out.ids, (std::vector<int>{2, 3}));
        EXPECT_EQ(out.limit, 7);
    }
}

TEST(decode_fields, takes_no_file_for_text)
{
    std::string const content = "bytes";
    std::vector<field> const fields{{"tags", "name.txt", nullptr, &content},
                                    {"limit", "5.txt", nullptr, &content}};
    shop::initialised_fields out;
    validation_errors errors;
    EXPECT_FALSE(decode_fields(type_of<shop::initialised_fields>(), fields, field_names::form, &out,
                               location{"body"}, errors));
    EXPECT_EQ(
        errors.body(),
        R"({"detail":[{"type":"string_type","loc":["body","tags",0],"msg":"Input should be a valid string",)"
        R"("input":"name.txt"},{"type":"int_type","loc":["body","limit"],)"
        R"("msg":"Input should be a valid integer","input":"5.txt"}]})");
}

} // namespace
