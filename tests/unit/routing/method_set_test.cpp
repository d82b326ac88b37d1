#include "routing/method_set.hpp"

#include <gtest/gtest.h>

namespace serval::routing {
namespace {

TEST(method_set, holds_what_was_inserted)
{
    method_set set;
    EXPECT_TRUE(set.empty());
    set.insert(method::patch);
    EXPECT_TRUE(set.contains(method::patch));
    EXPECT_FALSE(set.contains(method::get));
    EXPECT_FALSE(set.empty());
}

TEST(method_set, never_holds_the_unknown_method)
{
    method_set set;
    set.insert(method::other);
    EXPECT_TRUE(set.empty());
    EXPECT_FALSE(set.contains(method::other));
}

TEST(method_set, unites)
{
    method_set one;
    one.insert(method::get);
    method_set other;
    other.insert(method::put);
    one |= other;
    EXPECT_TRUE(one.contains(method::get));
    EXPECT_TRUE(one.contains(method::put));
    EXPECT_NE(one, other);
}

TEST(method_set, is_written_as_an_allow_header_in_a_fixed_order)
{
    method_set set;
    EXPECT_EQ(set.to_allow_string(), "");
    set.insert(method::options);
    set.insert(method::head);
    set.insert(method::get);
    EXPECT_EQ(set.to_allow_string(), "GET, HEAD, OPTIONS");
    for (method m :
         {method::connect, method::trace, method::delete_, method::patch, method::put, method::post})
        set.insert(m);
    EXPECT_EQ(set.to_allow_string(), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT");
}

} // namespace
} // namespace serval::routing
