#include "model/spelling.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace serval::model;
using names = std::vector<std::string_view>;

// Both compilers' words are data here, so that either build checks both.

TEST(spelling, reads_enumerators_of_gcc)
{
    EXPECT_EQ(
        spelled_names("constexpr std::string_view f() [with auto ...V = {ns::color::red, (ns::color)1, "
                      "<unnamed>::hidden::aa, (<unnamed>::hidden)2, main::._anon_125::operator()::e::b1, "
                      "ns::page<ns::item, 3>::sort::up, (ns::page<ns::item, 3>::sort)2}; "
                      "std::string_view = std::basic_string_view<char>]"),
        (names{"red", "", "aa", "", "b1", "up", ""}));
}

TEST(spelling, reads_enumerators_of_clang)
{
    EXPECT_EQ(
        spelled_names("std::string_view f() [V = <ns::color::red, (ns::color)1, "
                      "(anonymous namespace)::hidden::aa, ((anonymous namespace)::hidden)2, "
                      "main()::lenum::p, (lenum)2, main()::(anonymous class)::operator()()::lamenum::a1>]"),
        (names{"red", "", "aa", "", "p", "", "a1"}));
}

TEST(spelling, reads_members_of_gcc)
{
    EXPECT_EQ(spelled_names(
                  "f() [with auto ...V = {(& unborn_instance<ns::tpl<int, 3> >.unborn<ns::tpl<int, 3> "
                  ">::value.ns::tpl<int, 3>::a), (& "
                  "unborn_instance<main()::<lambda()>::in>.unborn<main()::<lambda()>::in>::value.main()::<"
                  "lambda()>::in::z_9)}; std::string_view = std::basic_string_view<char>]"),
              (names{"a", "z_9"}));
}

TEST(spelling, reads_members_of_clang)
{
    EXPECT_EQ(spelled_names(
                  "std::string_view f() [V = <&unborn_instance.value.name, &unborn_instance.value.größe>]"),
              (names{"name", "größe"}));
}

TEST(spelling, survives_text_that_it_does_not_know)
{
    EXPECT_TRUE(spelled_names("").empty());
    EXPECT_TRUE(spelled_names("V = ").empty());
    EXPECT_TRUE(spelled_names("V = {}").empty());
    EXPECT_EQ(spelled_names("V = {((((").size(), 1U);
    EXPECT_EQ(spelled_type("int"), "int");
}

TEST(spelling, finds_the_type)
{
    EXPECT_EQ(
        spelled_type("constexpr std::string_view f() [with T = ns::page<ns::item>; std::string_view = x]"),
        "ns::page<ns::item>");
    EXPECT_EQ(spelled_type("std::string_view f() [T = (anonymous namespace)::anon]"),
              "(anonymous namespace)::anon");
}

TEST(spelling, shortens_names)
{
    EXPECT_EQ(short_name("item"), "item");
    EXPECT_EQ(short_name("ns::v1::item"), "item");
    EXPECT_EQ(short_name("{anonymous}::anon"), "anon");
    EXPECT_EQ(short_name("(anonymous namespace)::anon"), "anon");
    EXPECT_EQ(short_name("main()::<lambda()>::inner"), "inner");
    EXPECT_EQ(short_name("f(std::vector<ns::x>)::local"), "local");
    EXPECT_EQ(short_name("ns::page<ns::item>"), "page[item]");
    EXPECT_EQ(short_name("ns::pair<ns::item, ns::page<std::__cxx11::basic_string<char> > >"),
              "pair[item,page[string]]");
    EXPECT_EQ(short_name("page<std::vector<ns::item, std::allocator<ns::item> > >"), "page[vector[item]]");
    EXPECT_EQ(short_name("outer<int>::inner"), "inner");
}

} // namespace
