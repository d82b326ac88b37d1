#include "model/decode_form.hpp"

#include <serval/constraints.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/upload_file.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace serval::model {
namespace {

using detail::type_of;

struct with_file {
    std::string title;
    std::vector<std::optional<upload_file>> files;
};
struct without_file {
    std::string title;
    std::vector<std::map<std::string, int>> counts;
};
struct recursive {
    std::string name;
    std::vector<recursive> children;
};

template <class T>
struct reading {
    bool ok;
    T value;
    std::string errors;
};

template <class T>
reading<T> read(std::vector<form_value> const& values)
{
    reading<T> made{};
    validation_errors errors;
    location const root{"body"};
    made.ok = decode_form(type_of<T>(), {}, values, &made.value, location{root, "key"}, errors);
    made.errors = errors.body();
    return made;
}

class form_values : public testing::Test {
protected:
    upload_file file_;
    form_value const a_file_{"name.txt", &file_};
};

TEST_F(form_values, take_the_last_for_a_scalar_and_all_for_a_list)
{
    EXPECT_EQ(read<int>({{"1"}, {"2"}}).value, 2);
    EXPECT_EQ((read<std::vector<int>>({{"1"}, {"2"}}).value), (std::vector{1, 2}));
    EXPECT_EQ(read<std::optional<std::string>>({{"x"}}).value, "x");
}

TEST_F(form_values, take_files)
{
    EXPECT_TRUE(read<upload_file>({{"text"}, a_file_}).ok);
    EXPECT_TRUE(read<std::optional<upload_file>>({a_file_}).value.has_value());
    EXPECT_EQ(read<std::vector<upload_file>>({a_file_, a_file_}).value.size(), 2U);
    EXPECT_EQ(read<std::optional<std::vector<upload_file>>>({a_file_}).value->size(), 1U);
}

TEST_F(form_values, refuse_text_for_a_file)
{
    auto const got = read<std::vector<upload_file>>({a_file_, {"text"}});
    EXPECT_FALSE(got.ok);
    EXPECT_EQ(got.errors,
              R"({"detail":[{"type":"value_error","loc":["body","key",1],"msg":"Value error, Expected )"
              R"(UploadFile, received: <class 'str'>","input":"text","ctx":{"error":{}}}]})");
}

TEST_F(form_values, refuse_a_file_for_text_and_for_numbers)
{
    EXPECT_EQ(
        read<std::string>({a_file_}).errors,
        R"({"detail":[{"type":"string_type","loc":["body","key"],"msg":"Input should be a valid string",)"
        R"("input":"name.txt"}]})");
    EXPECT_EQ(
        read<std::vector<bool>>({{"yes"}, a_file_}).errors,
        R"({"detail":[{"type":"bool_type","loc":["body","key",1],"msg":"Input should be a valid boolean",)"
        R"("input":"name.txt"}]})");
    EXPECT_FALSE(read<std::optional<int>>({a_file_}).ok);
}

TEST_F(form_values, report_each_element_of_a_list)
{
    auto const got = read<std::vector<int>>({{"x"}, a_file_, {"3"}});
    EXPECT_FALSE(got.ok);
    EXPECT_NE(got.errors.find(R"("loc":["body","key",0])"), std::string::npos);
    EXPECT_NE(got.errors.find(R"("loc":["body","key",1])"), std::string::npos);
    EXPECT_EQ(got.errors.find(R"("loc":["body","key",2])"), std::string::npos);
}

TEST_F(form_values, know_which_types_they_can_be)
{
    EXPECT_TRUE(is_form_value(type_of<upload_file>()));
    EXPECT_TRUE(is_form_value(type_of<std::vector<int>>()));
    EXPECT_FALSE(is_form_value(type_of<with_file>()));
    EXPECT_TRUE(is_file(type_of<std::optional<std::vector<upload_file>>>()));
    EXPECT_FALSE(is_file(type_of<std::string>()));
}

TEST_F(form_values, find_files_at_any_depth)
{
    EXPECT_TRUE(holds_file(type_of<with_file>()));
    EXPECT_TRUE(holds_file(type_of<std::map<std::string, with_file>>()));
    EXPECT_FALSE(holds_file(type_of<without_file>()));
    EXPECT_FALSE(holds_file(type_of<recursive>()));
}

TEST_F(form_values, are_empty_only_as_text)
{
    EXPECT_TRUE(form_value{""}.is_empty_text());
    EXPECT_FALSE(form_value{"x"}.is_empty_text());
    EXPECT_FALSE((form_value{"", &file_}.is_empty_text()));
}

} // namespace
} // namespace serval::model
