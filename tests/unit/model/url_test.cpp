#include <serval/url.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <unordered_set>

namespace serval {
namespace {

TEST(url, has_parts)
{
    url const full{"https://me:secret@[::1]:8443/a/b?c=d#e"};
    EXPECT_EQ(full.scheme(), "https");
    EXPECT_EQ(full.userinfo(), "me:secret");
    EXPECT_EQ(full.host(), "[::1]");
    EXPECT_EQ(full.port(), 8443);
    EXPECT_EQ(full.path(), "/a/b");
    EXPECT_EQ(full.query(), "c=d");
    EXPECT_EQ(full.fragment(), "e");
}

TEST(url, has_defaults_for_absent_parts)
{
    url const bare{"http://example.com"};
    EXPECT_EQ(bare.userinfo(), "");
    EXPECT_EQ(bare.host(), "example.com");
    EXPECT_EQ(bare.port(), 80);
    EXPECT_EQ(bare.path(), "/");
    EXPECT_EQ(bare.query(), "");
    EXPECT_EQ(bare.fragment(), "");
    EXPECT_EQ(url{"https://a/@x?y"}.port(), 443);
    EXPECT_EQ(url{"https://a/@x?y"}.host(), "a");
    EXPECT_EQ(url{"http://a?b:c@d/e"}.host(), "a");
}

TEST(url, of_nothing_has_empty_parts)
{
    url const none;
    EXPECT_EQ(none.scheme(), "");
    EXPECT_EQ(none.userinfo(), "");
    EXPECT_EQ(none.host(), "");
    EXPECT_EQ(none.port(), 0);
    EXPECT_EQ(none.path(), "");
    EXPECT_EQ(none.query(), "");
    EXPECT_EQ(none.fragment(), "");
}

TEST(url, throws_for_what_is_none)
{
    EXPECT_THROW(url{"abc"}, std::invalid_argument);
    EXPECT_FALSE(url::from_string("ftp://x"));
    EXPECT_EQ(url::from_string("http://A")->str(), "http://a/");
}

TEST(url, is_a_key_of_unordered_containers)
{
    std::unordered_set<url> seen{url{"http://A"}};
    EXPECT_TRUE(seen.contains(url{"http://a/"}));
}

} // namespace
} // namespace serval
