#include "routing/path_pattern.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace serval::routing {
namespace {

/// The text of the error that `pattern` causes; empty if there is none.
std::string error_of(std::string const& pattern)
{
    try {
        path_pattern{pattern};
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return {};
}

using parameters = std::vector<path_pattern::parameter>;

TEST(path_pattern, keeps_its_text)
{
    EXPECT_EQ(path_pattern{"/items/{id:int}/x"}.text(), "/items/{id:int}/x");
}

TEST(path_pattern, lists_its_parameters_in_order_with_their_converters)
{
    path_pattern const pattern{"/{a}/x/{b:str}/{c:int}/{d:float}/{e:uuid}/{_F9:path}"};
    EXPECT_EQ(pattern.parameters(), (parameters{{"a", converter::string},
                                                {"b", converter::string},
                                                {"c", converter::integer},
                                                {"d", converter::floating_point},
                                                {"e", converter::uuid},
                                                {"_F9", converter::path}}));
    EXPECT_TRUE(path_pattern{"/"}.parameters().empty());
}

TEST(path_pattern, writes_its_openapi_path_without_converters)
{
    EXPECT_EQ(path_pattern{"/file/{p:path}"}.openapi_path(), "/file/{p}");
    EXPECT_EQ(path_pattern{"/a//{x:int}/b/"}.openapi_path(), "/a//{x}/b/");
    EXPECT_EQ(path_pattern{"/"}.openapi_path(), "/");
}

TEST(path_pattern, has_the_shape_of_the_same_pattern_with_other_names)
{
    auto const shape = [](char const* text) { return path_pattern{text}.shape(); };
    EXPECT_EQ(shape("/items/{id}/{x:int}"), shape("/items/{name:str}/{y:int}"));
    EXPECT_NE(shape("/items/{id}"), shape("/items/{id:int}"));
    EXPECT_NE(shape("/items/{id}"), shape("/items/{id}/"));
    EXPECT_NE(shape("/items"), shape("/Items"));
    EXPECT_NE(shape("/a"), shape("/\xe1"));
}

TEST(path_pattern, takes_any_text_without_braces_literally)
{
    EXPECT_EQ(path_pattern{"/caf\xc3\xa9/../a b/%41?#"}.shape().size(),
              std::string{"/caf\xc3\xa9/../a b/%41?#"}.size());
    EXPECT_EQ(path_pattern{"//"}.shape(), u"//");
}

TEST(path_pattern, must_start_with_a_slash)
{
    for (char const* text : {"", "items", "{id}", " /"})
        EXPECT_EQ(error_of(text),
                  "The path pattern \"" + std::string{text} + "\" is malformed: it must start with '/'.");
}

TEST(path_pattern, must_have_balanced_braces)
{
    for (char const* text :
         {"/{", "/}", "/{a", "/a}", "/}a{", "/{{a}}", "/{a}}", "/{a/b}", "/x/{a", "/{a:{b}}"})
        EXPECT_NE(error_of(text).find("do not pair up"), std::string::npos) << text << ": " << error_of(text);
}

TEST(path_pattern, must_give_each_parameter_a_whole_segment)
{
    for (char const* text : {"/a{b}", "/{b}c", "/{a}{b}", "/{a}-{b}", "/x/v{n:int}/y"})
        EXPECT_NE(error_of(text).find("fill its whole segment"), std::string::npos)
            << text << ": " << error_of(text);
}

TEST(path_pattern, must_name_each_parameter_with_an_identifier)
{
    for (char const* text : {"/{}", "/{:int}"})
        EXPECT_NE(error_of(text).find("has no name"), std::string::npos) << text;
    for (char const* text : {"/{1a}", "/{a-b}", "/{a b}", "/{ a}", "/{\xc3\xa9}", "/{a.b}"})
        EXPECT_NE(error_of(text).find("is not an identifier"), std::string::npos) << text;
}

TEST(path_pattern, must_not_name_two_parameters_alike)
{
    EXPECT_EQ(error_of("/{id}/x/{id:int}"),
              "The path pattern \"/{id}/x/{id:int}\" is malformed: the parameter name \"id\" stands twice.");
    EXPECT_EQ(error_of("/{id}/x/{Id}"), "");
}

TEST(path_pattern, must_use_known_converters)
{
    for (char const* text : {"/{a:}", "/{a:bool}", "/{a:INT}", "/{a: int}", "/{a:int:int}"})
        EXPECT_NE(error_of(text).find("is unknown"), std::string::npos) << text << ": " << error_of(text);
}

TEST(path_pattern, must_have_a_path_parameter_only_at_its_end)
{
    EXPECT_NE(error_of("/{p:path}/x").find("must be the last segment"), std::string::npos);
    EXPECT_NE(error_of("/{p:path}/").find("must be the last segment"), std::string::npos);
    EXPECT_EQ(error_of("/{p:path}"), "");
}

TEST(path_pattern, has_at_most_16_parameters)
{
    std::string text;
    for (int i = 0; i != 16; ++i)
        text += "/{p" + std::to_string(i) + "}";
    EXPECT_EQ(path_pattern{text}.parameters().size(), 16U);
    EXPECT_NE(error_of(text + "/{p16}").find("more than 16 parameters"), std::string::npos);
    EXPECT_EQ(error_of(text + "/x"), "");
}

} // namespace
} // namespace serval::routing
