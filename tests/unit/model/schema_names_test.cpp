#include "model/schema_names.hpp"

#include <serval/detail/type_of.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace first {
struct thing {
    int a = 0;
};
} // namespace first

namespace second {
struct thing {
    int a = 0;
};
} // namespace second

namespace serval::model {
namespace {

using detail::type_of;

enum class shade { light, dark };

struct inner_model {
    shade s = shade::light;
};

template <class T>
struct page_of {
    std::vector<T> items;
};

struct chain {
    std::optional<defaulted<inner_model>> one;
    std::map<std::string, std::vector<chain>> next;
};

TEST(schema_names, title_a_name_as_python_does)
{
    EXPECT_EQ(title_of("read_item"), "Read Item");
    EXPECT_EQ(title_of("x-token"), "X-Token");
    EXPECT_EQ(title_of("fileID2go"), "Fileid2Go");
    EXPECT_EQ(title_of("größe"), "Größe");
    EXPECT_EQ(title_of(""), "");
}

TEST(schema_names, title_types_in_the_style_of_classes)
{
    EXPECT_EQ(schema_title("user_registration"), "UserRegistration");
    EXPECT_EQ(schema_title("HTTPThing_x"), "HTTPThing_x");
    EXPECT_EQ(schema_title("page[item_2,Other]"), "Page[Item2,Other]");
}

TEST(schema_names, replace_what_a_key_may_not_have)
{
    EXPECT_EQ(component_key("Page[Item]"), "Page_Item_");
    EXPECT_EQ(component_key("a.b-c_d"), "a.b-c_d");
}

TEST(schema_names, find_all_that_a_type_is_made_of)
{
    schema_names names;
    names.add(type_of<chain>());
    names.add(type_of<page_of<inner_model>>());
    names.settle();
    std::string keys;
    for (auto const& [key, type] : names.types())
        keys += key + ' ';
    EXPECT_EQ(keys, "Chain InnerModel PageOf_InnerModel_ Shade ");
}

TEST(schema_names, of_equal_types_have_their_namespaces)
{
    schema_names names;
    names.add(type_of<first::thing>());
    names.add(type_of<second::thing>());
    names.settle();
    EXPECT_EQ(names.key_of(type_of<first::thing>()), "first__Thing");
    EXPECT_EQ(names.key_of(type_of<second::thing>()), "second__Thing");
}

TEST(schema_names, that_are_reserved_are_not_given)
{
    schema_names names;
    names.reserve("Thing");
    names.add(type_of<first::thing>());
    names.settle();
    EXPECT_EQ(names.key_of(type_of<first::thing>()), "first__Thing");
}

TEST(schema_names, that_are_taken_even_with_namespaces_get_a_number)
{
    schema_names names;
    names.reserve("Thing");
    names.reserve("first__Thing");
    names.add(type_of<first::thing>());
    names.settle();
    EXPECT_EQ(names.key_of(type_of<first::thing>()), "first__Thing_2");
}

} // namespace
} // namespace serval::model
