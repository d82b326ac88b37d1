#include "openapi/indented.hpp"

#include <gtest/gtest.h>

namespace serval::openapi {
namespace {

TEST(indented, gives_each_member_and_element_a_line)
{
    EXPECT_EQ(indented(R"({"a":1,"b":[true,null]})"),
              "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}\n");
}

TEST(indented, leaves_empty_objects_and_arrays_on_their_line)
{
    EXPECT_EQ(indented(R"({"a":{},"b":[]})"), "{\n  \"a\": {},\n  \"b\": []\n}\n");
}

TEST(indented, leaves_strings_as_they_are)
{
    EXPECT_EQ(indented(R"(["{,:\"]","\\"])"), "[\n  \"{,:\\\"]\",\n  \"\\\\\"\n]\n");
}

TEST(indented, takes_a_scalar)
{
    EXPECT_EQ(indented("12"), "12\n");
}

TEST(indented, ends_with_a_string_that_does_not)
{
    EXPECT_EQ(indented(R"("ab\)"), "\"ab\\\n");
}

} // namespace
} // namespace serval::openapi
